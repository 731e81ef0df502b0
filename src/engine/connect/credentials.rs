//! The logins that `docker login` keeps.
//!
//! Where a helper is set for a registry (`credHelpers`, else `credsStore`) it is asked first, as the Docker command line
//! does; what it does not know may stand in the file (`auths`). Nothing here shows a secret: not in errors, not in debug
//! forms.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use docker_credential::DockerCredential;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::OnceCell;

use super::config_file::ConfigFile;
use super::credential_helper;
use crate::diagnostic::Diagnostic;
use crate::engine::{Credentials, RegistryAuth};

/// Docker Hub's key in the config.
const HUB: &str = "https://index.docker.io/v1/";
/// How long a helper may think; some ask their keyring, or the network.
const HELPER_LIMIT: Duration = Duration::from_secs(30);

/// Why a login could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CredentialsError {
    /// The config cannot be used.
    #[error("no registry logins from `{path}`: {reason}")]
    Config {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// One entry of the config cannot be used.
    #[error("the login of `{server}` in `{path}` makes no sense")]
    Entry {
        /// The file.
        path: String,
        /// The registry.
        server: String,
    },
    /// A helper program did not give it.
    #[error("no login for `{server}` from the credential helper `{program}`: {reason}")]
    Helper {
        /// The program.
        program: String,
        /// The registry.
        server: String,
        /// What went wrong.
        reason: String,
    },
}

impl CredentialsError {
    /// A warning: the registry is asked without a login, which may do.
    pub fn diagnostic(&self) -> Diagnostic {
        let warning =
            Diagnostic::warning(self.to_string()).note("the registry is asked without a login");
        match self {
            Self::Config { .. } => {
                warning.fix("mend the file, or move it away and run `docker login` again")
            }
            Self::Entry { server, .. } => warning.fix(login(server)),
            Self::Helper { program, .. } => warning.fix(format!(
                "install `{program}`, or take it out of credsStore and credHelpers in the Docker config"
            )),
        }
    }
}

/// The logins that `docker login` keeps. Each registry is looked up once.
pub struct CliCredentials {
    config: Option<PathBuf>,
    search_path: Option<OsString>,
    limit: Duration,
    known: Mutex<HashMap<String, Arc<OnceCell<Option<RegistryAuth>>>>>,
    problems: Mutex<Vec<CredentialsError>>,
}

impl CliCredentials {
    /// The logins of a `config.json`; helpers are looked for in `search_path`, a `PATH`.
    pub fn new(config: Option<PathBuf>, search_path: Option<OsString>) -> Self {
        Self {
            config,
            search_path,
            limit: HELPER_LIMIT,
            known: Mutex::default(),
            problems: Mutex::default(),
        }
    }

    /// What went wrong with logins so far; each problem is told once.
    pub fn take_problems(&self) -> Vec<CredentialsError> {
        std::mem::take(&mut *lock(&self.problems))
    }

    /// Looks a registry's login up, without remembering it.
    pub async fn look_up(&self, registry: &str) -> Result<Option<RegistryAuth>, CredentialsError> {
        let Some(path) = &self.config else {
            return Ok(None);
        };
        let shown = path.display().to_string();
        let config = match ConfigFile::read(path).await {
            Ok(config) => config,
            Err(reason) => {
                return Err(CredentialsError::Config {
                    path: shown,
                    reason,
                });
            }
        };
        let server = server(registry);
        let mut refused = None;
        if let Some(name) = helper(&config, server) {
            let path = self.search_path.as_deref();
            match credential_helper::ask(name, server, path, self.limit).await {
                Ok(Some(login)) => return Ok(Some(login)),
                Ok(None) => {}
                Err(error) => refused = Some(error),
            }
        }
        match (in_file(&config, server), refused) {
            (Ok(Some(login)), _) => Ok(Some(login)),
            (_, Some(error)) => Err(error),
            (Ok(None), None) => Ok(None),
            (Err(Malformed), None) => Err(CredentialsError::Entry {
                path: shown,
                server: registry.to_owned(),
            }),
        }
    }
}

#[async_trait]
impl Credentials for CliCredentials {
    async fn for_registry(&self, registry: &str) -> Option<RegistryAuth> {
        let cell = Arc::clone(lock(&self.known).entry(registry.to_owned()).or_default());
        let login = cell.get_or_init(|| async {
            match self.look_up(registry).await {
                Ok(login) => login,
                Err(error) => {
                    let mut problems = lock(&self.problems);
                    if !problems.contains(&error) {
                        problems.push(error);
                    }
                    None
                }
            }
        });
        login.await.clone()
    }
}

impl fmt::Debug for CliCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CliCredentials")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds these locks can panic halfway through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The key under which the Docker command line keeps a registry's login.
fn server(registry: &str) -> &str {
    match host(registry) {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => HUB,
        _ => registry,
    }
}

/// The host of a key, which may be a URL.
fn host(key: &str) -> &str {
    let key = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .unwrap_or(key);
    key.split('/').next().unwrap_or(key)
}

/// The name of the helper that is set for a server.
fn helper<'a>(config: &'a ConfigFile, wanted: &str) -> Option<&'a str> {
    let helpers = config.mapping("credHelpers");
    let own = helpers
        .into_iter()
        .flatten()
        .find(|(key, _)| server(key) == wanted)
        .and_then(|(_, name)| name.as_str())
        .filter(|name| !name.is_empty());
    own.or_else(|| config.text("credsStore"))
}

/// An entry that cannot be decoded.
struct Malformed;

/// The login that stands in the file itself.
fn in_file(config: &ConfigFile, wanted: &str) -> Result<Option<RegistryAuth>, Malformed> {
    let Some(auths) = config.mapping("auths") else {
        return Ok(None);
    };
    let entry = auths.get(wanted).or_else(|| {
        let same = |key: &str| server(key) == wanted || host(key) == host(wanted);
        auths
            .iter()
            .find(|(key, _)| same(key))
            .map(|(_, entry)| entry)
    });
    let Some(entry) = entry else { return Ok(None) };
    // A helper leaves an empty entry behind for each registry that it keeps a login of.
    let has_text = |field: &str| {
        let text = entry.get(field).and_then(Value::as_str);
        text.is_some_and(|text| !text.is_empty())
    };
    if !["auth", "username", "identitytoken"]
        .into_iter()
        .any(has_text)
    {
        return Ok(None);
    }
    let mut entry = entry.clone();
    if !has_text("identitytoken")
        && let Some(fields) = entry.as_object_mut()
    {
        fields.remove("identitytoken");
    }
    let alone = json!({ "auths": { wanted: entry } }).to_string();
    match docker_credential::get_credential_from_reader(alone.as_bytes(), wanted) {
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(RegistryAuth {
            username: String::new(),
            password: String::new(),
            identity_token: Some(token),
        })),
        Ok(DockerCredential::UsernamePassword(username, password)) => Ok(Some(RegistryAuth {
            username,
            password,
            identity_token: None,
        })),
        Err(_) => Err(Malformed),
    }
}

fn login(server: &str) -> String {
    if server == "docker.io" {
        "docker login".to_owned()
    } else {
        format!("docker login {server}")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    /// A folder with a config and helpers, as they lie on a disk.
    struct Setup {
        folder: tempfile::TempDir,
    }

    impl Setup {
        fn new(config: &str) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join("config.json"), config).expect("a file");
            Self { folder }
        }

        /// Adds a helper. It is written by another process: a test that forks at that moment would otherwise hold
        /// the script open for writing, and the kernel refuses to run it then.
        fn helper(self, name: &str, script: &str) -> Self {
            let (text, program) = (
                self.folder.path().join("text"),
                self.folder.path().join(format!("docker-credential-{name}")),
            );
            fs::write(&text, format!("#!/bin/sh\n{script}\n")).expect("a file");
            let status = Command::new("install")
                .arg("-m755")
                .args([&text, &program])
                .status()
                .expect("runs");
            assert!(status.success());
            self
        }

        fn credentials(&self) -> CliCredentials {
            let mut path = self.folder.path().as_os_str().to_owned();
            path.push(":/usr/bin:/bin");
            CliCredentials::new(Some(self.folder.path().join("config.json")), Some(path))
        }

        async fn look_up(&self, registry: &str) -> Result<Option<RegistryAuth>, CredentialsError> {
            self.credentials().look_up(registry).await
        }
    }

    fn login(username: &str, password: &str) -> RegistryAuth {
        RegistryAuth {
            username: username.to_owned(),
            password: password.to_owned(),
            identity_token: None,
        }
    }

    #[tokio::test]
    async fn reads_what_docker_login_writes() {
        // `ada:pass:word` and `hub:pw`.
        let setup = Setup::new(
            r#"{"auths": {
                "127.0.0.1:5000": {"auth": "YWRhOnBhc3M6d29yZA=="},
                "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
                "broken": {"auth": "%%"}}}"#,
        );
        let ada = setup.look_up("127.0.0.1:5000").await;
        assert_eq!(ada, Ok(Some(login("ada", "pass:word"))));
        assert_eq!(
            setup.look_up("docker.io").await,
            Ok(Some(login("hub", "pw")))
        );
        assert_eq!(setup.look_up("ghcr.io").await, Ok(None));
    }

    #[tokio::test]
    async fn an_entry_that_makes_no_sense_is_named_without_its_words() {
        let setup = Setup::new(r#"{"auths": {"r.example": {"auth": "c2VjcmV0"}}}"#);
        let error = setup.look_up("r.example").await.expect_err("no colon");
        assert!(error.to_string().contains("`r.example`"), "{error}");
        assert!(!format!("{error:?}{error}").contains("c2VjcmV0"));
        assert_eq!(
            error.diagnostic().fix.as_deref(),
            Some("docker login r.example")
        );
    }

    #[tokio::test]
    async fn an_identity_token_stands_instead_of_the_password() {
        let setup =
            Setup::new(r#"{"auths": {"r.example": {"auth": "YTpi", "identitytoken": "tok-1"}}}"#);
        let login = setup.look_up("r.example").await.expect("reads");
        let login = login.expect("a login");
        assert_eq!(login.identity_token.as_deref(), Some("tok-1"));
        assert_eq!(login.password, "");
    }

    #[tokio::test]
    async fn asks_the_helper_of_the_registry_then_the_store() {
        let answer = |who: &str| {
            format!(
                r#"read -r server; echo "{{\"ServerURL\":\"$server\",\"Username\":\"{who} of $server\",\"Secret\":\"s\"}}""#
            )
        };
        let setup = Setup::new(
            r#"{"auths": {"https://index.docker.io/v1/": {}}, "credsStore": "all", "credHelpers": {"r.example": "own"}}"#,
        )
        .helper("own", &answer("own"))
        .helper("all", &answer("all"));
        let own = setup.look_up("r.example").await;
        assert_eq!(own, Ok(Some(login("own of r.example", "s"))));
        let hub = setup.look_up("docker.io").await;
        assert_eq!(
            hub,
            Ok(Some(login("all of https://index.docker.io/v1/", "s")))
        );
    }

    #[tokio::test]
    async fn a_helper_may_give_a_token_or_know_nothing() {
        let setup = Setup::new(r#"{"credHelpers": {"a": "token", "b": "empty"}}"#)
            .helper("token", r#"echo '{"Username":"<token>","Secret":"tok-2"}'"#)
            .helper(
                "empty",
                "echo credentials not found in native keychain; exit 1",
            );
        let token = setup.look_up("a").await.expect("answers").expect("a login");
        assert_eq!(token.identity_token.as_deref(), Some("tok-2"));
        assert_eq!(setup.look_up("b").await, Ok(None));
    }

    #[tokio::test]
    async fn a_helper_that_is_missing_or_fails_is_named() {
        let setup = Setup::new(
            r#"{"credHelpers": {"a": "missing", "b": "bad", "c": "odd", "d": "../x", "e": "leaky"}}"#,
        )
        .helper("bad", "echo keyring is locked >&2; exit 1")
        .helper("odd", "echo nonsense")
        .helper("leaky", r#"echo '{"Secret":"hunter2"}'; exit 1"#);
        for (registry, expected) in [
            (
                "a",
                "no login for `a` from the credential helper `docker-credential-missing`: it is not installed",
            ),
            (
                "b",
                "no login for `b` from the credential helper `docker-credential-bad`: it failed: keyring is locked",
            ),
            (
                "c",
                "no login for `c` from the credential helper `docker-credential-odd`: its answer makes no sense",
            ),
            (
                "d",
                "no login for `d` from the credential helper `docker-credential-../x`: its name makes no sense",
            ),
            (
                "e",
                "no login for `e` from the credential helper `docker-credential-leaky`: it failed without a reason",
            ),
        ] {
            let error = setup.look_up(registry).await.expect_err(registry);
            assert_eq!(error.to_string(), expected);
        }
    }

    #[tokio::test]
    async fn a_helper_that_hangs_is_given_up_and_named() {
        let setup = Setup::new(r#"{"credsStore": "slow"}"#).helper("slow", "exec sleep 600");
        let mut credentials = setup.credentials();
        credentials.limit = Duration::from_millis(50);
        let error = credentials.look_up("docker.io").await.expect_err("hangs");
        assert!(error.to_string().contains("`docker-credential-slow`"));
        assert!(error.to_string().contains("did not answer"), "{error}");
    }

    #[tokio::test]
    async fn a_broken_config_is_told_once_and_never_stops_a_pull() {
        let setup = Setup::new(r#"{"auths": {"r.example": {"auth": "c2VjcmV0"#);
        let credentials = setup.credentials();
        assert_eq!(credentials.for_registry("r.example").await, None);
        assert_eq!(credentials.for_registry("docker.io").await, None);
        let problems = credentials.take_problems();
        assert_eq!(problems.len(), 1);
        let told = problems[0].diagnostic();
        assert!(!told.is_error());
        assert!(told.message.contains("not valid JSON, at line 1"));
        assert!(!format!("{problems:?}{credentials:?}").contains("c2VjcmV0"));
    }

    #[tokio::test]
    async fn each_registry_is_looked_up_once() {
        let setup = Setup::new(r#"{"credsStore": "count"}"#).helper(
            "count",
            r#"echo x >> "$(dirname "$0")/asked"; echo '{"Username":"a","Secret":"b"}'"#,
        );
        let credentials = setup.credentials();
        let (first, second) = tokio::join!(
            credentials.for_registry("r.example"),
            credentials.for_registry("r.example")
        );
        assert_eq!(first, Some(login("a", "b")));
        assert_eq!(first, second);
        let asked = fs::read_to_string(setup.folder.path().join("asked")).expect("was asked");
        assert_eq!(asked.lines().count(), 1);
    }
}
