//! Connection URLs, as far as a stack needs them: who comes in, where, and into which database.

use super::software::Software;

/// A connection URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection<'a> {
    text: &'a str,
    /// The server that the scheme names, if it names one.
    pub software: Option<Software>,
    /// Who comes in.
    pub user: Option<&'a str>,
    /// With which password.
    pub password: Option<&'a str>,
    /// The host, and the port behind it.
    authority: (usize, usize),
    /// The host.
    pub host: &'a str,
    /// The port.
    pub port: Option<u16>,
    /// The first part of the path, or JDBC's `databaseName`.
    pub database: Option<&'a str>,
}

impl<'a> Connection<'a> {
    /// Takes a URL apart; nothing if it is none, or if there are blanks to be filled in where host and port belong.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':');
        if scheme.is_empty() || !scheme.chars().all(plain) {
            return None;
        }
        let start = scheme.len() + 3;
        let end = rest
            .find(['/', '?', ';', '#'])
            .map_or(text.len(), |at| start + at);
        let authority = &text[start..end];
        let (login, address) = match authority.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, authority),
        };
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, "")))
        {
            Some((user, password)) => (filled(user), filled(password)),
            None => (None, None),
        };
        // A list of hosts is answered by the first one.
        let first = address.split(',').next()?;
        let (host, port) = match first.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (first, None),
        };
        let named = host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if host.is_empty() || !named {
            return None;
        }
        let rest = &text[end..];
        let path = rest
            .strip_prefix('/')
            .map(|path| path.split(['?', ';', '#']).next().unwrap_or_default());
        let named = rest
            .split([';', '?', '&'])
            .find_map(|part| part.strip_prefix("databaseName="));
        Some(Self {
            text,
            software: Software::of_scheme(scheme),
            user,
            password,
            authority: (end - address.len(), end),
            host,
            port,
            database: path.and_then(filled).or(named),
        })
    }

    /// The URL with another address in it.
    pub(super) fn at(&self, host: &str, port: u16) -> String {
        let (start, end) = self.authority;
        format!("{}{host}:{port}{}", &self.text[..start], &self.text[end..])
    }

    /// Whether the host is this machine.
    pub(super) fn is_local(&self) -> bool {
        is_local(self.host)
    }
}

/// Whether a host is this machine.
pub(super) fn is_local(host: &str) -> bool {
    matches!(
        host,
        "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "[::1]" | "host.docker.internal"
    )
}

/// Whether a host is one that the services of a stack may be called by: it is in no domain.
pub(super) fn is_service_name(host: &str) -> bool {
    !host.is_empty()
        && !is_local(host)
        && host.starts_with(|c: char| c.is_ascii_lowercase())
        && host
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

/// A text that is more than a blank to be filled in.
pub(super) fn filled(text: &str) -> Option<&str> {
    let blank = text.is_empty()
        || text.starts_with(['<', '$', '{', '%', '['])
        || text.contains("${")
        || text.starts_with("your")
        || text.starts_with("YOUR");
    (!blank).then_some(text)
}

/// The URLs in a text that name a server.
pub(super) fn urls(text: &str) -> impl Iterator<Item = Connection<'_>> {
    text.match_indices("://").filter_map(|(at, _)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':');
        let start = text[..at]
            .char_indices()
            .rev()
            .take_while(|&(_, c)| plain(c))
            .last()?
            .0;
        let end = text[at..]
            .find(|c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')' | '<' | '>' | '|' | '\\')
            })
            .map_or(text.len(), |length| at + length);
        let url = &text[start..end];
        // `url:jdbc:…` or `url=redis://…`: a key that stands before it is no part of it.
        let url = url.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        Connection::parse(url).filter(|connection| connection.software.is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_and_gets_another_address() {
        let url =
            Connection::parse("postgresql+asyncpg://ann:p:w@localhost:5433/shop?schema=public");
        let url = url.expect("it is one");
        assert_eq!(url.software, Some(Software::Postgres));
        assert_eq!((url.user, url.password), (Some("ann"), Some("p:w")));
        assert_eq!(
            (url.host, url.port, url.database),
            ("localhost", Some(5433), Some("shop"))
        );
        assert_eq!(
            url.at("db", 5432),
            "postgresql+asyncpg://ann:p:w@db:5432/shop?schema=public"
        );
    }

    #[test]
    fn jdbc_keeps_its_ways() {
        let url =
            Connection::parse("jdbc:sqlserver://localhost:1433;databaseName=shop;encrypt=false");
        let url = url.expect("it is one");
        assert_eq!(
            (url.software, url.database),
            (Some(Software::Sqlserver), Some("shop"))
        );
        assert_eq!(
            url.at("db", 1433),
            "jdbc:sqlserver://db:1433;databaseName=shop;encrypt=false"
        );
    }

    #[test]
    fn blanks_are_no_answers() {
        assert_eq!(Connection::parse("postgres://USER:PASS@HOST:PORT/DB"), None);
        assert_eq!(Connection::parse("postgres://<user>@<host>/x"), None);
        let url = Connection::parse("postgres://${USER}:your_password@db/x").expect("it is one");
        assert_eq!((url.user, url.password, url.port), (None, None, None));
    }

    #[test]
    fn urls_are_found_in_any_text() {
        let text = "url = \"redis://:pw@cache:6379/1\"\nsee https://example.org, jdbc:postgresql://localhost/a";
        let found: Vec<(Option<Software>, &str)> =
            urls(text).map(|url| (url.software, url.host)).collect();
        assert_eq!(
            found,
            [
                (Some(Software::Redis), "cache"),
                (Some(Software::Postgres), "localhost")
            ]
        );
    }
}
