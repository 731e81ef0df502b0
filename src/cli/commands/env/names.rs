//! What the variables are called.
//!
//! A service's own names (`DB_URL`, `DB_HOST`, …) are always there. The names that programs look for (`DATABASE_URL`,
//! `PGHOST`, …) go to the one service that can be meant; where several can, nobody gets them, since a second database
//! must not silently take the place of the first.

use indexmap::{IndexMap, IndexSet};

use crate::catalog::{Access, Family, Part};
use crate::diagnostic::Diagnostic;

/// Names that mean something else to tools, whatever a service is called.
const RESERVED: &[&str] = &["DOCKER_HOST"];

/// How a service is reached.
pub(super) struct Reached {
    pub(super) service: String,
    pub(super) family: Option<&'static dyn Family>,
    pub(super) access: Option<Access>,
    pub(super) host: String,
    /// The port to talk to.
    pub(super) port: u16,
    /// All ports: in the container, and here.
    pub(super) ports: Vec<(u16, u16)>,
    /// The address to open.
    pub(super) page: Option<String>,
}

/// A value that a service has for a name.
struct Claim<'a> {
    service: &'a str,
    value: String,
    /// Whether the name is the service's own.
    own: bool,
}

/// The variables, and which of them could not be settled.
pub(super) fn settle(services: &[Reached]) -> (IndexMap<String, String>, Vec<Diagnostic>) {
    let mut claims: IndexMap<String, Vec<Claim<'_>>> = IndexMap::new();
    for reached in services {
        let service = reached.service.as_str();
        for (name, value) in reached.own() {
            let claim = Claim {
                service,
                value,
                own: true,
            };
            claims.entry(name).or_default().push(claim);
        }
        for (name, value) in reached.expected() {
            let claim = Claim {
                service,
                value,
                own: false,
            };
            claims.entry(name.to_owned()).or_default().push(claim);
        }
    }
    let mut variables = IndexMap::new();
    let mut unclear: IndexMap<Vec<&str>, Vec<String>> = IndexMap::new();
    for (name, mut claims) in claims {
        if claims.iter().any(|claim| claim.own) {
            claims.retain(|claim| claim.own);
        }
        let holders: IndexSet<&str> = claims.iter().map(|claim| claim.service).collect();
        if holders.len() > 1 {
            unclear
                .entry(holders.into_iter().collect())
                .or_default()
                .push(name);
        } else if let Some(claim) = claims.into_iter().next()
            && !RESERVED.contains(&name.as_str())
        {
            variables.insert(name, claim.value);
        }
    }
    let unclear = unclear
        .into_iter()
        .map(|(services, names)| unsettled(&services, &names))
        .collect();
    (variables, unclear)
}

/// That several services could be meant.
fn unsettled(services: &[&str], names: &[String]) -> Diagnostic {
    let several: Vec<String> = services.iter().map(|name| format!("`{name}`")).collect();
    Diagnostic::warning(format!(
        "left out, since {} could each be meant: {}",
        several.join(" and "),
        names.join(", ")
    ))
    .fix(format!(
        "name the one that is meant: `devstack env {}`",
        services[0]
    ))
}

impl Reached {
    /// The variables whose names begin with the service's.
    fn own(&self) -> Vec<(String, String)> {
        let prefix = prefix(&self.service);
        let mut all = Vec::new();
        let mut add = |end: &str, value: Option<String>| {
            all.extend(value.map(|value| (format!("{prefix}_{end}"), value)));
        };
        let part = |part| self.access.as_ref()?.part(part, &self.host, self.port);
        add("URL", self.page.clone().or_else(|| part(Part::Url)));
        add("HOST", Some(self.host.clone()));
        add("PORT", Some(self.port.to_string()));
        if self.ports.len() > 1 {
            for (target, port) in &self.ports {
                add(&format!("PORT_{target}"), Some(port.to_string()));
            }
        }
        add("USER", part(Part::User));
        add("PASSWORD", part(Part::Password));
        add("DATABASE", part(Part::Database));
        all
    }

    /// The variables that programs look for.
    fn expected(&self) -> Vec<(&'static str, String)> {
        let (Some(family), Some(access)) = (self.family, &self.access) else {
            return Vec::new();
        };
        family
            .variables()
            .iter()
            .filter_map(|(name, part)| Some((*name, access.part(*part, &self.host, self.port)?)))
            .collect()
    }
}

/// A service's name as the beginning of variables' names. Labels may hold anything, a shell's names may not.
fn prefix(service: &str) -> String {
    let mut prefix: String = service
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    if !prefix.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        prefix.insert(0, '_');
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Facts, family};

    fn service(name: &str, software: Option<&str>, port: u16) -> Reached {
        let family = software.and_then(family);
        let environment = IndexMap::from([
            ("POSTGRES_USER".to_owned(), Some("shop".to_owned())),
            ("POSTGRES_PASSWORD".to_owned(), Some("p@ss".to_owned())),
        ]);
        let facts = Facts {
            image: "x",
            environment: &environment,
            command: &[],
        };
        Reached {
            service: name.to_owned(),
            family,
            access: family.map(|family| family.access(facts)),
            host: "127.0.0.1".to_owned(),
            port,
            ports: vec![(port, port)],
            page: None,
        }
    }

    fn names(services: &[Reached]) -> (Vec<String>, Vec<String>) {
        let (variables, unclear) = settle(services);
        let unclear = unclear.into_iter().map(|problem| problem.message);
        (variables.into_keys().collect(), unclear.collect())
    }

    #[test]
    fn a_database_has_its_own_names_and_those_that_programs_look_for() {
        let (variables, unclear) = settle(&[service("my-db", Some("postgres"), 15432)]);
        assert!(unclear.is_empty());
        let url = "postgres://shop:p%40ss@127.0.0.1:15432/shop";
        let expected = [
            ("MY_DB_URL", url),
            ("MY_DB_HOST", "127.0.0.1"),
            ("MY_DB_PORT", "15432"),
            ("MY_DB_USER", "shop"),
            ("MY_DB_PASSWORD", "p@ss"),
            ("MY_DB_DATABASE", "shop"),
            ("DATABASE_URL", url),
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", "15432"),
            ("PGUSER", "shop"),
            ("PGPASSWORD", "p@ss"),
            ("PGDATABASE", "shop"),
        ];
        let found: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn names_that_two_services_could_mean_are_left_out_and_told() {
        let (names, unclear) = names(&[
            service("db", Some("postgres"), 1),
            service("old", Some("mysql"), 2),
        ]);
        assert!(!names.contains(&"DATABASE_URL".to_owned()));
        assert!(names.contains(&"PGHOST".to_owned()) && names.contains(&"OLD_URL".to_owned()));
        assert_eq!(
            unclear,
            ["left out, since `db` and `old` could each be meant: DATABASE_URL"]
        );
    }

    #[test]
    fn a_services_own_names_win_over_what_another_would_be_looked_for_by() {
        let services = [
            service("redis", Some("redis"), 1),
            service("sessions", Some("valkey"), 2),
        ];
        let (variables, unclear) = settle(&services);
        assert!(unclear.is_empty(), "{unclear:#?}");
        assert_eq!(variables["REDIS_URL"], "redis://127.0.0.1:1");
        assert_eq!(variables["SESSIONS_URL"], "redis://127.0.0.1:2");
        let twins = [service("a-b", None, 1), service("a.b", None, 2)];
        assert_eq!(names(&twins).0, Vec::<String>::new());
    }

    #[test]
    fn every_port_is_told_where_there_are_several_and_reserved_names_are_kept_free() {
        let docker = Reached {
            ports: vec![(80, 8080), (443, 8443)],
            page: Some("http://localhost:8080/".to_owned()),
            ..service("docker", None, 8080)
        };
        assert_eq!(
            names(&[docker]).0,
            [
                "DOCKER_URL",
                "DOCKER_PORT",
                "DOCKER_PORT_80",
                "DOCKER_PORT_443"
            ]
        );
    }

    #[test]
    fn whatever_a_service_is_called_its_names_are_names() {
        assert_eq!(prefix("2fa"), "_2FA");
        assert_eq!(prefix("$(rm -rf)é\n"), "__RM__RF___");
        assert_eq!(prefix(""), "_");
    }
}
