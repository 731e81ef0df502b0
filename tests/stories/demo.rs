//! A copy of the demo, and templates added to it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use regex::Regex;

use crate::project::{Project, docker};

/// How long something may take to come true that no command waits for.
const LONGEST: Duration = Duration::from_secs(90);

/// The demo in a folder of its own.
pub(crate) fn demo() -> Project {
    let manifest = fs::read_to_string("devstack.yaml").expect("the demo is there");
    // Its page has a fixed port, which the demo itself may hold.
    let project = Project::new(&manifest.replace("\"8080:80\"", "\"80\""));
    copy(Path::new("demo"), &project.path().join("demo"));
    project
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        let target = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("it can be copied");
        }
    }
}

/// Lets the engine choose the ports of this machine: other stacks come up at the same time.
pub(crate) fn with_any_ports(project: &Project) {
    let manifest = fs::read_to_string(project.path().join("devstack.yaml")).expect("it is there");
    let port = Regex::new(r#"ports: \["(\d+)"\]"#).expect("a valid pattern");
    project.manifest(&port.replace_all(&manifest, r#"ports: ["127.0.0.1::$1"]"#));
}

/// `devstack add`, with these answers and the usual ones for the rest.
#[track_caller]
pub(crate) fn add(project: &Project, template: &str, answers: &[&str]) {
    let mut arguments = vec!["add", template, "--yes"];
    for answer in answers {
        arguments.extend(["--set", answer]);
    }
    project.run(&arguments).exits(0);
}

/// The port of this machine that leads to a port of a service.
#[track_caller]
pub(crate) fn port(project: &Project, service: &str, inside: u16) -> u16 {
    let listed = docker(&["port", &project.container(service), &inside.to_string()]);
    let first = listed.lines().next().unwrap_or_default();
    let port = first.rsplit(':').next().and_then(|port| port.parse().ok());
    port.unwrap_or_else(|| panic!("no port in {listed:?}"))
}

/// Asks until the answer is right; each question takes its time, so there is no pause between them.
#[track_caller]
pub(crate) fn until<T: std::fmt::Debug>(
    what: &str,
    mut ask: impl FnMut() -> T,
    right: impl Fn(&T) -> bool,
) {
    let begin = Instant::now();
    loop {
        let answer = ask();
        if right(&answer) {
            return;
        }
        assert!(begin.elapsed() < LONGEST, "{what}: still {answer:?}");
    }
}
