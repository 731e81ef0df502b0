//! Reads a template from a git repository, with the user's own git and login.
//!
//! Nothing is checked out: what is wanted is fetched into a repository of its own and read out of it as an archive, so
//! that no hook, filter or link of somebody else's is ever carried out or followed.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::process::Command;

use super::bundle::{Bundle, DEFINITION, FILES, PART};
use super::folder::{LIMIT, no_file, too_large};
use crate::diagnostic::{Diagnostic, nearest};

/// The commit that was fetched.
const FETCHED: &str = "FETCH_HEAD";

/// What is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Fetch<'a> {
    /// What git is told to fetch.
    pub url: &'a str,
    /// The template's folder in it.
    pub folder: Option<&'a str>,
    /// The branch, tag or commit.
    pub reference: Option<&'a str>,
    /// Where the user is.
    pub directory: &'a Path,
    /// Whether git may ask for a password or passphrase.
    pub may_ask: bool,
}

type Problem = Box<Diagnostic>;

/// The template in a repository.
pub async fn from_repository(fetch: Fetch<'_>) -> Result<Bundle, Problem> {
    let store = Store::new()?;
    let wanted = fetch.reference.unwrap_or("HEAD");
    store
        .git(fetch, &["init", "--quiet", "--bare", "--template="])
        .await?;
    let fetched = [
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--no-recurse-submodules",
        "--",
        fetch.url,
        wanted,
    ];
    store.git(fetch, &fetched).await?;
    let listed = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", FETCHED];
    let listed = store.git(fetch, &listed).await?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let folder = choose(fetch, &folders(&listed))?;
    let tree = match folder.as_str() {
        "" => FETCHED.to_owned(),
        folder => format!("{FETCHED}:{folder}"),
    };
    let archive = store
        .git(fetch, &["archive", "--format=tar", &tree])
        .await?;
    let place = match folder.as_str() {
        "" => fetch.url.to_owned(),
        folder => format!("{}#{folder}", fetch.url),
    };
    let name = match folder.as_str() {
        "" => fetch.url.trim_end_matches('/').trim_end_matches(".git"),
        folder => folder,
    };
    let name = name.rsplit(['/', ':']).next().unwrap_or(name).to_owned();
    unpack(&archive.stdout, name, place)
}

/// The folders of a repository that have a template.
fn folders(listed: &str) -> Vec<&str> {
    listed
        .split('\0')
        .filter_map(|path| match path.strip_suffix(DEFINITION)? {
            "" => Some(""),
            folder => folder.strip_suffix('/'),
        })
        .collect()
}

/// The folder that is meant: the named one, also by the end of its path; else the only one.
fn choose(fetch: Fetch<'_>, folders: &[&str]) -> Result<String, Problem> {
    let url = fetch.url;
    let list = |problem: Diagnostic| match folders {
        [] => problem.note("a template is a folder with a template.yaml and a devstack.yaml"),
        folders => problem.note(format!("there are {}", folders.join(", "))),
    };
    let Some(wanted) = fetch.folder else {
        return match folders {
            [only] => Ok((*only).to_owned()),
            [] => Err(Box::new(list(Diagnostic::error(format!(
                "there is no template in {url}"
            ))))),
            folders if folders.contains(&"") => Ok(String::new()),
            [first, ..] => {
                let problem = Diagnostic::error(format!("there are several templates in {url}"));
                Err(Box::new(
                    list(problem).fix(format!("name one: `devstack add '{url}#{first}'`")),
                ))
            }
        };
    };
    if folders.contains(&wanted) {
        return Ok(wanted.to_owned());
    }
    let end = format!("/{wanted}");
    let ending: Vec<&&str> = folders.iter().filter(|it| it.ends_with(&end)).collect();
    if let [only] = ending.as_slice() {
        return Ok((**only).to_owned());
    }
    let problem = list(Diagnostic::error(format!(
        "there is no template `{wanted}` in {url}"
    )));
    let names = folders.iter().map(|it| it.rsplit('/').next().unwrap_or(it));
    Err(Box::new(match nearest(wanted, names) {
        Some(near) => problem.fix(format!("did you mean `{near}`?")),
        None => problem,
    }))
}

/// The files of a template out of an archive.
fn unpack(archive: &[u8], name: String, place: String) -> Result<Bundle, Problem> {
    let broken = |error: std::io::Error| {
        Box::new(Diagnostic::error(format!(
            "what git gave of it cannot be read: {error}"
        )))
    };
    let mut left = LIMIT;
    let mut bundle = Bundle {
        name,
        place,
        ..Bundle::default()
    };
    for entry in tar::Archive::new(archive).entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let is_wanted = path == DEFINITION || path == PART || path.starts_with(FILES);
        let kind = entry.header().entry_type();
        if !is_wanted || kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        if !kind.is_file() {
            return Err(Box::new(no_file(&bundle.shown(&path), kind.is_symlink())));
        }
        let mut content = Vec::new();
        entry
            .take(left + 1)
            .read_to_end(&mut content)
            .map_err(broken)?;
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(|| Box::new(too_large(&bundle.place)))?;
        bundle.files.insert(path, Cow::Owned(content));
    }
    Ok(bundle)
}

/// A repository of our own, gone with it.
struct Store {
    folder: PathBuf,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Store {
    fn new() -> Result<Self, Problem> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("devstack-template-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|error| {
            Box::new(Diagnostic::error(format!(
                "no folder can be made at {}: {error}",
                folder.display()
            )))
        })?;
        Ok(Self { folder })
    }

    /// Runs git to its end; what it says when it fails is the cause.
    async fn git(&self, fetch: Fetch<'_>, arguments: &[&str]) -> Result<Output, Problem> {
        let mut command = Command::new("git");
        command
            .arg("--git-dir")
            .arg(&self.folder)
            .args(arguments)
            .current_dir(fetch.directory)
            // Whoever started us may sit in a hook of another repository.
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .env("GIT_LFS_SKIP_SMUDGE", "1")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if !fetch.may_ask {
            command
                .env("GIT_TERMINAL_PROMPT", "0")
                .env("GIT_ASKPASS", "true");
            if std::env::var_os("GIT_SSH_COMMAND").is_none() {
                command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
            }
        }
        let output = command.output().await.map_err(|error| {
            let problem = Diagnostic::error(format!("`git` cannot be run: {error}"));
            Box::new(match error.kind() {
                std::io::ErrorKind::NotFound => {
                    problem.fix("install git, or fetch the template yourself and name its folder")
                }
                _ => problem,
            })
        })?;
        if output.status.success() {
            return Ok(output);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Box::new(refused(fetch, &said)))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Why git did not do it, and what helps.
fn refused(fetch: Fetch<'_>, said: &str) -> Diagnostic {
    let lines: Vec<String> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(15)
        .map(str::to_owned)
        .collect();
    let url = fetch.url;
    let problem = Diagnostic::error(format!("git cannot fetch {url}")).evidence("git", lines);
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let try_it = format!("see what git says: git ls-remote '{url}'");
    if says(&[
        "couldn't find remote ref",
        "Could not find remote",
        "not our ref",
    ]) {
        let wanted = fetch.reference.unwrap_or("HEAD");
        let problem = Diagnostic::error(format!("there is no `{wanted}` in {url}"));
        return problem.fix(format!("see what there is: git ls-remote '{url}'"));
    }
    if says(&[
        "does not appear to be a git repository",
        "not a git repository",
    ]) {
        return problem
            .fix("name a repository; a folder without one is named by its path, without `#`");
    }
    if says(&[
        "Permission denied (publickey",
        "could not read Username",
        "Authentication failed",
    ]) {
        return problem.fix(format!(
            "log in first, so that this works: git ls-remote '{url}'"
        ));
    }
    if says(&["Host key verification failed"]) {
        return problem.fix(format!(
            "confirm the host's key once: git ls-remote '{url}'"
        ));
    }
    problem.fix(try_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(folder: Option<&str>) -> Fetch<'_> {
        Fetch {
            url: "u",
            folder,
            reference: None,
            directory: Path::new("/"),
            may_ask: false,
        }
    }

    #[test]
    fn the_folder_that_is_meant_is_found() {
        let all =
            folders("README\0a/template.yaml\0x/y/billing/template.yaml\0x/template.yaml.bak");
        assert_eq!(all, ["a", "x/y/billing"]);
        for (wanted, found) in [
            ("a", "a"),
            ("billing", "x/y/billing"),
            ("y/billing", "x/y/billing"),
        ] {
            assert_eq!(
                choose(fetch(Some(wanted)), &all).ok().as_deref(),
                Some(found)
            );
        }
        let problem = choose(fetch(Some("biling")), &all).expect_err("there is none");
        assert_eq!(problem.fix.as_deref(), Some("did you mean `billing`?"));
        assert!(choose(fetch(None), &all).is_err());
        assert_eq!(choose(fetch(None), &["", "a"]).ok().as_deref(), Some(""));
        assert_eq!(choose(fetch(None), &["a"]).ok().as_deref(), Some("a"));
    }
}
