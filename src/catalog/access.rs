//! How an application comes in: as whom, with which password, to what.

use super::url::{authority, encode};

/// What a connection needs beside host and port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The URL's scheme.
    pub scheme: &'static str,
    /// The user, if logins have one.
    pub user: Option<String>,
    /// The password, if it is known.
    pub password: Option<String>,
    /// The database, virtual host or the like.
    pub database: Option<String>,
    /// What follows host and port in the URL, encoded.
    pub path: String,
    /// Whether the login stands outside of the URL, as the keys of S3 do.
    pub apart: bool,
}

/// What becomes of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// Nobody sees that there is one: for events, labels and logs.
    Left,
    /// Stars stand for it: for what people see.
    Masked,
    /// As it is: for who asked for it.
    Shown,
}

/// Stands for a password. An `*` needs no encoding in this part of a URL (RFC 3986, section 3.2.1).
const STARS: &str = "***";

/// A part of a connection, as variables name them one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The whole, as a URL.
    Url,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The user.
    User,
    /// The password.
    Password,
    /// The database.
    Database,
}

impl Access {
    /// The connection URL.
    pub fn url(&self, host: &str, port: u16, password: Password) -> String {
        let login = if self.apart {
            String::new()
        } else {
            self.login(password)
        };
        format!(
            "{}://{login}{}{}",
            self.scheme,
            authority(host, port),
            self.path
        )
    }

    /// Whether a password belongs to the URL.
    pub fn is_protected(&self) -> bool {
        self.password.is_some() && !self.apart
    }

    /// `user:password@`, as far as there is anything of it.
    fn login(&self, password: Password) -> String {
        let user = self.user.as_deref().map(encode).unwrap_or_default();
        let password = match (self.password.as_deref(), password) {
            (None, _) | (_, Password::Left) => None,
            (Some(_), Password::Masked) => Some(STARS.to_owned()),
            (Some(text), Password::Shown) => Some(encode(text)),
        };
        match password {
            Some(password) => format!("{user}:{password}@"),
            None if user.is_empty() => String::new(),
            None => format!("{user}@"),
        }
    }

    /// One part of it; `None` where it has none.
    pub fn part(&self, part: Part, host: &str, port: u16) -> Option<String> {
        match part {
            Part::Url => Some(self.url(host, port, Password::Shown)),
            Part::Host => Some(host.to_owned()),
            Part::Port => Some(port.to_string()),
            Part::User => self.user.clone(),
            Part::Password => self.password.clone(),
            Part::Database => self.database.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        Access {
            scheme: "postgres",
            user: Some("o'neil".to_owned()),
            password: Some("p@ss/word".to_owned()),
            database: Some("shop".to_owned()),
            path: "/shop".to_owned(),
            apart: false,
        }
    }

    #[test]
    fn a_password_is_encoded_masked_or_left_out() {
        let url = |password| access().url("::1", 5432, password);
        assert_eq!(
            url(Password::Shown),
            "postgres://o%27neil:p%40ss%2Fword@[::1]:5432/shop"
        );
        assert_eq!(
            url(Password::Masked),
            "postgres://o%27neil:***@[::1]:5432/shop"
        );
        assert_eq!(url(Password::Left), "postgres://o%27neil@[::1]:5432/shop");
    }

    #[test]
    fn a_login_may_have_no_user_no_password_or_stand_apart() {
        let redis = Access {
            scheme: "redis",
            password: Some("pw".to_owned()),
            ..Access::default()
        };
        assert_eq!(redis.url("h", 1, Password::Shown), "redis://:pw@h:1");
        assert_eq!(redis.url("h", 1, Password::Left), "redis://h:1");
        let open = Access {
            password: None,
            ..access()
        };
        assert_eq!(
            open.url("h", 1, Password::Masked),
            "postgres://o%27neil@h:1/shop"
        );
        let apart = Access {
            apart: true,
            ..access()
        };
        assert_eq!(apart.url("h", 1, Password::Shown), "postgres://h:1/shop");
    }
}
