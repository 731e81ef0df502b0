//! `config/dev.exs` of Elixir projects.

use regex::Regex;

use super::Login;
use crate::init::listing::Folder;
use crate::init::software::Software;

pub(super) fn find(folder: &Folder<'_>) -> Vec<(Software, Login)> {
    let file = "config/dev.exs";
    let Some(text) = folder.text(file) else {
        return Vec::new();
    };
    let value = |key: &str| {
        let pattern = Regex::new(&format!(r#"(?m)^\s*{key}:\s*"?([^",\n]+)"?,?\s*$"#))
            .expect("a valid pattern");
        pattern.captures(text).map(|found| found[1].to_owned())
    };
    let Some(database) = value("database") else {
        return Vec::new();
    };
    let mix = folder.text("mix.exs").unwrap_or_default();
    let software = if mix.contains(":myxql") {
        Software::Mysql
    } else if mix.contains(":tds,") {
        Software::Sqlserver
    } else {
        Software::Postgres
    };
    let login = Login {
        user: value("username"),
        password: value("password"),
        database: Some(database),
        host: value("hostname"),
        port: value("port").and_then(|port| port.parse().ok()),
        file: Some(folder.join(file)),
    };
    vec![(software, login)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn the_repository_of_development_is_read() {
        let files = listing(&[(
            "config/dev.exs",
            "config :shop, Shop.Repo,\n  username: \"postgres\",\n  password: \"postgres\",\n  hostname: \"localhost\",\n  database: \"shop_dev\",\n  pool_size: 10\n",
        )]);
        let (software, login) = find(&files.top()).remove(0);
        assert_eq!(software, Software::Postgres);
        assert_eq!(
            (login.user.as_deref(), login.database.as_deref()),
            (Some("postgres"), Some("shop_dev"))
        );
    }
}
