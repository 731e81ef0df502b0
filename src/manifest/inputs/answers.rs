//! The file with the answers: an env file that only its user may read, in a folder that git does not look into.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use indexmap::IndexMap;

use super::super::env_file::{self, EnvEntries, EnvFormat};
use super::super::file::{self, FileError};
use crate::diagnostic::Diagnostic;

/// What its reader should know of it.
const HEAD: &str = "\
# Answers to the inputs of the manifest. devstack writes this file; nobody else should read it.
# `devstack inputs` lists them, `devstack inputs set NAME` and `forget NAME` change them.
";

/// Reads the answers; a file that is not there has none.
pub(super) fn read_answers(path: &Path, user: &Path, problems: &mut Vec<Diagnostic>) -> EnvEntries {
    let mut entries = EnvEntries::new();
    match file::read_confidential(path, user) {
        Ok(source) => {
            env_file::parse(
                &source,
                EnvFormat::Compose,
                &|_| None,
                &mut entries,
                problems,
            );
            let mode = fs::metadata(path).map(|found| found.permissions().mode());
            if mode.is_ok_and(|mode| mode & 0o077 != 0) {
                let name = file::shown(path, user);
                problems.push(
                    Diagnostic::warning(format!("`{name}` can be read by others"))
                        .fix(format!("chmod 600 {name}")),
                );
            }
        }
        Err(FileError::Missing { .. }) => {}
        Err(error) => problems.push(error.diagnostic(None)),
    }
    entries
}

/// Writes the answers as a whole, so that a file is never half written; without any it goes.
pub fn write_answers(path: &Path, answers: &IndexMap<String, String>) -> io::Result<()> {
    if answers.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let ignored = folder.join(".gitignore");
    if !ignored.exists() {
        fs::write(&ignored, "*\n")?;
    }
    let mut text = HEAD.to_owned();
    for (name, value) in answers {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name}={}", quoted(value));
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    // One that a killed run left could have any mode.
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// A value so that an env file's reader finds it as it was.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    if !value.contains(['\'', '\\', '\n', '\r']) {
        return format!("'{value}'");
    }
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '$' => text.push_str("\\$"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(answers: &IndexMap<String, String>) -> (tempfile::TempDir, EnvEntries, usize) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".devstack/inputs.env");
        write_answers(&path, answers).expect("written");
        let mut problems = Vec::new();
        let entries = read_answers(&path, folder.path(), &mut problems);
        (folder, entries, problems.len())
    }

    #[test]
    fn only_the_user_may_read_them_and_git_does_not_see_them() {
        let answers = IndexMap::from([("KEY".to_owned(), "sk_1".to_owned())]);
        let (folder, entries, problems) = written(&answers);
        assert_eq!(entries["KEY"].value, "sk_1");
        assert_eq!(problems, 0);
        let inside = folder.path().join(".devstack");
        let mode = |name: &str| {
            let found = fs::metadata(inside.join(name)).expect("it is there");
            found.permissions().mode() & 0o777
        };
        assert_eq!(mode("inputs.env"), 0o600);
        let ignored = fs::read_to_string(inside.join(".gitignore")).expect("it is there");
        assert_eq!(ignored, "*\n");
        assert_eq!(fs::read_dir(&inside).expect("a folder").count(), 2);
        let path = inside.join("inputs.env");
        write_answers(&path, &IndexMap::new()).expect("removed");
        write_answers(&path, &IndexMap::new()).expect("it is gone already");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_others_can_read_is_told() {
        let (folder, ..) = written(&IndexMap::from([("KEY".to_owned(), "1".to_owned())]));
        let path = folder.path().join(".devstack/inputs.env");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changed");
        let mut problems = Vec::new();
        read_answers(&path, folder.path(), &mut problems);
        assert_eq!(
            problems[0].fix.as_deref(),
            Some("chmod 600 .devstack/inputs.env")
        );
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(value in "[ -~\n\r\u{e9}]{0,20}") {
            let answers = IndexMap::from([("A".to_owned(), value.clone()), ("B".to_owned(), "2".to_owned())]);
            let (_folder, entries, problems) = written(&answers);
            prop_assert_eq!(problems, 0);
            prop_assert_eq!(&entries["A"].value, &value);
            prop_assert_eq!(&entries["B"].value, "2");
        }
    }
}
