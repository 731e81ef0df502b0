//! The cases: each a folder with files, and how it is loaded.

use std::fs;
use std::path::{Path, PathBuf};

/// One project to load.
pub(crate) struct Case {
    /// Its line, or its folder's name.
    pub(crate) name: String,
    /// The folder from which it is loaded.
    pub(crate) folder: PathBuf,
    /// Files given with `-f`; none leaves it to discovery.
    pub(crate) files: Vec<String>,
    /// Profiles that are on.
    pub(crate) profiles: Vec<String>,
    /// Variables of the process.
    pub(crate) environment: Vec<(String, String)>,
}

/// All cases, written below a folder.
pub(crate) fn all(below: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, text) in [
        ("service", include_str!("services.txt")),
        ("top", include_str!("top.txt")),
        ("override", include_str!("overrides.txt")),
        ("value", include_str!("values.txt")),
    ] {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let folder = below.join(format!("c{}", cases.len()));
            surroundings(&folder);
            let mut files = vec!["compose.yaml".to_owned()];
            let manifest = match kind {
                "service" => of_service(line),
                "top" => of_top(line),
                "value" => format!(
                    "services:\n  a:\n    image: \"x{line}\"\n    environment:\n      V: \"{line}\"\n"
                ),
                _ => {
                    let (base, over) = line.split_once(" | ").expect("a base and an override");
                    files.push("over.yaml".to_owned());
                    write(
                        &folder,
                        "over.yaml",
                        &format!("services:\n  a:\n    {over}\n"),
                    );
                    of_service(base)
                }
            };
            write(&folder, "compose.yaml", &manifest);
            let variables = [("A", "1"), ("EMPTY", "")];
            cases.push(Case {
                name: format!("{kind} {line}"),
                folder,
                files,
                profiles: Vec::new(),
                environment: if kind == "value" {
                    owned(&variables)
                } else {
                    Vec::new()
                },
            });
        }
    }
    cases.extend(folders(below));
    cases
}

/// The projects of several files. A file `environment` has the process's variables, `files` and `profiles` the flags.
fn folders(below: &Path) -> Vec<Case> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose/folders");
    let mut cases = Vec::new();
    for entry in fs::read_dir(home).expect("the folders are there") {
        let from = entry.expect("it can be listed").path();
        let name = from
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let folder = below.join(&name);
        copy(&from, &folder);
        let lines = |file: &str| -> Vec<String> {
            fs::read_to_string(folder.join(file))
                .unwrap_or_default()
                .lines()
                .map(str::to_owned)
                .collect()
        };
        let environment = lines("environment")
            .iter()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        cases.push(Case {
            name: format!("folder {name}"),
            files: lines("files"),
            profiles: lines("profiles"),
            environment,
            folder,
        });
    }
    cases
}

fn of_service(line: &str) -> String {
    let image = if line.starts_with("image:") {
        ""
    } else {
        "    image: img\n"
    };
    format!(
        "services:\n  a:\n{image}    {line}\n  b: {{image: y}}\n  c: {{image: z, profiles: [off]}}\n\
         networks: {{n: , m: }}\nvolumes: {{vol: , two: }}\nsecrets: {{s: {{file: ./s}}}}\nconfigs: {{c1: {{content: hi}}}}\n"
    )
}

fn of_top(line: &str) -> String {
    let uses = match line.split(':').next() {
        Some("services") => return format!("{line}\n"),
        Some("networks") => "networks: [n]",
        Some("volumes") => "volumes: [\"vol:/v\"]",
        Some("secrets") => "secrets: [s]",
        Some("configs") => "configs: [c1]",
        _ => "",
    };
    format!("services:\n  a:\n    image: x\n    {uses}\n{line}\n")
}

/// Files that the cases name.
fn surroundings(folder: &Path) {
    write(folder, "a.env", "EA=1\nEB=\"x $EA\"\n");
    write(folder, "b.env", "EA=2\n");
    write(
        folder,
        "base.yaml",
        "services:\n  b: {image: base, environment: {Q: 1}}\n  base2: {extends: base}\n  base:\n    image: base\n    volumes: [\"./d:/d\"]\n    env_file: a.env\n    ports: [\"9:9\"]\n    build: ./bb\n",
    );
    write(
        folder,
        "inc.yaml",
        "services:\n  inc: {image: \"inc:${EA:-0}\", volumes: [\"./d:/d\"], build: {}}\nnetworks: {in: }\n",
    );
    fs::create_dir_all(folder.join("sub")).expect("made");
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).expect("made");
    fs::write(folder.join(name), text).expect("written");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed") {
        let path = entry.expect("listed").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
