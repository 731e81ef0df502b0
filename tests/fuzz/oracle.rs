//! What must hold for any text.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use devstack::diagnostic::Diagnostic;
use devstack::stack::{LoadOptions, Loaded, load};
use serde_json::Value;

/// What Compose writes in its canonical form and refuses to read, as devstack does: a part of the message.
const NOT_READ_BACK: &[&str] = &[
    // A size without a limit is a number, and written as a text.
    "must be a size such as `512m` or `2g`, not `-1`",
];

/// What came of a text.
pub(crate) enum Verdict {
    Accepted,
    Refused,
    /// Something that must not be.
    Wrong(String),
}

/// A folder with the files that manifests name, in which texts are loaded.
pub(crate) struct Oracle {
    folder: tempfile::TempDir,
}

impl Oracle {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in [
            (".env", "A=1\nEMPTY=\n"),
            ("a.env", "EA=1\nEB=\"x $EA\"\n"),
            ("b.env", "EA=2\n"),
            ("s", "secret"),
            (
                "base.yaml",
                "services:\n  base: { image: base, volumes: [\"./d:/d\"], env_file: a.env }\n",
            ),
            (
                "inc.yaml",
                "services:\n  inc: { image: \"inc:${A:-0}\", build: {} }\nnetworks: { in: }\n",
            ),
        ] {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        Self { folder }
    }

    /// Loads a text in both languages.
    pub(crate) fn judge(&self, text: &str) -> Verdict {
        let mut verdict = Verdict::Refused;
        for name in ["compose.yaml", "devstack.yaml"] {
            match self.judge_as(name, text) {
                Verdict::Wrong(why) => return Verdict::Wrong(format!("{name}: {why}")),
                Verdict::Accepted => verdict = Verdict::Accepted,
                Verdict::Refused => {}
            }
        }
        verdict
    }

    fn judge_as(&self, name: &str, text: &str) -> Verdict {
        let loaded = match self.load(name, text) {
            Ok(loaded) => loaded,
            Err(why) => return Verdict::Wrong(why),
        };
        let errors = || {
            loaded
                .diagnostics
                .iter()
                .filter(|problem| problem.is_error())
        };
        let Some(canonical) = loaded.canonical() else {
            return match errors().find(|error| !is_placed(error)) {
                Some(error) => Verdict::Wrong(format!("without a place: {}", error.message)),
                None if errors().next().is_none() => {
                    Verdict::Wrong("refused without a word".to_owned())
                }
                None => Verdict::Refused,
            };
        };
        let written = serde_json::to_string_pretty(&canonical).expect("it is JSON");
        let again = match self.load("canonical.yaml", &written) {
            Ok(again) => again,
            Err(why) => return Verdict::Wrong(format!("{why}, in the canonical form\n{written}")),
        };
        match again.canonical() {
            Some(same) if without_defaults(&same) == without_defaults(&canonical) => {
                Verdict::Accepted
            }
            Some(other) => Verdict::Wrong(format!(
                "the canonical form means something else\n{written}\nbecame\n{other:#}"
            )),
            None => {
                let messages: Vec<_> = (again.diagnostics.iter())
                    .filter(|problem| problem.is_error())
                    .map(|problem| problem.message.as_str())
                    .filter(|message| !NOT_READ_BACK.iter().any(|part| message.contains(part)))
                    .collect();
                if messages.is_empty() {
                    return Verdict::Accepted;
                }
                Verdict::Wrong(format!(
                    "the canonical form is refused: {messages:?}\n{written}"
                ))
            }
        }
    }

    fn load(&self, name: &str, text: &str) -> Result<Loaded, String> {
        let path = self.folder.path().join(name);
        std::fs::write(path, text).expect("written");
        let options = LoadOptions {
            directory: self.folder.path().to_path_buf(),
            files: vec![PathBuf::from(name)],
            profiles: vec!["p".to_owned()],
            home: Some(PathBuf::from("/home/me")),
            ..LoadOptions::default()
        };
        catch_unwind(AssertUnwindSafe(|| load(&options))).map_err(|panic| {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            format!("panicked: {}", said.unwrap_or_default())
        })
    }
}

/// An empty `dockerfile` is not shown, and takes its default when it is read again; Compose does the same.
fn without_defaults(model: &Value) -> Value {
    let mut model = model.clone();
    let services = model.get_mut("services").and_then(Value::as_object_mut);
    for service in services.into_iter().flat_map(serde_json::Map::values_mut) {
        if let Some(build) = service.get_mut("build").and_then(Value::as_object_mut)
            && build.get("dockerfile").and_then(Value::as_str) == Some("Dockerfile")
        {
            build.shift_remove("dockerfile");
        }
    }
    model
}

/// What is said of a whole file, or of many problems at once, has no place.
fn is_placed(error: &Diagnostic) -> bool {
    let of_the_file = ["is empty", "more errors"]
        .iter()
        .any(|end| error.message.ends_with(end));
    let not_text = error.message.contains("is not UTF-8");
    error.place.is_some() || of_the_file || not_text
}
