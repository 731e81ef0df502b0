//! Everything that decides where the engine is.

use std::ffi::OsString;
use std::path::PathBuf;

/// The folder of the Docker command line below the home folder.
const CONFIG_FOLDER: &str = ".docker";

/// Everything that decides where the engine is: flags, and the variables that the Docker command line heeds.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// `--host`.
    pub host: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// `DOCKER_TLS_VERIFY`: any value but the empty one asks for TLS.
    pub tls_verify: bool,
    /// `DOCKER_CERT_PATH`.
    pub cert_path: Option<PathBuf>,
    /// `DOCKER_CONFIG`.
    pub docker_config: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `PATH`, for ssh and credential helpers.
    pub search_path: Option<OsString>,
}

impl ConnectOptions {
    /// The options that the environment gives; `get` tells a variable. Empty variables count as unset.
    pub fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Self {
        let raw = |name: &str| get(name).filter(|value| !value.is_empty());
        let text = |name: &str| raw(name).map(|value| value.to_string_lossy().into_owned());
        let path = |name: &str| raw(name).map(PathBuf::from);
        Self {
            host: None,
            context: None,
            docker_host: text("DOCKER_HOST"),
            docker_context: text("DOCKER_CONTEXT"),
            tls_verify: raw("DOCKER_TLS_VERIFY").is_some(),
            cert_path: path("DOCKER_CERT_PATH"),
            docker_config: path("DOCKER_CONFIG"),
            home: path("HOME"),
            runtime_dir: path("XDG_RUNTIME_DIR"),
            search_path: raw("PATH"),
        }
    }

    /// The folder of the Docker command line's settings, if there is a home folder or `DOCKER_CONFIG`.
    pub fn config_folder(&self) -> Option<PathBuf> {
        self.docker_config
            .clone()
            .or_else(|| Some(self.home.as_ref()?.join(CONFIG_FOLDER)))
    }

    /// Its config file.
    pub fn config_file(&self) -> Option<PathBuf> {
        Some(self.config_folder()?.join("config.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_variables_count_as_unset() {
        let options = ConnectOptions::from_variables(|name| match name {
            "DOCKER_HOST" | "DOCKER_TLS_VERIFY" => Some(OsString::new()),
            "HOME" => Some("/home/ada".into()),
            _ => None,
        });
        assert_eq!(options.docker_host, None);
        assert!(!options.tls_verify);
        assert_eq!(
            options.config_file(),
            Some("/home/ada/.docker/config.json".into())
        );
    }
}
