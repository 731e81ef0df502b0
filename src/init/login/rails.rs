//! `config/database.yml` of Rails.

use serde_yaml::Value;

use super::{Login, plain};
use crate::init::listing::Folder;
use crate::init::software::Software;

pub(super) fn find(folder: &Folder<'_>) -> Vec<(Software, Login)> {
    let file = "config/database.yml";
    let Some(text) = folder.text(file) else {
        return Vec::new();
    };
    // Ruby between `<%=` and `%>` is not for us; as a value it would be no YAML.
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("<%")).collect();
    let Ok(mut settings) = serde_yaml::from_str::<Value>(&lines.join("\n")) else {
        return Vec::new();
    };
    if settings.apply_merge().is_err() {
        return Vec::new();
    }
    let development = &settings["development"];
    // Several databases stand one below another; the first is the primary one.
    let settings = match development
        .get("adapter")
        .or_else(|| development.get("database"))
    {
        Some(_) => development,
        None => development
            .as_mapping()
            .and_then(|databases| databases.values().next())
            .unwrap_or(development),
    };
    let value = |key: &str| match &settings[key] {
        Value::String(text) => plain(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let software = match value("adapter").as_deref() {
        Some("postgresql" | "postgis") => Software::Postgres,
        Some("mysql2" | "trilogy") => Software::Mysql,
        Some("sqlserver") => Software::Sqlserver,
        _ => return Vec::new(),
    };
    let login = Login {
        user: value("username"),
        password: value("password"),
        database: value("database"),
        host: value("host"),
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
    fn the_database_of_development_is_found_through_merge_keys() {
        let files = listing(&[(
            "config/database.yml",
            "default: &default\n  adapter: postgresql\n  pool: <%= ENV.fetch(\"X\") { 5 } %>\n  host: localhost\n\ndevelopment:\n  <<: *default\n  database: shop_development\n",
        )]);
        let found = find(&files.top());
        let [(Software::Postgres, login)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(login.database.as_deref(), Some("shop_development"));
        assert_eq!(login.host.as_deref(), Some("localhost"));
    }
}
