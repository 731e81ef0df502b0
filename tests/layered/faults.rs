//! devstack or a database is killed at any moment: the data is the old or the new one, whole.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::chance::{Chance, rounds};
use crate::databases::{Databases, Whole, assert_tidy, difference, row, snapshots};
use crate::family::{Family, Rows};
use crate::project::try_docker;

/// How often each command is killed.
const KILLS: usize = 3;

const PAIRS: [[Family; 2]; 2] = [
    [Family::Postgres, Family::Redis],
    [Family::Mariadb, Family::Valkey],
];

/// A stack, snapshots that must never change, and the moments.
struct Trial {
    stack: Databases,
    chance: Chance,
    saved: BTreeMap<String, Whole>,
    /// How long the command takes when nobody kills it.
    most: Duration,
}

/// Seeds of a few hundred rows that no cache has.
fn seeds(families: &[Family], edition: &str) -> BTreeMap<Family, Vec<Rows>> {
    let value = format!("{edition}p{}", std::process::id());
    let part = |part: usize| -> Rows {
        let key = |n| (format!("seed{part}x{n}"), value.clone());
        (0..200).map(key).collect()
    };
    let all = families.iter();
    all.map(|family| (*family, vec![part(0), part(1)]))
        .collect()
}

impl Trial {
    fn new(families: &[Family], seed: u64) -> Self {
        let edition = format!("kill{seed}");
        Self {
            stack: Databases::new(seeds(families, &edition)),
            chance: Chance::new(seed),
            saved: BTreeMap::new(),
            most: Duration::from_secs(4),
        }
    }

    /// Brings it up and takes the snapshot `base`.
    fn started(mut self) -> Self {
        self.stack.run(&["up"]);
        self.stack.write(&row("mine", "base"));
        self.stack.run(&["snapshot", "save", "base"]);
        self.saved.insert("base".to_owned(), self.stack.holds());
        self
    }

    /// Runs it to its end, to know how long that takes.
    fn measure(&mut self, arguments: &[&str]) {
        let started = Instant::now();
        self.stack.run(arguments);
        self.most = started.elapsed();
    }

    /// Runs devstack and kills it, at a random moment; gives when.
    fn kill(&mut self, arguments: &[&str]) -> String {
        let most = u64::try_from(self.most.as_millis()).expect("short");
        let moment = self.chance.within(0..most.max(1));
        let mut child = self.start(arguments);
        let until = Instant::now() + Duration::from_millis(moment);
        while Instant::now() < until && child.try_wait().expect("a child").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it ended");
        format!(
            "DEVSTACK_TEST_SEED={}, {arguments:?} killed after {moment} ms",
            self.chance.seed()
        )
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command: Command = self.stack.project.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("devstack runs")
    }

    /// `up` works, and then the data is one of these.
    fn assert_one_of(&self, states: &[&Whole], when: &str) -> usize {
        let ran = self.stack.project.run(&["up"]);
        assert_eq!(ran.code, 0, "{when}:\n{}", ran.stderr);
        let holds = self.stack.holds();
        let found = states.iter().position(|state| **state == holds);
        let found = found.unwrap_or_else(|| {
            let wrong = states.iter().map(|state| difference(state, &holds));
            panic!(
                "{when}: {:#?}\nup said:\n{}",
                wrong.collect::<Vec<_>>(),
                ran.stderr
            )
        });
        assert_tidy(&self.stack.project, when);
        found
    }

    /// Every snapshot still holds what it was taken of.
    fn assert_snapshots(&self) {
        for (name, saved) in &self.saved {
            self.stack.run(&["snapshot", "restore", name, "--yes"]);
            let wrong = difference(saved, &self.stack.holds());
            assert!(wrong.is_empty(), "snapshot {name} changed: {wrong:#?}");
        }
        let names: Vec<String> = snapshots(&self.stack.project, "named");
        assert_eq!(names.len(), self.saved.len(), "{names:?}");
        assert_tidy(&self.stack.project, "at the end");
    }
}

#[test]
fn the_first_up_killed_at_any_moment_leaves_no_half_seeded_data() {
    for number in 0..rounds(KILLS) {
        let families = PAIRS[number % 2];
        let mut trial = Trial::new(&families, 0x0f1a_0001 + number as u64);
        let when = trial.kill(&["up"]);
        trial.assert_one_of(&[&trial.stack.seeded()], &when);
    }
}

#[test]
fn saving_a_snapshot_killed_at_any_moment_changes_nothing() {
    let mut trial = Trial::new(&PAIRS[1], 0x0f1a_0101).started();
    trial.measure(&["snapshot", "save", "first"]);
    trial.saved.insert("first".to_owned(), trial.stack.holds());
    for number in 0..rounds(KILLS) {
        trial.stack.write(&row("mine", &format!("save{number}")));
        let old = trial.stack.holds();
        let name = format!("s{number}");
        let when = trial.kill(&["snapshot", "save", &name]);
        trial.assert_one_of(&[&old], &when);
        if snapshots(&trial.stack.project, "named").contains(&name) {
            trial.saved.insert(name, old);
        }
    }
    trial.assert_snapshots();
}

#[test]
fn restoring_killed_at_any_moment_brings_all_or_nothing() {
    let mut trial = Trial::new(&PAIRS[0], 0x0f1a_0201).started();
    let base = trial.saved["base"].clone();
    trial.measure(&["snapshot", "restore", "base", "--yes"]);
    for number in 0..rounds(KILLS) {
        trial.stack.write(&row("mine", &format!("restore{number}")));
        let old = trial.stack.holds();
        let when = trial.kill(&["snapshot", "restore", "base", "--yes"]);
        trial.assert_one_of(&[&old, &base], &when);
    }
    trial.assert_snapshots();
}

#[test]
fn a_reset_killed_at_any_moment_resets_all_or_nothing() {
    let mut trial = Trial::new(&PAIRS[1], 0x0f1a_0301).started();
    let seeded = trial.stack.seeded();
    trial.measure(&["reset", "--yes"]);
    for number in 0..rounds(KILLS) {
        trial.stack.write(&row("mine", &format!("reset{number}")));
        let old = trial.stack.holds();
        let when = trial.kill(&["reset", "--yes"]);
        if trial.assert_one_of(&[&old, &seeded], &when) == 1 && number % 2 == 0 {
            // What was put aside is whole, too.
            trial.stack.run(&["reset", "--undo", "--yes"]);
            let wrong = difference(&old, &trial.stack.holds());
            assert!(wrong.is_empty(), "{when}, undone: {wrong:#?}");
        }
    }
    trial.assert_snapshots();
}

#[test]
fn seeding_anew_killed_at_any_moment_brings_all_or_nothing() {
    let mut trial = Trial::new(&PAIRS[0], 0x0f1a_0401).started();
    trial.stack.seeds(seeds(&PAIRS[0], "measured"));
    trial.measure(&["seed", "--yes"]);
    for number in 0..rounds(KILLS) {
        trial.stack.write(&row("mine", &format!("seed{number}")));
        let old = trial.stack.holds();
        trial
            .stack
            .seeds(seeds(&PAIRS[0], &format!("edition{number}")));
        let when = trial.kill(&["seed", "--yes"]);
        let new = trial.stack.seeded();
        if trial.assert_one_of(&[&old, &new], &when) == 0 {
            trial.stack.run(&["seed", "--yes"]);
            let wrong = difference(&new, &trial.stack.holds());
            assert!(wrong.is_empty(), "{when}, seeded again: {wrong:#?}");
        }
    }
    trial.assert_snapshots();
}

#[test]
fn a_database_killed_while_it_is_seeded_is_seeded_by_the_next_up() {
    for number in 0..rounds(2) {
        let family = PAIRS[number % 2][0];
        let mut trial = Trial::new(&[family], 0x0f1a_0501 + number as u64);
        let container = trial.stack.project.container(family.service());
        let mut child = trial.start(&["up"]);
        // From when it is there until a moment in its first boot or its seeds.
        while try_docker(&["inspect", &container]).is_err()
            && child.try_wait().expect("a child").is_none()
        {
            std::thread::yield_now();
        }
        let moment = trial.chance.within(300..2500);
        let until = Instant::now() + Duration::from_millis(moment);
        while Instant::now() < until && child.try_wait().expect("a child").is_none() {
            std::thread::yield_now();
        }
        // It may be in between two containers.
        let _ = try_docker(&["kill", &container]);
        child.wait().expect("it ended");
        let when = format!("{container} killed {moment} ms after it was made");
        trial.assert_one_of(&[&trial.stack.seeded()], &when);
    }
}
