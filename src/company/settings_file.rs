//! The user's settings: `~/.config/devstack/config.yaml`.

use std::path::{Path, PathBuf};

use super::{CompanyCertificates, Proxy, ProxyOrigin, Sources};
use crate::diagnostic::Diagnostic;
use crate::manifest::Flavour;
use crate::manifest::canonical::{Walk, absolute};
use crate::manifest::file::{self, FileError, join};
use crate::manifest::node::Node;
use crate::manifest::shape::{Key, Shape};
use crate::manifest::yaml;

/// What may stand in the file.
const SETTINGS: Shape = Shape::Keys(&[
    Key::new("ca", Shape::Text),
    Key::new(
        "proxy",
        Shape::Keys(&[
            Key::new("http", Shape::Text),
            Key::new("https", Shape::Text),
            Key::new("all", Shape::Text),
            Key::new("no", Shape::Text),
        ]),
    ),
    Key::new("registry", Shape::Keys(&[Key::new("mirror", Shape::Text)])),
]);

/// What stands in it.
#[derive(Default)]
pub(super) struct SettingsFile {
    pub(super) path: Option<PathBuf>,
    pub(super) certificates: Option<CompanyCertificates>,
    pub(super) proxy: Proxy,
    pub(super) mirror: Option<String>,
}

/// Where the file is: `DEVSTACK_CONFIG`, else below `XDG_CONFIG_HOME` or `~/.config`.
pub fn path(sources: Sources<'_>) -> Option<PathBuf> {
    if let Some(named) = sources.variable("DEVSTACK_CONFIG") {
        return Some(join(sources.directory, named));
    }
    let folder = match sources.variable("XDG_CONFIG_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => sources.home?.join(".config"),
    };
    Some(folder.join("devstack/config.yaml"))
}

/// Reads the file; one that is not there is empty, unless it was named.
pub(super) fn read(sources: Sources<'_>, problems: &mut Vec<Diagnostic>) -> SettingsFile {
    let Some(path) = path(sources) else {
        return SettingsFile::default();
    };
    let source = match file::read(&path, sources.directory) {
        Ok(source) => source,
        Err(FileError::Missing { .. }) if sources.variable("DEVSTACK_CONFIG").is_none() => {
            return SettingsFile::default();
        }
        Err(error) => {
            problems.push(error.diagnostic(None).note("these are the user's settings"));
            return SettingsFile::default();
        }
    };
    let mut documents = yaml::parse(&source, &mut yaml::NODES.clone(), problems);
    let mut settings = SettingsFile {
        path: Some(path.clone()),
        ..SettingsFile::default()
    };
    let Some(node) = documents.first_mut() else {
        return settings;
    };
    let folder = path.parent().unwrap_or(sources.directory);
    let mut deferred = Vec::new();
    Walk {
        base: folder,
        home: sources.home,
        flavour: Flavour::Devstack,
        ports_left: 0,
        problems,
        deferred: &mut deferred,
    }
    .check(node, &SETTINGS, "config.yaml");
    problems.extend(deferred.into_iter().flat_map(|deferred| deferred.problems));
    if let Some(proxy) = node.get("proxy") {
        settings.proxy = Proxy {
            http: filled(proxy, "http"),
            https: filled(proxy, "https"),
            all: filled(proxy, "all"),
            ftp: None,
            no: filled(proxy, "no"),
            origin: ProxyOrigin::Settings,
        };
    }
    settings.mirror = node.get("registry").and_then(|node| filled(node, "mirror"));
    settings.certificates = node
        .get("ca")
        .and_then(|node| certificates(node, folder, sources, problems));
    settings
}

fn filled(node: &Node, key: &str) -> Option<String> {
    node.string(key).filter(|text| !text.is_empty())
}

fn certificates(
    node: &Node,
    folder: &Path,
    sources: Sources<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<CompanyCertificates> {
    let name = node.as_str()?;
    let path = PathBuf::from(absolute(name, folder, sources.home, false));
    match CompanyCertificates::read(&path, sources) {
        Ok(Some(certificates)) => Some(certificates),
        Ok(None) => {
            problems.push(
                node.error(format!("`{name}` holds no certificate in PEM form"), "")
                    .fix(format!(
                        "openssl x509 -inform der -in {name} -out company-ca.pem   (and name that)"
                    )),
            );
            None
        }
        Err(error) => {
            let message = format!("the certificates of `ca` cannot be read: {error}");
            problems.push(node.error(message, "").fix("correct the path"));
            None
        }
    }
}
