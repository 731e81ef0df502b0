//! What the network that the user works in asks for: a certificate authority of the company's own, a proxy, a mirror.
//!
//! It is the user's, not the manifest's: it comes from the settings file (`config.yaml`), from the docker command line's
//! `config.json`, and from the environment. What is done with it (containers, builds, pulls) is decided elsewhere. The
//! main type is [`CompanyNetwork`].

mod certificates;
mod docker_config;
mod proxy;
mod settings_file;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;

pub use certificates::{BUNDLE_PATH, CompanyCertificates, VARIABLES as CERTIFICATE_VARIABLES};
pub use proxy::{Proxy, ProxyOrigin};
pub use settings_file::path as settings_path;

use crate::diagnostic::Diagnostic;

/// What the user's network asks for.
#[derive(Debug, Clone, Default)]
pub struct CompanyNetwork {
    /// The settings file, if there is one.
    pub settings: Option<PathBuf>,
    /// The company's certificates, and the system's with them.
    pub certificates: Option<Arc<CompanyCertificates>>,
    /// The way to the internet.
    pub proxy: Proxy,
    /// Where Docker Hub's images come from instead.
    pub mirror: Option<String>,
}

/// Where [`CompanyNetwork::load`] looks.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The environment of the process.
    pub environment: &'a IndexMap<String, String>,
    /// The user's home folder.
    pub home: Option<&'a Path>,
    /// The folder that the user is in.
    pub directory: &'a Path,
}

impl Sources<'_> {
    /// A variable, unless it is empty.
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl CompanyNetwork {
    /// Reads what there is; what is wrong with it is in the diagnostics.
    pub fn load(sources: Sources<'_>) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let settings = settings_file::read(sources, &mut problems);
        let proxy = Some(settings.proxy)
            .filter(|proxy| !proxy.is_empty())
            .or_else(|| docker_config::proxy(sources))
            .unwrap_or_else(|| Proxy::of_environment(sources));
        let network = Self {
            settings: settings.path,
            certificates: settings.certificates.map(Arc::new),
            proxy,
            mirror: settings.mirror,
        };
        (network, problems)
    }

    /// What of it makes containers anew when it changes; `None` if nothing is set. A proxy that only the environment of
    /// one terminal has does not.
    pub fn fingerprint(&self) -> Option<impl Serialize + use<>> {
        let certificates = self.certificates.as_ref().map(|it| it.digest.clone());
        let lasting = self.proxy.origin != ProxyOrigin::Environment;
        let proxy = Some(self.proxy.clone()).filter(|proxy| lasting && !proxy.is_empty());
        (certificates.is_some() || proxy.is_some()).then_some((certificates, proxy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is loaded from a settings file and an environment.
    fn load(settings: &str, environment: &[(&str, &str)]) -> (CompanyNetwork, Vec<String>) {
        let home = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().expect("below")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        write(".config/devstack/config.yaml", settings);
        write(
            ".config/devstack/ca.pem",
            "-----BEGIN CERTIFICATE-----\nMQ==\n-----END CERTIFICATE-----\n",
        );
        write(".config/devstack/ca.der", "\u{30}\u{0}\u{1}");
        write(
            ".docker/config.json",
            r#"{"proxies": {"default": {"httpProxy": "http://docker:1", "noProxy": "x"}}}"#,
        );
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (network, problems) = CompanyNetwork::load(Sources {
            environment: &environment,
            home: Some(home.path()),
            directory: home.path(),
        });
        let problems = problems
            .iter()
            .map(|problem| {
                let place = problem
                    .place
                    .as_ref()
                    .map(|place| place.span.position().line);
                format!("{} {}", place.unwrap_or_default(), problem.message)
            })
            .collect();
        (network, problems)
    }

    #[test]
    fn the_settings_file_wins_over_dockers_which_wins_over_the_environment() {
        let environment = [("HTTP_PROXY", "http://environment:1")];
        let (network, problems) = load(
            "proxy: { https: http://settings:1 }\nregistry: { mirror: m:1 }\nca: ca.pem\n",
            &environment,
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(network.proxy.https.as_deref(), Some("http://settings:1"));
        assert_eq!(network.proxy.http, None);
        assert_eq!(network.mirror.as_deref(), Some("m:1"));
        assert!(network.certificates.is_some() && network.fingerprint().is_some());
        let (network, _) = load("", &environment);
        assert_eq!(network.proxy.http.as_deref(), Some("http://docker:1"));
        assert_eq!(network.proxy.origin, ProxyOrigin::DockerConfig);
        let (network, _) = load(
            "",
            &[("HTTP_PROXY", "http://e:1"), ("DOCKER_CONFIG", "/nowhere")],
        );
        assert_eq!(network.proxy.http.as_deref(), Some("http://e:1"));
        assert!(network.fingerprint().is_none());
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let (_, problems) = load(
            "ca: nowhere.pem\nproxi: { http: x }\nregistry: { miror: x }\nproxy: { http: 5 }\n",
            &[],
        );
        assert_eq!(
            problems,
            [
                "2 `proxi` is not a key that may stand in `config.yaml`",
                "3 `miror` is not a key that may stand in `registry`",
                "4 `http` must be a text, not a number",
                "1 the certificates of `ca` cannot be read: No such file or directory (os error 2)",
            ]
        );
        let (_, problems) = load("ca: ca.der\n", &[]);
        assert_eq!(problems, ["1 `ca.der` holds no certificate in PEM form"]);
        let (_, problems) = load("", &[("DEVSTACK_CONFIG", "missing.yaml")]);
        assert_eq!(problems, ["0 `missing.yaml` does not exist"]);
    }
}
