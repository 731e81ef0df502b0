//! A project of databases, and what is looked at from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::family::{Family, Rows};
use crate::project::{Project, Ran, docker};
use crate::surroundings::{Surroundings, Within};

/// What every database of a stack holds.
pub(crate) type Whole = BTreeMap<Family, Rows>;

/// A project whose services are databases, each with a volume and seeds.
pub(crate) struct Databases {
    pub(crate) project: Project,
    pub(crate) families: Vec<Family>,
    seeds: BTreeMap<Family, Vec<Rows>>,
}

impl Databases {
    /// With these seeds.
    pub(crate) fn new(seeds: BTreeMap<Family, Vec<Rows>>) -> Self {
        let mut databases = Self {
            project: Project::new(""),
            families: seeds.keys().copied().collect(),
            seeds: BTreeMap::new(),
        };
        databases.seeds(seeds);
        databases
    }

    /// Writes the manifest and its seed files anew.
    pub(crate) fn seeds(&mut self, seeds: BTreeMap<Family, Vec<Rows>>) {
        let mut services = String::new();
        let mut volumes = String::new();
        for (family, seeds) in &seeds {
            let mut files = Vec::new();
            for (number, rows) in seeds.iter().enumerate() {
                let file = family.seed_file(number);
                self.project.file(&file, family.seed(rows));
                files.push(file);
            }
            services.push_str(&family.manifest(&files));
            writeln!(volumes, "  {}: {{}}", family.service()).expect("memory");
        }
        self.project
            .manifest(&format!("services:\n{services}volumes:\n{volumes}"));
        self.seeds = seeds;
    }

    /// What its seeds bring.
    pub(crate) fn seeded(&self) -> Whole {
        let mut whole = Whole::new();
        for (family, seeds) in &self.seeds {
            let rows = seeds.iter().flatten();
            whole.insert(*family, rows.map(|(k, v)| (k.clone(), v.clone())).collect());
        }
        whole
    }

    /// What its databases hold.
    #[track_caller]
    pub(crate) fn holds(&self) -> Whole {
        let rows = |family: &Family| (*family, family.rows(&self.project));
        self.families.iter().map(rows).collect()
    }

    /// Writes the same rows into every database.
    #[track_caller]
    pub(crate) fn write(&self, rows: &Rows) {
        for family in &self.families {
            family.write(&self.project, rows);
        }
    }

    /// Runs devstack, which must succeed.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.project.run(arguments).exits(0)
    }
}

/// What is not as it should be, in words.
pub(crate) fn difference(expected: &Whole, found: &Whole) -> Vec<String> {
    let mut wrong = Vec::new();
    for family in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let (none, other) = (Rows::new(), Rows::new());
        let expected = expected.get(family).unwrap_or(&none);
        let found = found.get(family).unwrap_or(&other);
        for key in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let (should, is) = (expected.get(key), found.get(key));
            if should != is {
                wrong.push(format!("{family:?} {key}: {is:?}, should be {should:?}"));
            }
        }
    }
    wrong
}

/// Rows with one key.
pub(crate) fn row(key: &str, value: &str) -> Rows {
    Rows::from([(key.to_owned(), value.to_owned())])
}

/// The names of a project's snapshots of this kind (`named`, `automatic`), the oldest first.
#[track_caller]
pub(crate) fn snapshots(project: &Project, kind: &str) -> Vec<String> {
    let listed = project
        .run(&["snapshot", "list", "--format", "json"])
        .exits(0);
    let items: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
    let items = items.as_array().expect("a list").iter();
    items
        .filter(|item| item["kind"] == kind)
        .map(|item| item["name"].as_str().expect("a name").to_owned())
        .collect()
}

/// Every layer of a project's.
#[track_caller]
pub(crate) fn layers(project: &Project) -> BTreeSet<String> {
    let label = format!("label=dev.devstack.layer={}", project.name());
    let listed = docker(&["volume", "ls", "-q", "--filter", &label]);
    listed.lines().map(str::to_owned).collect()
}

/// From now on layers are put together in this way, whatever the whole run has.
pub(crate) fn layers_are(mode: &'static str) -> Within {
    let way = Surroundings {
        layers: Some(mode),
        ..Surroundings::now()
    };
    way.enter()
}

/// Every layer that some live volume or snapshot of the engine names.
#[track_caller]
pub(crate) fn named_layers() -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for label in ["dev.devstack.data", "dev.devstack.snapshot"] {
        let filter = format!("label={label}");
        let format = format!("{{{{.Label \"{label}\"}}}}");
        let listed = docker(&["volume", "ls", "--filter", &filter, "--format", &format]);
        for line in listed.lines() {
            let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
            collect(&value, &mut named);
        }
    }
    named
}

/// Every text in it that may be a layer's name.
fn collect(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => {
            into.insert(text.clone());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        serde_json::Value::Object(items) => items.values().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// The project's layers that nothing names.
pub(crate) fn garbage(project: &Project) -> BTreeSet<String> {
    let own = layers(project);
    own.difference(&named_layers()).cloned().collect()
}

/// Checks that nothing is left over: every layer is named by something, and no container of devstack's own is there.
#[track_caller]
pub(crate) fn assert_tidy(project: &Project, after: &str) {
    let garbage = garbage(project);
    assert!(garbage.is_empty(), "{after}: nothing names {garbage:?}");
    let label = format!("label=dev.devstack.door={}", project.name());
    let doors = docker(&["ps", "-aq", "--filter", &label]);
    assert_eq!(doors, "", "{after}: doors are left open");
}
