//! Connection strings in `appsettings.json` of ASP.NET Core.

use serde_json::Value;

use super::{Login, plain};
use crate::init::listing::{Folder, ending};
use crate::init::software::Software;

/// The files, the one of development first.
const FILES: [&str; 2] = ["appsettings.Development.json", "appsettings.json"];

/// The names of the connection strings that stand in the settings of a folder, each with its text.
pub(in crate::init) fn connection_strings(
    folder: &Folder<'_>,
) -> Vec<(String, String, &'static str)> {
    let mut strings: Vec<(String, String, &'static str)> = Vec::new();
    for file in FILES {
        let Some(text) = folder.text(file) else {
            continue;
        };
        let Ok(settings) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        for (name, value) in settings["ConnectionStrings"]
            .as_object()
            .into_iter()
            .flatten()
        {
            if let Some(value) = value.as_str()
                && !strings.iter().any(|(other, _, _)| other == name)
            {
                strings.push((name.clone(), value.to_owned(), file));
            }
        }
    }
    strings
}

pub(super) fn find(folder: &Folder<'_>) -> Vec<(Software, Login)> {
    connection_strings(folder)
        .into_iter()
        .filter_map(|(_, text, file)| {
            let (software, mut login) = parse(&text)?;
            login.file = Some(folder.join(file));
            Some((software, login))
        })
        .collect()
}

/// A connection string such as `Host=localhost;Port=5432;Database=shop;Username=shop;Password=dev`, or the
/// `localhost:6379` of Redis.
pub(in crate::init) fn parse(text: &str) -> Option<(Software, Login)> {
    let value = |keys: &[&str]| {
        text.split(';').find_map(|part| {
            let (key, value) = part.split_once('=')?;
            keys.contains(&key.trim().to_lowercase().as_str())
                .then(|| plain(value))?
        })
    };
    let host = value(&["host", "server", "data source"]);
    let Some(host) = host else {
        let (host, port) = text.split(',').next()?.rsplit_once(':')?;
        let port: u16 = port.parse().ok()?;
        return (port == Software::Redis.about().port).then(|| {
            let login = Login {
                host: Some(host.to_owned()),
                port: Some(port),
                ..Login::default()
            };
            (Software::Redis, login)
        });
    };
    // A file is SQLite's.
    if matches!(ending(&host).as_str(), "db" | "sqlite") {
        return None;
    }
    let port = value(&["port"]).and_then(|port| port.parse().ok());
    let lower = text.to_lowercase();
    let software = if lower.contains("host=") || port == Some(5432) {
        Software::Postgres
    } else if lower.contains("uid=") || port == Some(3306) || lower.contains("user=") {
        Software::Mysql
    } else {
        Software::Sqlserver
    };
    // SQL Server's port stands behind a comma.
    let (host, behind) = match host.split_once(',') {
        Some((host, port)) => (host.to_owned(), port.parse().ok()),
        None => (host, None),
    };
    let login = Login {
        user: value(&["username", "user id", "user", "uid"]),
        password: value(&["password", "pwd"]),
        database: value(&["database", "initial catalog"]),
        host: Some(host),
        port: port.or(behind),
        file: None,
    };
    Some((software, login))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_told_apart() {
        for (text, software, database) in [
            (
                "Host=localhost;Port=5432;Database=shop;Username=ann;Password=pw",
                Software::Postgres,
                Some("shop"),
            ),
            (
                "Server=localhost,1433;Database=shop;User Id=sa;Password=Str0ng!",
                Software::Sqlserver,
                Some("shop"),
            ),
            (
                "server=localhost;uid=root;pwd=x;database=shop",
                Software::Mysql,
                Some("shop"),
            ),
            ("localhost:6379,abortConnect=false", Software::Redis, None),
        ] {
            let (found, login) = parse(text).expect(text);
            assert_eq!(
                (found, login.database.as_deref()),
                (software, database),
                "{text}"
            );
        }
        assert_eq!(parse("Data Source=app.db"), None);
    }
}
