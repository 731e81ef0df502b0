//! What is proposed: servers, applications, seeds, each with whether it is wanted, so that answers can change it.

use super::application::{self, Application};
use super::listing::Listing;
use super::seeds::{self, Content, Seed};
use super::server::{self, Server};
use super::software::Software;
use super::wiring::needs;

/// A stack as it is proposed.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The project's name.
    pub name: String,
    /// The servers.
    pub servers: Vec<Server>,
    /// The applications.
    pub applications: Vec<Chosen>,
    /// The files that bring data.
    pub files: Vec<Seed>,
    /// What is offered to be applied to the servers, in order.
    pub seeds: Vec<Offer>,
}

/// An application, and where it runs.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The application.
    pub app: Application,
    /// Whether it is a service of the stack; else it runs on the developer's machine.
    pub contained: bool,
}

/// A seed that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name in flags: the path, or `migrations`.
    pub name: String,
    /// What is to be said of it.
    pub about: String,
    /// The index of its server.
    pub server: usize,
    /// What it is.
    pub what: What,
    /// Whether it is part of the stack.
    pub wanted: bool,
}

/// What a seed is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A file.
    File(Seed),
    /// The migrations of the application with this index.
    Migrations(usize),
}

/// Looks at a folder and proposes a stack.
pub fn propose(listing: &Listing, name: &str) -> Proposal {
    let applications = application::find(listing, name);
    let files = seeds::find(listing);
    let servers = server::find(listing, &applications, &files, name);
    let mut proposal = Proposal {
        name: name.to_owned(),
        servers,
        applications: applications
            .into_iter()
            .map(|app| Chosen {
                contained: app.dockerfile.is_some(),
                app,
            })
            .collect(),
        files,
        seeds: Vec::new(),
    };
    proposal.offer_seeds();
    proposal
}

impl Proposal {
    /// Whether nothing was found that could run.
    pub fn is_empty(&self) -> bool {
        !self.servers.iter().any(|server| server.wanted)
            && !self.applications.iter().any(|chosen| chosen.contained)
    }

    /// Takes these servers, each in a version if one is named, and no others.
    pub fn choose_servers(&mut self, chosen: &[(Software, Option<String>)]) {
        for server in &mut self.servers {
            server.wanted = false;
        }
        for (software, version) in chosen {
            let at = self
                .servers
                .iter()
                .position(|server| server.software == *software);
            let at = at.unwrap_or_else(|| {
                let mut server = Server::new(*software, &self.name);
                let taken = |name: &str| {
                    self.servers.iter().any(|other| other.service == name)
                        || self
                            .applications
                            .iter()
                            .any(|chosen| chosen.app.name == name)
                };
                if taken(&server.service) {
                    software.about().name.clone_into(&mut server.service);
                }
                self.servers.push(server);
                self.servers.len() - 1
            });
            let server = &mut self.servers[at];
            server.wanted = true;
            if let Some(version) = version
                && *version != server.version
            {
                server.version.clone_from(version);
                server.version_file = None;
            }
        }
        self.offer_seeds();
    }

    /// Runs these applications, by their indices, in containers, and no others.
    pub fn choose_applications(&mut self, chosen: &[usize]) {
        for (index, application) in self.applications.iter_mut().enumerate() {
            application.contained = chosen.contains(&index);
        }
        self.offer_seeds();
    }

    /// Applies these seeds, by their indices, and no others.
    pub fn choose_seeds(&mut self, chosen: &[usize]) {
        for (index, offer) in self.seeds.iter_mut().enumerate() {
            offer.wanted = chosen.contains(&index);
        }
    }

    /// The server that an application's tables are in.
    pub fn tables_of(&self, app: &Application) -> Option<usize> {
        self.servers
            .iter()
            .position(|server| server.wanted && server.software.is_sql() && needs(app, server))
    }

    /// Offers what can be applied to the servers that are wanted now.
    pub(super) fn offer_seeds(&mut self) {
        let mut offers = Vec::new();
        for index in 0..self.servers.len() {
            if self.servers[index].wanted {
                offers.extend(self.offers_for(index));
            }
        }
        self.seeds = offers;
    }

    fn offers_for(&self, index: usize) -> Vec<Offer> {
        let server = &self.servers[index];
        let files: Vec<&Seed> = self
            .files
            .iter()
            .filter(|seed| self.server_of(seed) == Some(index))
            .collect();
        let migrating: Vec<(usize, &Chosen)> = self
            .applications
            .iter()
            .enumerate()
            .filter(|(_, chosen)| {
                chosen.app.migration.is_some() && self.tables_of(&chosen.app) == Some(index)
            })
            .collect();
        let several = migrating.len() > 1;
        let migrations: Vec<Offer> = migrating
            .iter()
            .filter_map(|(at, chosen)| {
                let migration = chosen.app.migration.as_ref()?;
                let missing = migration.dev_library.is_some()
                    && chosen
                        .app
                        .dockerfile
                        .as_ref()
                        .is_some_and(|file| file.only_production);
                let possible = chosen.contained && !migration.own_program && !migration.at_start;
                possible.then(|| Offer {
                    name: if several {
                        format!("migrations:{}", chosen.app.name)
                    } else {
                        "migrations".to_owned()
                    },
                    about: format!(
                        "{}, in {}: {}",
                        migration.framework, chosen.app.name, migration.command
                    ),
                    server: index,
                    what: What::Migrations(*at),
                    wanted: !missing,
                })
            })
            .collect();
        let migrated = migrations.iter().any(|offer| offer.wanted);
        let own_tables = files
            .iter()
            .any(|seed| !seed.dump && seed.content != Content::Rows)
            && migrating.is_empty();
        let dump = files
            .iter()
            .rfind(|seed| seed.dump)
            .filter(|_| !own_tables)
            .map(|seed| &seed.path);
        let offer = |seed: &Seed| {
            let wanted = match seed.content {
                _ if !server.software.is_sql() => true,
                // Tables that migrations make are not to be made twice; a dump has them, and what tells which are there.
                _ if seed.dump => dump == Some(&seed.path),
                Content::Schema | Content::Both => migrating.is_empty(),
                // Rows need tables that are there when they come.
                Content::Rows => own_tables || migrated || dump.is_some(),
            };
            Offer {
                name: seed.path.clone(),
                about: about(seed),
                server: index,
                what: What::File(seed.clone()),
                wanted,
            }
        };
        if migrations.is_empty() {
            return files.into_iter().map(offer).collect();
        }
        let (rows, tables): (Vec<&Seed>, Vec<&Seed>) = files
            .into_iter()
            .partition(|seed| seed.content == Content::Rows);
        let tables: Vec<Offer> = tables.into_iter().map(offer).collect();
        let rows: Vec<Offer> = rows.into_iter().map(offer).collect();
        [tables, migrations, rows].concat()
    }

    /// The server that a file is for.
    fn server_of(&self, seed: &Seed) -> Option<usize> {
        self.servers.iter().position(|server| {
            server.wanted
                && match seed.software {
                    Some(software) => server.software.stands_for(software),
                    None => server.software.is_sql(),
                }
        })
    }
}

fn about(seed: &Seed) -> String {
    let what = match (seed.dump, seed.content) {
        (true, _) => "a dump",
        (false, Content::Schema) => "tables",
        (false, Content::Both) => "tables and rows",
        (false, Content::Rows) => "rows",
    };
    let size = match seed.size {
        size if size < 10_000 => String::new(),
        size if size < 1_000_000 => format!(", {} kB", size / 1000),
        size => format!(", {} MB", size / 1_000_000),
    };
    format!("{what}{size}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    fn ticked(files: &[(&str, &str)]) -> Vec<String> {
        let proposal = propose(&listing(files), "shop");
        let wanted = proposal.seeds.iter().filter(|offer| offer.wanted);
        wanted.map(|offer| offer.name.clone()).collect()
    }

    const DJANGO: [(&str, &str); 4] = [
        ("manage.py", ""),
        ("requirements.txt", "django\npsycopg\n"),
        ("shop/migrations/0001_initial.py", ""),
        ("Dockerfile", "FROM python:3.13\n"),
    ];

    #[test]
    fn migrations_make_the_tables_and_rows_come_after_them() {
        let mut files = DJANGO.to_vec();
        files.push(("db/schema.sql", "CREATE TABLE a (id serial);"));
        files.push(("db/rows.sql", "INSERT INTO a VALUES (1);"));
        assert_eq!(ticked(&files), ["migrations", "db/rows.sql"]);
    }

    #[test]
    fn a_dump_comes_before_the_migrations() {
        let mut files = DJANGO.to_vec();
        files.push((
            "dump-1.sql",
            "-- PostgreSQL database dump\nCREATE TABLE a (id int);\nCOPY a FROM stdin;",
        ));
        files.push((
            "dump-2.sql",
            "-- PostgreSQL database dump\nCREATE TABLE a (id int);\nCOPY a FROM stdin;",
        ));
        assert_eq!(ticked(&files), ["dump-2.sql", "migrations"]);
    }

    #[test]
    fn rows_without_tables_are_only_offered() {
        // On the machine the application makes its tables when it is started there, after `up`.
        let files = [
            DJANGO[0],
            DJANGO[1],
            DJANGO[2],
            ("rows.sql", "INSERT INTO a VALUES (1) RETURNING id;"),
        ];
        let proposal = propose(&listing(&files), "shop");
        assert_eq!(proposal.seeds.len(), 1);
        assert!(!proposal.seeds[0].wanted);
    }

    #[test]
    fn a_program_that_the_image_leaves_out_is_not_run_in_it() {
        let files = [
            (
                "package.json",
                r#"{"scripts": {"start": "x"}, "dependencies": {"pg": "8"}, "devDependencies": {"prisma": "6"}}"#,
            ),
            ("prisma/schema.prisma", "provider = \"postgresql\""),
            ("prisma/migrations/1/migration.sql", ""),
            ("Dockerfile", "FROM node:20\nRUN npm ci --omit=dev\n"),
        ];
        let proposal = propose(&listing(&files), "shop");
        assert_eq!((proposal.seeds.len(), proposal.seeds[0].wanted), (1, false));
    }

    #[test]
    fn servers_can_be_chosen_that_were_not_proposed() {
        let mut proposal = propose(&listing(&DJANGO), "shop");
        proposal.choose_servers(&[
            (Software::Mysql, Some("9".to_owned())),
            (Software::Redis, None),
        ]);
        let wanted: Vec<(&str, &str)> = proposal
            .servers
            .iter()
            .filter(|server| server.wanted)
            .map(|server| (server.service.as_str(), server.version.as_str()))
            .collect();
        assert_eq!(wanted, [("mysql", "9"), ("redis", "8")]);
    }
}
