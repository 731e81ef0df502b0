//! What a Compose file could have besides what it has: seeds, migrations and checks of readiness.

use std::path::{Path, PathBuf};

use super::application;
use super::listing::Listing;
use super::proposal::{Chosen, Proposal};
use super::seeds;
use super::server::Server;
use super::software::Software;
use crate::stack::{BuildContext, BuildFile, Check, Protocol, Service, Stack};

/// What could be added to a Compose file.
#[derive(Debug, Clone)]
pub struct Extension {
    /// The seeds that are offered, in order; the servers and applications are services of the file.
    pub proposal: Proposal,
    /// The checks that are offered.
    pub routes: Vec<Route>,
}

/// A route by which a service says that it is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The service.
    pub service: String,
    /// The path of the route.
    pub path: String,
    /// The container's port.
    pub port: u16,
    /// The file that shows the route.
    pub file: String,
    /// Whether the service has an address to open, which the file does not say.
    pub opens: bool,
    /// Whether it is to be added.
    pub wanted: bool,
}

/// Looks for what a Compose file lacks. `folder` is the one that was listed, in which the file lies.
pub fn extend(listing: &Listing, folder: &Path, stack: &Stack) -> Extension {
    let mut found = application::find(listing, &stack.name);
    let mut applications = Vec::new();
    let mut routes = Vec::new();
    for service in stack.services.values() {
        let Some((context, file)) = built_from(service, folder) else {
            continue;
        };
        let same = |app: &application::Application| {
            let own = app.dockerfile.as_ref().map(|own| own.path.as_str());
            own == Some(file.as_str()) || app.folder == context
        };
        let Some(at) = found.iter().position(same) else {
            continue;
        };
        let mut app = found.remove(at);
        app.name.clone_from(&service.name);
        routes.extend(route(service, &app));
        applications.push(Chosen {
            app,
            contained: true,
        });
    }
    let servers = stack.services.values().filter_map(|service| {
        let mut server = Server::new(Software::of_image(&service.image)?, &stack.name);
        server.service.clone_from(&service.name);
        server.wanted = takes_seeds(service);
        Some(server)
    });
    let mut proposal = Proposal {
        name: stack.name.clone(),
        servers: servers.collect(),
        applications,
        files: seeds::find(listing),
        seeds: Vec::new(),
    };
    proposal.offer_seeds();
    Extension { proposal, routes }
}

impl Extension {
    /// Whether there is nothing that could be added.
    pub fn is_empty(&self) -> bool {
        self.proposal.seeds.is_empty() && self.routes.is_empty()
    }

    /// Adds the checks of these services, and no others.
    pub fn choose_routes(&mut self, chosen: &[usize]) {
        for (index, route) in self.routes.iter_mut().enumerate() {
            route.wanted = chosen.contains(&index);
        }
    }
}

/// The folder and the Dockerfile that a service is built from, as the listing names them.
fn built_from(service: &Service, folder: &Path) -> Option<(String, String)> {
    let build = service.build.as_ref()?;
    let BuildContext::Folder(context) = &build.context else {
        return None;
    };
    let BuildFile::Path(file) = &build.dockerfile else {
        return None;
    };
    let below = |path: &Path| {
        let rest: PathBuf = path.strip_prefix(folder).ok()?.components().collect();
        Some(rest.to_str()?.to_owned())
    };
    Some((below(context)?, below(&context.join(file))?))
}

/// Whether seeds of ours have a place in a service: it is a server, and nobody fills it already.
fn takes_seeds(service: &Service) -> bool {
    let Some(server) = service.server() else {
        return false;
    };
    let own_scripts = server.first_boot_scripts().is_some_and(|scripts| {
        let mut mounts = service.mounts.iter();
        mounts.any(|mount| mount.target.starts_with(scripts))
    });
    service.seeds.is_empty() && !own_scripts
}

/// The route by which a service says that it is ready, if nothing else does.
fn route(service: &Service, app: &application::Application) -> Option<Route> {
    let checked = app
        .dockerfile
        .as_ref()
        .is_some_and(|file| file.checks_health);
    if checked || service.readiness.checks != [Check::FromImage] {
        return None;
    }
    let (path, file) = app.health.clone()?;
    let mut published = service
        .ports
        .iter()
        .filter(|port| port.protocol == Protocol::Tcp)
        .map(|port| port.target);
    let port = match (published.next(), published.next()) {
        (Some(only), None) => only,
        _ => app.port?,
    };
    Some(Route {
        service: service.name.clone(),
        path,
        port,
        file,
        opens: service.open.is_none() && !service.ports.is_empty(),
        wanted: true,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::init::{additions, scan};
    use crate::stack::{LoadOptions, load};

    fn added(files: &[(&str, &str)]) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        }
        let loaded = load(&LoadOptions {
            directory: folder.path().to_owned(),
            project_name: Some("shop".to_owned()),
            ..LoadOptions::default()
        });
        let stack = loaded.stack.expect("it is a stack");
        let listing = scan(folder.path()).expect("it can be read");
        additions(&extend(&listing, folder.path(), &stack))
    }

    const API: [(&str, &str); 3] = [
        ("api/Dockerfile", "FROM python:3.13\nEXPOSE 8000\n"),
        (
            "api/requirements.txt",
            "fastapi\nalembic\npsycopg\nsqlalchemy\n",
        ),
        ("api/main.py", "@app.get('/healthz')\ndef well(): ...\n"),
    ];

    #[test]
    fn seeds_migrations_and_checks_go_where_they_belong() {
        let mut files = API.to_vec();
        files.extend([
            ("compose.yaml", "services:\n  db: { image: 'postgres:17', environment: { POSTGRES_PASSWORD: x } }\n  web: { build: ./api, ports: ['8000'] }\n"),
            ("db/people.sql", "INSERT INTO people VALUES (1);"),
            ("api/alembic.ini", ""),
            ("api/alembic/versions/1.py", ""),
        ]);
        assert_eq!(
            added(&files),
            [
                (
                    "db".to_owned(),
                    "x-devstack:\n  seed: # applied in this order, once per content\n    - { run: \"alembic upgrade head\", in: web, inputs: [\"api/alembic/versions/*.py\"] }\n    - db/people.sql\n".to_owned()
                ),
                (
                    "web".to_owned(),
                    "x-devstack:\n  ready: { http: /healthz, port: 8000 } # the route is in api/main.py\n  open: /\n".to_owned()
                )
            ]
        );
    }

    #[test]
    fn what_is_there_already_is_not_added_again() {
        let mut files = API.to_vec();
        files.extend([
            ("compose.yaml", "services:\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: x }\n    volumes: ['./db:/docker-entrypoint-initdb.d']\n  web:\n    build: ./api\n    healthcheck: { test: curl localhost }\n"),
            ("db/schema.sql", "CREATE TABLE people (id serial);"),
        ]);
        assert!(added(&files).is_empty());
    }
}
