//! The arguments, environment and input of the docker command for a build.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::client::Client;
use crate::engine::dockerfile::dockerfile_path;
use crate::engine::{BuildRequest, EngineError, Result};
use crate::stack::{BuildContext, BuildFile};

/// A docker command to be run.
#[derive(Debug, Default)]
pub(super) struct Planned {
    pub(super) arguments: Vec<OsString>,
    /// The values of build arguments, which the command reads from here: other users see arguments.
    pub(super) environment: BTreeMap<String, String>,
    /// A Dockerfile that is not taken from a file.
    pub(super) input: String,
}

/// Plans the build.
pub(super) fn plan(request: &BuildRequest, client: &Client) -> Result<Planned> {
    let build = &request.build;
    let mut planned = Planned::default();
    match client {
        // The engine's own builder, whichever the person has chosen: the image is wanted on this engine.
        Client::Buildx(_) => planned.words(&["buildx", "build", "--builder", "default", "--load"]),
        Client::BuiltIn(_) if build.additional_contexts.is_empty() => planned.words(&["build"]),
        Client::BuiltIn(_) => {
            return Err(EngineError::Stream(
                "`additional_contexts` needs Docker's buildx plugin, and the docker command here has none: install \
                 it (the package `docker-buildx-plugin` or `docker-buildx`)"
                    .to_owned(),
            ));
        }
    }
    planned.words(&["--progress", "plain"]);
    for tag in std::iter::once(&request.tag).chain(&build.tags) {
        planned.option("--tag", tag);
    }
    for (key, value) in &build.args {
        if let Some(value) = value {
            planned.argument(key, value);
        }
    }
    let labels = build
        .labels
        .iter()
        .chain(request.labels.iter().map(|(key, value)| (key, value)));
    for (key, value) in labels {
        planned.option("--label", &format!("{key}={value}"));
    }
    for (name, context) in &build.additional_contexts {
        planned.option("--build-context", &format!("{name}={context}"));
    }
    for (id, file) in &build.secrets {
        planned.option("--secret", &format!("id={id},src={}", file.display()));
    }
    for (option, values) in [
        ("--ssh", &build.ssh),
        ("--add-host", &build.extra_hosts),
        ("--cache-from", &build.cache_from),
    ] {
        for value in values {
            planned.option(option, value);
        }
    }
    let size = build.shm_size.map(|size| size.to_string());
    for (option, value) in [
        ("--target", &build.target),
        ("--network", &build.network),
        ("--platform", &build.platform),
        ("--shm-size", &size),
    ] {
        if let Some(value) = value {
            planned.option(option, value);
        }
    }
    for (option, wanted) in [("--pull", build.pull), ("--no-cache", build.no_cache)] {
        if wanted {
            planned.words(&[option]);
        }
    }
    planned.place(&build.context, &build.dockerfile);
    Ok(planned)
}

impl Planned {
    fn words(&mut self, words: &[&str]) {
        self.arguments.extend(words.iter().map(OsString::from));
    }

    fn option(&mut self, name: &str, value: &str) {
        self.words(&[name, value]);
    }

    /// A build argument; by name only, unless the name means something to the command itself.
    fn argument(&mut self, key: &str, value: &str) {
        let own = [
            "PATH",
            "HOME",
            "DOCKER_",
            "BUILDX_",
            "BUILDKIT_",
            "SSH_",
            "NO_COLOR",
            "XDG_",
        ];
        if own.iter().any(|start| key.starts_with(start)) {
            self.option("--build-arg", &format!("{key}={value}"));
        } else {
            self.option("--build-arg", key);
            self.environment.insert(key.to_owned(), value.to_owned());
        }
    }

    /// The Dockerfile and the context, which come last.
    fn place(&mut self, context: &BuildContext, file: &BuildFile) {
        match (context, file) {
            (_, BuildFile::Inline(text)) => {
                self.words(&["--file", "-"]);
                self.input.clone_from(text);
            }
            (BuildContext::Folder(folder), BuildFile::Path(path)) => {
                self.words(&["--file"]);
                self.arguments.push(dockerfile_path(folder, path).into());
            }
            (BuildContext::Remote(_), BuildFile::Path(path)) => {
                self.words(&["--file"]);
                self.arguments.push(path.into());
            }
        }
        self.words(&["--"]);
        self.arguments.push(match context {
            BuildContext::Folder(folder) => folder.into(),
            BuildContext::Remote(url) => url.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use indexmap::IndexMap;

    use super::*;
    use crate::source::Source;
    use crate::stack::Build;

    fn request() -> BuildRequest {
        BuildRequest {
            tag: "shop-web".into(),
            build: Build {
                context: BuildContext::Folder("/src/web".into()),
                dockerfile: BuildFile::Path("../web.Dockerfile".into()),
                args: IndexMap::from([
                    ("VERSION".into(), Some("1 2".into())),
                    ("PATH".into(), Some("/x".into())),
                    ("NOT_SET".into(), None),
                ]),
                target: Some("dev".into()),
                tags: Vec::new(),
                labels: IndexMap::new(),
                cache_from: Vec::new(),
                network: None,
                extra_hosts: Vec::new(),
                shm_size: Some(64),
                platform: None,
                pull: false,
                no_cache: true,
                additional_contexts: IndexMap::from([("assets".into(), "/src/assets".into())]),
                secrets: IndexMap::from([("token".into(), "/run/token".into())]),
                ssh: vec!["default".into()],
                span: Source::new("compose.yaml", "build: .").span(0, 8),
            },
            labels: vec![("project".into(), "shop".into())],
            certificates: None,
        }
    }

    fn words(planned: &Planned) -> String {
        let words: Vec<_> = planned
            .arguments
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        words.join(" ")
    }

    #[test]
    fn says_everything_and_no_value_of_an_argument() {
        let planned = plan(&request(), &Client::Buildx(PathBuf::from("docker"))).expect("a plan");
        assert_eq!(
            words(&planned),
            "buildx build --builder default --load --progress plain --tag shop-web --build-arg VERSION \
             --build-arg PATH=/x --label project=shop --build-context assets=/src/assets \
             --secret id=token,src=/run/token --ssh default --target dev --shm-size 64 --no-cache \
             --file /src/web/../web.Dockerfile -- /src/web"
        );
        assert_eq!(
            planned.environment,
            BTreeMap::from([("VERSION".to_owned(), "1 2".to_owned())])
        );
    }

    #[test]
    fn an_older_command_knows_no_further_contexts() {
        let old = Client::BuiltIn(PathBuf::from("docker"));
        let mut request = request();
        let error = plan(&request, &old).expect_err("too old").to_string();
        assert!(
            error.contains("`additional_contexts` needs Docker's buildx plugin"),
            "{error}"
        );
        request.build.additional_contexts.clear();
        request.build.dockerfile = BuildFile::Inline("FROM a".into());
        let planned = plan(&request, &old).expect("a plan");
        assert!(words(&planned).starts_with("build --progress plain"));
        assert_eq!(planned.input, "FROM a");
    }
}
