//! The browser of this machine.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::process::Command;

use crate::diagnostic::Diagnostic;

/// Browsers that live in the terminal, and keep it until they end.
const IN_TERMINAL: &[&str] = &[
    "w3m",
    "lynx",
    "links",
    "links2",
    "elinks",
    "browsh",
    "carbonyl",
    "www-browser",
];
/// One that fails does so at once; one that goes on longer shows the page.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A program that opens addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Browser {
    /// The program and its arguments; `%s` in them is the address, which comes last if there is none.
    words: Vec<String>,
}

impl Browser {
    /// The first that there is: those of `$BROWSER`, separated by colons, then the system's own way.
    pub(super) fn find(environment: &IndexMap<String, String>) -> Option<Self> {
        let variable = |name: &str| {
            let value = environment.get(name).map(String::as_str);
            value.filter(|value| !value.is_empty())
        };
        let path = variable("PATH").unwrap_or_default();
        let chosen = variable("BROWSER")
            .into_iter()
            .flat_map(|all| all.split(':'));
        let chosen = chosen.filter_map(|line| shell_words::split(line).ok());
        let mut own: Vec<Vec<String>> = Vec::new();
        if cfg!(target_os = "macos") {
            own.push(vec!["open".to_owned()]);
        }
        if variable("WSL_DISTRO_NAME").is_some() {
            own.push(vec!["wslview".to_owned()]);
        }
        // Without a screen `xdg-open` looks for a browser in the terminal, or fails after a while.
        if variable("DISPLAY")
            .or(variable("WAYLAND_DISPLAY"))
            .is_some()
        {
            own.push(vec!["xdg-open".to_owned()]);
        }
        chosen
            .chain(own)
            .find(|words| words.first().is_some_and(|program| is_there(program, path)))
            .map(|words| Self { words })
    }

    /// Opens an address. One that lives in the terminal has it until it ends.
    pub(super) async fn open(&self, address: &str) -> Result<(), Diagnostic> {
        let (program, arguments) = self.line(address);
        let name = Path::new(&program)
            .file_name()
            .and_then(|name| name.to_str());
        let in_terminal = name.is_some_and(|name| IN_TERMINAL.contains(&name));
        let mut command = Command::new(&program);
        command.args(&arguments);
        if !in_terminal {
            command.stdin(Stdio::null()).stdout(Stdio::null());
        }
        let failed = |why: String| {
            Diagnostic::error(format!("the browser `{program}` failed: {why}"))
                .fix("name another with BROWSER=PROGRAM, or open the address yourself")
        };
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let ended = if in_terminal {
            Some(child.wait().await)
        } else {
            tokio::time::timeout(AT_ONCE, child.wait()).await.ok()
        };
        match ended {
            Some(Ok(status)) if !status.success() => Err(failed(status.to_string())),
            Some(Err(error)) => Err(failed(error.to_string())),
            _ => Ok(()),
        }
    }

    fn line(&self, address: &str) -> (String, Vec<String>) {
        let mut words: Vec<String> = self
            .words
            .iter()
            .map(|word| word.replace("%s", address))
            .collect();
        if !self.words.iter().any(|word| word.contains("%s")) {
            words.push(address.to_owned());
        }
        let program = words.remove(0);
        (program, words)
    }
}

/// Whether there is such a program.
fn is_there(program: &str, path: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    std::env::split_paths(path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)], programs: &[&str]) -> Option<Vec<String>> {
        let folder = tempfile::tempdir().expect("a folder");
        for program in programs {
            std::fs::write(folder.path().join(program), "").expect("a file");
        }
        let mut environment: IndexMap<String, String> = variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        environment.insert("PATH".to_owned(), folder.path().display().to_string());
        Browser::find(&environment).map(|browser| browser.words)
    }

    #[test]
    fn the_users_browser_comes_first_then_the_systems() {
        let programs = ["xdg-open", "wslview", "firefox"];
        let screen = ("DISPLAY", ":0");
        assert_eq!(
            find(&[screen], &programs),
            Some(vec!["xdg-open".to_owned()])
        );
        assert_eq!(find(&[], &programs), None);
        assert_eq!(
            find(&[screen, ("WSL_DISTRO_NAME", "Debian")], &programs),
            Some(vec!["wslview".to_owned()])
        );
        assert_eq!(
            find(&[("BROWSER", "nothing:firefox --new-tab")], &programs),
            Some(vec!["firefox".to_owned(), "--new-tab".to_owned()])
        );
    }

    #[test]
    fn the_address_goes_where_it_belongs() {
        let line = |words: &[&str]| {
            let words = words.iter().map(|&word| word.to_owned()).collect();
            Browser { words }.line("http://x/")
        };
        assert_eq!(line(&["a"]), ("a".to_owned(), vec!["http://x/".to_owned()]));
        assert_eq!(
            line(&["a", "--url=%s", "b"]),
            (
                "a".to_owned(),
                vec!["--url=http://x/".to_owned(), "b".to_owned()]
            )
        );
    }
}
