//! `spring.datasource` in `application.properties` and `application.yml`.

use regex::Regex;
use serde_yaml::Value;

use super::{Login, plain};
use crate::init::connection::Connection;
use crate::init::listing::Folder;
use crate::init::software::Software;

/// Where the settings stand; a profile of development says more than what holds for all.
const FILES: [&str; 7] = [
    "src/main/resources/application-dev.properties",
    "src/main/resources/application-dev.yml",
    "src/main/resources/application-local.properties",
    "src/main/resources/application-local.yml",
    "src/main/resources/application.properties",
    "src/main/resources/application.yml",
    "src/main/resources/application.yaml",
];

pub(super) fn find(folder: &Folder<'_>) -> Vec<(Software, Login)> {
    let mut found = Vec::new();
    for file in FILES {
        let Some(text) = folder.text(file) else {
            continue;
        };
        let value = |key: &str| {
            let value = if file.ends_with(".properties") {
                property(text, &format!("spring.datasource.{key}"))
            } else {
                let settings: Value = serde_yaml::from_str(text.split("\n---").next()?).ok()?;
                settings["spring"]["datasource"][key]
                    .as_str()
                    .map(str::to_owned)
            }?;
            Some(or_default(&value))
        };
        let Some(url) = value("url") else { continue };
        let Some(url) = Connection::parse(&url) else {
            continue;
        };
        let Some(software) = url.software else {
            continue;
        };
        found.push((
            software,
            Login {
                user: value("username").and_then(|user| plain(&user)),
                password: value("password").and_then(|password| plain(&password)),
                database: url.database.map(str::to_owned),
                host: Some(url.host.to_owned()),
                port: url.port,
                file: Some(folder.join(file)),
            },
        ));
    }
    found
}

fn property(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}

/// `${DB_USER:shop}` says `shop` unless the environment says otherwise.
fn or_default(value: &str) -> String {
    let variable = Regex::new(r"\$\{[A-Za-z0-9_.]+:([^{}]*)\}").expect("a valid pattern");
    variable.replace_all(value, "$1").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn both_ways_of_writing_are_read_with_their_defaults() {
        for (file, text) in [
            (
                "src/main/resources/application.properties",
                "spring.datasource.url=jdbc:postgresql://${DB_HOST:localhost}:5432/clinic\nspring.datasource.username=${DB_USER:vet}\n",
            ),
            (
                "src/main/resources/application.yml",
                "spring:\n  datasource:\n    url: jdbc:postgresql://localhost:5432/clinic\n    username: vet\n",
            ),
        ] {
            let files = listing(&[(file, text)]);
            let (software, login) = find(&files.top()).remove(0);
            assert_eq!(software, Software::Postgres, "{file}");
            assert_eq!(
                (login.user.as_deref(), login.database.as_deref()),
                (Some("vet"), Some("clinic"))
            );
        }
    }
}
