//! devstack, a database or the engine is killed at any moment: the data is the old or the new one, whole, and `up`
//! works.
//!
//! `KILLS=50` makes it fifty, over all of them.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::databases::{
    Databases, Whole, assert_tidy, difference, garbage, layers_are, row, snapshots,
};
use crate::family::{Family, Rows};
use crate::private_engine::PrivateEngine;
use crate::project::try_docker;
use crate::surroundings::Within;

/// How long a command is expected to take, before one was seen to end.
const FIRST_GUESS: Duration = Duration::from_secs(4);
/// How long devstack may go on when what it works with was killed.
const GIVES_UP_WITHIN: Duration = Duration::from_mins(2);

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Devstack,
    Database,
    Engine,
}

/// What is going on at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    FirstUp,
    Seed,
    Save,
    Restore,
    Reset,
}

/// A round of these is what a number of kills is spread over.
const ALL: [Doing; 5] = [
    Doing::Reset,
    Doing::FirstUp,
    Doing::Restore,
    Doing::Seed,
    Doing::Save,
];

#[test]
fn devstack_killed_at_any_moment_leaves_the_old_or_the_new_data() {
    let families = [Family::Mariadb, Family::Valkey];
    Trial::new(Victim::Devstack, &families, 0x0f1a_0001, None).tell(kills(5, 17));
}

#[test]
fn devstack_killed_while_it_copies_leaves_the_old_or_the_new_data() {
    let _copying = layers_are("copy");
    let families = [Family::Postgres, Family::Redis];
    Trial::new(Victim::Devstack, &families, 0x0f1a_0101, None).tell(kills(5, 5));
}

#[test]
fn a_database_killed_at_any_moment_leaves_the_old_or_the_new_data() {
    let families = [Family::Postgres, Family::Redis];
    Trial::new(Victim::Database, &families, 0x0f1a_0201, None).tell(kills(5, 14));
}

#[test]
fn the_engine_killed_at_any_moment_leaves_the_old_or_the_new_data() {
    let families = [Family::Postgres, Family::Valkey];
    let engine = PrivateEngine::start(3000);
    Trial::new(Victim::Engine, &families, 0x0f1a_0301, Some(engine)).tell(kills(4, 14));
}

/// How many kills are this test's: its share of fifty, if `KILLS` says how many all have.
fn kills(default: usize, of_fifty: usize) -> usize {
    let given = std::env::var("KILLS").ok();
    let given = given.map(|text| text.parse::<usize>().expect("KILLS is a number"));
    given.map_or(default, |all| (all * of_fifty).div_ceil(50))
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

/// A stack, snapshots that must never change, and the moments.
struct Trial {
    stack: Databases,
    victim: Victim,
    chance: Chance,
    saved: BTreeMap<String, Whole>,
    /// How long each command takes when nobody kills anything.
    takes: BTreeMap<Doing, Duration>,
    // These two go last: the stack is removed from the engine before the engine goes.
    _within: Option<Within>,
    engine: Option<PrivateEngine>,
}

impl Trial {
    fn new(victim: Victim, families: &[Family], seed: u64, engine: Option<PrivateEngine>) -> Self {
        let within = engine.as_ref().map(PrivateEngine::enter);
        Self {
            stack: Databases::new(seeds(families, &format!("kill{seed}"))),
            victim,
            chance: Chance::new(seed),
            saved: BTreeMap::new(),
            takes: BTreeMap::new(),
            _within: within,
            engine,
        }
    }

    fn tell(mut self, kills: usize) {
        self.stack.run(&["up"]);
        self.write("base");
        self.stack.run(&["snapshot", "save", "base"]);
        self.saved.insert("base".to_owned(), self.stack.holds());
        for number in 0..kills {
            // Every kind comes as often as the others, in an order that does not matter.
            self.one(number, ALL[number % ALL.len()]);
        }
        self.assert_snapshots();
    }

    /// Does something, kills somebody while it is done, and looks at what there is.
    fn one(&mut self, number: usize, doing: Doing) {
        self.write(&format!("value{number}"));
        let old = self.stack.holds();
        let name = format!("s{number}");
        let families = self.stack.families.clone();
        let edition = seeds(&families, &format!("{:?}{number}", self.victim));
        let (arguments, states) = match doing {
            Doing::Save => (vec!["snapshot", "save", &name], vec![old.clone()]),
            Doing::Restore => (
                vec!["snapshot", "restore", "base", "--yes"],
                vec![old.clone(), self.saved["base"].clone()],
            ),
            Doing::Reset => (
                vec!["reset", "--yes"],
                vec![old.clone(), self.stack.seeded()],
            ),
            Doing::Seed => {
                self.stack.seeds(edition);
                (
                    vec!["seed", "--yes"],
                    vec![old.clone(), self.stack.seeded()],
                )
            }
            Doing::FirstUp => {
                self.stack.run(&["down", "--data", "--yes"]);
                self.stack.seeds(edition);
                (vec!["up"], vec![self.stack.seeded()])
            }
        };
        let when = self.strike(doing, &arguments);
        let found = self.assert_one_of(&states, &when);
        match doing {
            Doing::Save if snapshots(&self.stack.project, "named").contains(&name) => {
                self.saved.insert(name, old);
            }
            Doing::Seed if found == 0 => {
                self.stack.run(&["seed", "--yes"]);
                self.assert_holds(&states[1], &when);
            }
            // What was put aside is whole, too.
            Doing::Reset if found == 1 => {
                let undone = self.stack.project.run(&["reset", "--undo", "--yes"]);
                assert_eq!(undone.code, 0, "{when}, and then: {}", undone.stderr);
                self.assert_holds(&old, &when);
            }
            _ => {}
        }
    }

    /// A row, in every database, that is there whatever is killed afterwards.
    fn write(&self, value: &str) {
        self.stack.write(&row("mine", value));
        for family in &self.stack.families {
            family.settle(&self.stack.project);
        }
    }

    /// Runs devstack, and kills the victim at a random moment; gives when.
    fn strike(&mut self, doing: Doing, arguments: &[&str]) -> String {
        let most = self.takes.get(&doing).copied().unwrap_or(FIRST_GUESS);
        let most = u64::try_from(most.as_millis()).expect("short").max(1);
        let moment = self.chance.within(0..most);
        let run = Run::of(&self.stack, arguments);
        if let Some(took) = run.ends_within(Duration::from_millis(moment)) {
            self.takes.insert(doing, took);
        }
        let when = format!(
            "DEVSTACK_TEST_SEED={}, {arguments:?}, {:?} killed after {moment} ms",
            self.chance.seed(),
            self.victim
        );
        match (self.victim, &mut self.engine) {
            (Victim::Devstack, _) => run.kill(),
            (Victim::Database, _) => {
                let family = *self.chance.one(&self.stack.families);
                let container = self.stack.project.container(family.service());
                // It may be in between two containers.
                let _ = try_docker(&["kill", &container]);
            }
            (Victim::Engine, Some(engine)) => engine.kill(),
            (Victim::Engine, None) => unreachable!("it has an engine of its own"),
        }
        let ended = run.ends_within(GIVES_UP_WITHIN);
        assert!(ended.is_some(), "{when}: devstack hangs");
        if let Some(engine) = &mut self.engine {
            engine.run();
        }
        when
    }

    /// `up` works, and then the data is one of these.
    fn assert_one_of(&self, states: &[Whole], when: &str) -> usize {
        let mut ran = self.stack.project.run(&["up"]);
        // An engine that is killed in the middle of a start may not know of it afterwards; then it is told, and the
        // next one works.
        if self.victim == Victim::Engine && ran.stderr.contains("the engine lost track of") {
            ran = self.stack.project.run(&["up"]);
        }
        assert_eq!(ran.code, 0, "{when}:\n{}", ran.stderr);
        let holds = self.stack.holds();
        let found = states.iter().position(|state| *state == holds);
        let found = found.unwrap_or_else(|| {
            let wrong = states.iter().map(|state| difference(state, &holds));
            panic!(
                "{when}: {:#?}\nup said:\n{}",
                wrong.collect::<Vec<_>>(),
                ran.stderr
            )
        });
        // The engine may have made a layer for the killed devstack after this `up` looked: the next one removes it.
        if self.victim == Victim::Devstack && !garbage(&self.stack.project).is_empty() {
            self.stack.run(&["up"]);
        }
        assert_tidy(&self.stack.project, when);
        found
    }

    fn assert_holds(&self, whole: &Whole, when: &str) {
        let wrong = difference(whole, &self.stack.holds());
        assert!(wrong.is_empty(), "{when}, and then: {wrong:#?}");
    }

    /// Every snapshot still holds what it was taken of.
    fn assert_snapshots(&self) {
        let names = snapshots(&self.stack.project, "named");
        assert_eq!(names.len(), self.saved.len(), "{names:?}");
        for (name, saved) in &self.saved {
            self.stack.run(&["snapshot", "restore", name, "--yes"]);
            self.assert_holds(saved, name);
        }
        assert_tidy(&self.stack.project, "at the end");
    }
}

/// A devstack that runs.
struct Run {
    process: u32,
    /// Tells when it ended.
    ended: Receiver<Duration>,
    took: OnceCell<Duration>,
}

impl Run {
    fn of(stack: &Databases, arguments: &[&str]) -> Self {
        let mut command: Command = stack.project.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let mut child = command.spawn().expect("devstack runs");
        let process = child.id();
        let (tell, ended) = mpsc::channel();
        std::thread::spawn(move || {
            child.wait().expect("it ends");
            tell.send(started.elapsed())
        });
        let took = OnceCell::new();
        Self {
            process,
            ended,
            took,
        }
    }

    /// How long it took, if it has ended or does within this time.
    fn ends_within(&self, time: Duration) -> Option<Duration> {
        if let Some(took) = self.took.get() {
            return Some(*took);
        }
        let took = self.ended.recv_timeout(time).ok()?;
        Some(*self.took.get_or_init(|| took))
    }

    fn kill(&self) {
        if self.took.get().is_none() {
            // It may end at this moment.
            let process = self.process.to_string();
            let _ = Command::new("kill").args(["-9", &process]).output();
        }
    }
}
