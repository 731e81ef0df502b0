//! Connection URLs in settings of any kind.

use super::{Login, is_elsewhere};
use crate::init::connection::{is_service_name, urls};
use crate::init::listing::{Folder, ending};
use crate::init::software::Software;

/// Files in which a URL is a setting rather than an example or somebody's words.
const SETTINGS: &[&str] = &[
    "ini",
    "toml",
    "yaml",
    "yml",
    "properties",
    "json",
    "py",
    "js",
    "ts",
    "mjs",
    "cjs",
    "go",
    "rs",
    "exs",
    "conf",
];

pub(super) fn find(folder: &Folder<'_>) -> Vec<(Software, Login)> {
    let mut found = Vec::new();
    for (path, text) in folder.texts() {
        if path.starts_with('.') || is_elsewhere(path) || !SETTINGS.contains(&ending(path).as_str())
        {
            continue;
        }
        for url in urls(text) {
            let Some(software) = url.software else {
                continue;
            };
            // Another machine's database is not the one that developers work with.
            if !url.is_local() && !is_service_name(url.host) {
                continue;
            }
            found.push((
                software,
                Login {
                    user: url.user.map(str::to_owned),
                    password: url.password.map(str::to_owned),
                    database: url.database.map(str::to_owned),
                    host: Some(url.host.to_owned()),
                    port: url.port,
                    file: Some(folder.join(path)),
                },
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn the_url_of_a_local_database_counts_and_that_of_another_machine_does_not() {
        let files = listing(&[
            (
                "alembic.ini",
                "sqlalchemy.url = postgresql+psycopg://ann:pw@localhost:5433/shop\n",
            ),
            (
                "config/production.py",
                "URL = 'postgresql://x:y@localhost/prod'",
            ),
            ("settings.py", "URL = 'redis://cache.example.org:6379'"),
        ]);
        let found = find(&files.top());
        let [(Software::Postgres, login)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            (login.user.as_deref(), login.port),
            (Some("ann"), Some(5433))
        );
    }
}
