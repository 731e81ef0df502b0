//! Which engine is meant.
//!
//! In the order of the Docker command line (its `resolveContextName`): `--context`, `--host`, `DOCKER_HOST`,
//! `DOCKER_CONTEXT`, the config's `currentContext`. The context named `default` stands for no context at all. An
//! address from a flag or a variable takes its TLS settings from `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`; a context
//! has its own.

use std::path::PathBuf;

use super::address::{Address, SshAddress};
use super::config_file::ConfigFile;
use super::context::{self, Certificates};
use super::{ConnectError, ConnectOptions, socket};
use crate::diagnostic::Diagnostic;
use crate::engine::Endpoint;

/// The context that stands for no context.
const DEFAULT_CONTEXT: &str = "default";

/// The engine that is meant.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) route: Route,
    /// Where it is, as a person would write it.
    pub(super) address: String,
    pub(super) warnings: Vec<Diagnostic>,
}

/// The way to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Direct(Endpoint),
    Ssh(SshAddress),
}

/// Decides which engine is meant.
pub(super) async fn choose(options: &ConnectOptions) -> Result<Choice, ConnectError> {
    let mut warnings = Vec::new();
    if options.host.is_some() && options.context.is_some() {
        return Err(ConnectError::HostAndContext);
    }
    let route = if let Some(name) = &options.context {
        by_context(options, name, "`--context`").await?
    } else if let Some(host) = &options.host {
        by_host(options, host, "`--host`").await?
    } else if let Some(host) = &options.docker_host {
        by_host(options, host, "DOCKER_HOST").await?
    } else if let Some(name) = &options.docker_context {
        by_context(options, name, "DOCKER_CONTEXT").await?
    } else if let Some((name, file)) = current_context(options, &mut warnings).await {
        by_context(options, &name, &format!("`{file}`")).await?
    } else {
        usual(options).await
    };
    let address = match &route {
        Route::Direct(endpoint) => endpoint.to_string(),
        Route::Ssh(ssh) => ssh.to_string(),
    };
    Ok(Choice {
        route,
        address,
        warnings,
    })
}

async fn by_context(
    options: &ConnectOptions,
    name: &str,
    origin: &str,
) -> Result<Route, ConnectError> {
    if name == DEFAULT_CONTEXT {
        // As in the Docker command line, it is whatever DOCKER_HOST says.
        return match &options.docker_host {
            Some(host) => by_host(options, host, "DOCKER_HOST").await,
            None => Ok(usual(options).await),
        };
    }
    let folder = options.config_folder().unwrap_or_default();
    let context = context::read(&folder, name, origin).await?;
    let origin = format!("the context `{name}`");
    Ok(match parse(&context.host, &origin)? {
        Address::Unix(path) => Route::Direct(Endpoint::Unix(path)),
        Address::Ssh(ssh) => Route::Ssh(ssh),
        Address::Tcp { host, port } => Route::Direct(match context.tls {
            None => Endpoint::Tcp(Address::host_and_port(&host, port, false)),
            Some(certificates) => tls(&host, port, certificates, context.verify),
        }),
    })
}

async fn by_host(
    options: &ConnectOptions,
    text: &str,
    origin: &str,
) -> Result<Route, ConnectError> {
    Ok(match parse(text, origin)? {
        Address::Unix(path) => Route::Direct(Endpoint::Unix(path)),
        Address::Ssh(ssh) => Route::Ssh(ssh),
        Address::Tcp { host, port } if !options.tls_verify => {
            Route::Direct(Endpoint::Tcp(Address::host_and_port(&host, port, false)))
        }
        Address::Tcp { host, port } => {
            let folder: PathBuf = options
                .cert_path
                .clone()
                .or_else(|| options.config_folder())
                .unwrap_or_default();
            let found = Certificates::find(&folder).await.unwrap_or_default();
            if found.ca.is_none() {
                return Err(ConnectError::NoCertificate {
                    path: folder.join("ca.pem"),
                });
            }
            Route::Direct(tls(&host, port, found, true))
        }
    })
}

async fn usual(options: &ConnectOptions) -> Route {
    Route::Direct(Endpoint::Unix(socket::find(options).await))
}

/// The config's current context and the config's path; a config that cannot be read is a warning.
async fn current_context(
    options: &ConnectOptions,
    warnings: &mut Vec<Diagnostic>,
) -> Option<(String, String)> {
    let path = options.config_file()?;
    match ConfigFile::read(&path).await {
        Ok(config) => Some((
            config.text("currentContext")?.to_owned(),
            path.display().to_string(),
        )),
        Err(reason) => {
            let warning =
                Diagnostic::warning(format!("`{}` cannot be used: {reason}", path.display()));
            warnings.push(
                warning
                    .note("contexts and registry logins in it are not heeded")
                    .fix("mend the file, or move it away and run `docker login` again"),
            );
            None
        }
    }
}

fn parse(text: &str, origin: &str) -> Result<Address, ConnectError> {
    Address::parse(text).map_err(|reason| ConnectError::Address {
        text: text.to_owned(),
        origin: origin.to_owned(),
        reason,
    })
}

fn tls(host: &str, port: Option<u16>, certificates: Certificates, verify: bool) -> Endpoint {
    Endpoint::Tls {
        host: Address::host_and_port(host, port, true),
        ca: certificates.ca,
        cert: certificates.cert,
        key: certificates.key,
        verify,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn folder_with_context(name: &str, host: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let id = context::id(name);
        let path = folder.path().join("contexts/meta").join(id);
        std::fs::create_dir_all(&path).expect("a folder");
        let meta = serde_json::json!({"Name": name, "Endpoints": {"docker": {"Host": host}}});
        std::fs::write(path.join("meta.json"), meta.to_string()).expect("a file");
        folder
    }

    fn options(config: &Path) -> ConnectOptions {
        ConnectOptions {
            docker_config: Some(config.to_owned()),
            ..ConnectOptions::default()
        }
    }

    async fn address(options: &ConnectOptions) -> String {
        choose(options).await.expect("a choice").address
    }

    #[tokio::test]
    async fn precedence_is_that_of_the_docker_command_line() {
        let folder = folder_with_context("far", "tcp://far:1");
        let config = r#"{"currentContext": "far"}"#;
        std::fs::write(folder.path().join("config.json"), config).expect("a file");
        let mut options = options(folder.path());
        assert_eq!(address(&options).await, "tcp://far:1");
        options.docker_context = Some("default".to_owned());
        assert!(address(&options).await.starts_with("unix://"));
        options.docker_host = Some("tcp://variable:2".to_owned());
        assert_eq!(address(&options).await, "tcp://variable:2");
        options.docker_context = Some("far".to_owned());
        assert_eq!(address(&options).await, "tcp://variable:2");
        options.context = Some("far".to_owned());
        assert_eq!(address(&options).await, "tcp://far:1");
        options.context = None;
        options.host = Some("tcp://flag:3".to_owned());
        assert_eq!(address(&options).await, "tcp://flag:3");
        options.context = Some("far".to_owned());
        assert!(matches!(
            choose(&options).await,
            Err(ConnectError::HostAndContext)
        ));
    }

    #[tokio::test]
    async fn tls_needs_the_authority_and_changes_the_port() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = options(folder.path());
        options.host = Some("tcp://build".to_owned());
        assert_eq!(address(&options).await, "tcp://build:2375");
        options.tls_verify = true;
        let error = choose(&options).await.expect_err("no certificate");
        assert!(matches!(error, ConnectError::NoCertificate { .. }));
        std::fs::write(folder.path().join("ca.pem"), "x").expect("a file");
        let route = choose(&options).await.expect("a choice").route;
        assert_eq!(
            route,
            Route::Direct(Endpoint::Tls {
                host: "build:2376".to_owned(),
                ca: Some(folder.path().join("ca.pem")),
                cert: None,
                key: None,
                verify: true,
            })
        );
    }

    #[tokio::test]
    async fn a_wrong_address_names_who_gave_it_and_what_is_accepted() {
        let options = ConnectOptions {
            docker_host: Some("/var/run/docker.sock".to_owned()),
            ..ConnectOptions::default()
        };
        let error = choose(&options).await.expect_err("is wrong");
        assert!(error.is_usage());
        let told = error.diagnostic();
        assert_eq!(
            told.message,
            "`/var/run/docker.sock` from DOCKER_HOST is not an engine's address: write `unix:///var/run/docker.sock`"
        );
        assert!(told.fix.expect("a fix").contains("ssh://"));
    }

    #[tokio::test]
    async fn a_broken_config_is_a_warning_without_its_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "{\"auths\": {\"x\": {\"auth\": \"c2VjcmV0\"}},\n oops}";
        std::fs::write(folder.path().join("config.json"), text).expect("a file");
        let choice = choose(&options(folder.path())).await.expect("a choice");
        let shown = format!("{:?}", choice.warnings);
        assert!(shown.contains("line 2 column"), "{shown}");
        assert!(
            !shown.contains("c2VjcmV0") && !shown.contains("oops"),
            "{shown}"
        );
    }
}
