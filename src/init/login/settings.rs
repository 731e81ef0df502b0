//! Django's `DATABASES`, with the defaults that stand beside variables.

use regex::Regex;

use super::{Login, is_elsewhere};
use crate::init::listing::{Folder, ending, file_name};
use crate::init::software::Software;

pub(super) fn find(folder: &Folder<'_>) -> Vec<(Software, Login)> {
    let mut found = Vec::new();
    for (path, text) in folder.texts() {
        let settings = file_name(path).starts_with("settings") || path.contains("settings/");
        if !settings || ending(path) != "py" || is_elsewhere(path) {
            continue;
        }
        let software = if text.contains("django.db.backends.postgresql")
            || text.contains("backends.postgis")
        {
            Software::Postgres
        } else if text.contains("django.db.backends.mysql") {
            Software::Mysql
        } else {
            continue;
        };
        let Some(start) = text.find("DATABASES") else {
            continue;
        };
        let databases = &text[start..];
        let value = |key: &str| {
            let pattern = format!(
                r#"['"]{key}['"]\s*:\s*(?:['"]([^'"\n]*)['"]|[\w.]+[(\[]\s*['"]\w+['"]\s*,\s*(?:default\s*=\s*)?['"]([^'"\n]*)['"])"#
            );
            let found = Regex::new(&pattern)
                .expect("a valid pattern")
                .captures(databases)?;
            let value = found.get(1).or_else(|| found.get(2))?;
            (!value.as_str().is_empty()).then(|| value.as_str().to_owned())
        };
        found.push((
            software,
            Login {
                user: value("USER"),
                password: value("PASSWORD"),
                database: value("NAME"),
                host: value("HOST"),
                port: value("PORT").and_then(|port| port.parse().ok()),
                file: Some(folder.join(path)),
            },
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn values_and_defaults_are_read() {
        let files = listing(&[(
            "shop/settings.py",
            "DATABASES = {\n  'default': {\n    'ENGINE': 'django.db.backends.postgresql',\n    'NAME': os.environ.get('DB_NAME', 'shop'),\n    'USER': env('DB_USER', default='ann'),\n    'HOST': 'localhost',\n    'PASSWORD': os.environ['DB_PASSWORD'],\n  }\n}",
        )]);
        let (software, login) = find(&files.top()).remove(0);
        assert_eq!(software, Software::Postgres);
        assert_eq!(
            (
                login.database.as_deref(),
                login.user.as_deref(),
                login.password.as_deref()
            ),
            (Some("shop"), Some("ann"), None)
        );
    }
}
