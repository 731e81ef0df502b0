//! Whatever people do, in whatever order, the data is what it must be.

use std::collections::BTreeMap;

use crate::chance::{Chance, rounds};
use crate::databases::{Databases, assert_tidy, difference, layers_are, row, snapshots};
use crate::family::{Family, Rows};
use crate::model::Model;
use crate::private_engine::PrivateEngine;
use crate::surroundings::Within;

/// A stack, the model of it, and what was done so far.
struct Story {
    stack: Databases,
    model: Model,
    chance: Chance,
    told: Vec<String>,
    // These two go last: the stack is removed from the engine before the engine goes.
    _within: Option<Within>,
    engine: Option<PrivateEngine>,
}

#[test]
fn postgres_and_valkey_hold_what_the_model_says_after_random_operations() {
    Story::new(&[Family::Postgres, Family::Valkey], 0x5eed_0001, None).tell(rounds(12));
}

#[test]
fn mariadb_and_redis_hold_what_the_model_says_after_random_operations() {
    Story::new(&[Family::Mariadb, Family::Redis], 0x5eed_0002, None).tell(rounds(12));
}

#[test]
fn mysql_and_rabbitmq_hold_what_the_model_says_after_random_operations() {
    Story::new(&[Family::Mysql, Family::Rabbitmq], 0x5eed_0003, None).tell(rounds(2));
}

#[test]
fn copied_data_is_what_the_model_says_after_random_operations() {
    let _copying = layers_are("copy");
    Story::new(&[Family::Postgres, Family::Redis], 0x5eed_0004, None).tell(rounds(8));
}

#[test]
fn data_is_what_the_model_says_when_the_engine_is_restarted_in_between() {
    let engine = PrivateEngine::start(3000);
    let families = [Family::Valkey, Family::Redis];
    Story::new(&families, 0x5eed_0005, Some(engine)).tell(rounds(8));
}

/// The rows of a seed: its own, with values that nobody else's cache has.
fn seed_rows(number: usize, edition: &str) -> Rows {
    let row = |n| (format!("seed{number}x{n}"), format!("{edition}n{n}"));
    (0..5).map(row).collect()
}

impl Story {
    fn new(families: &[Family], seed: u64, engine: Option<PrivateEngine>) -> Self {
        let within = engine.as_ref().map(PrivateEngine::enter);
        let token = std::process::id();
        let first = seed_rows(0, &format!("first{token}"));
        let seeds: BTreeMap<Family, Vec<Rows>> = families
            .iter()
            .map(|family| (*family, vec![first.clone()]))
            .collect();
        Self {
            stack: Databases::new(seeds.clone()),
            model: Model::new(seeds),
            chance: Chance::new(seed),
            told: Vec::new(),
            _within: within,
            engine,
        }
    }

    fn tell(mut self, operations: usize) {
        self.up();
        self.check();
        for number in 0..operations {
            self.something(number);
            self.check();
        }
        self.up();
        self.check();
        self.nothing_is_left_over();
        self.snapshots_never_changed();
        self.nothing_is_left_over();
    }

    fn something(&mut self, number: usize) {
        if !self.model.running && self.chance.within(0..2) == 0 {
            return self.up();
        }
        if self.engine.is_some() && self.chance.within(0..6) == 0 {
            return self.restart_engine();
        }
        match self.chance.within(0..20) {
            0..=5 => self.write(number),
            6..=7 => self.save(number),
            8..=9 => self.restore(),
            10 => self.reset(),
            11 => self.reset_one(),
            12..=13 => self.undo(),
            14 => self.edit(number),
            15..=16 => self.append(number),
            17 => self.down(),
            18 => self.start_over(),
            _ => self.prune(),
        }
    }

    /// Runs devstack, which must succeed; says what was done so far if it does not.
    fn run(&mut self, arguments: &[&str]) {
        self.told.push(arguments.join(" "));
        let ran = self.stack.project.run(arguments);
        assert!(ran.code == 0, "{}\nstderr:\n{}", self.so_far(), ran.stderr);
    }

    fn so_far(&self) -> String {
        format!(
            "DEVSTACK_TEST_SEED={}, {} of it: {:#?}",
            self.chance.seed(),
            self.told.len(),
            self.told
        )
    }

    fn check(&mut self) {
        if self.model.running {
            let wrong = difference(&self.model.rows(), &self.stack.holds());
            assert!(wrong.is_empty(), "{wrong:#?}\n{}", self.so_far());
        }
        let named: Vec<&String> = self.model.named.iter().map(|(name, _)| name).collect();
        let listed = snapshots(&self.stack.project, "named");
        assert_eq!(
            listed.iter().collect::<Vec<_>>(),
            named,
            "{}",
            self.so_far()
        );
    }

    fn write(&mut self, number: usize) {
        if !self.model.running {
            return;
        }
        let family = *self.chance.one(&self.stack.families);
        let mut rows = row(
            &format!("key{}", self.chance.within(0..8)),
            &format!("value{number}"),
        );
        rows.extend(row(&format!("key{}", self.chance.within(0..8)), ""));
        rows.extend(row(
            &format!("seed0x{}", self.chance.within(0..5)),
            &format!("mine{number}"),
        ));
        self.told.push(format!("write {family:?} {rows:?}"));
        family.write(&self.stack.project, &rows);
        self.model.write(family, &rows);
    }

    fn up(&mut self) {
        self.run(&["up"]);
        self.model.up();
    }

    fn save(&mut self, number: usize) {
        let name = format!("s{number}");
        self.run(&["snapshot", "save", &name]);
        self.model.save(&name);
    }

    fn restore(&mut self) {
        let mut names = snapshots(&self.stack.project, "named");
        names.extend(snapshots(&self.stack.project, "automatic"));
        if !names.is_empty() {
            let name = self.chance.one(&names).clone();
            self.restore_this(&name);
        }
    }

    fn restore_this(&mut self, name: &str) {
        self.run(&["snapshot", "restore", name, "--yes"]);
        self.model.restore(name, "before-restore");
    }

    fn reset(&mut self) {
        self.run(&["reset", "--yes"]);
        let all = self.stack.families.clone();
        self.model.reset(&all);
        self.model.running = true;
    }

    fn reset_one(&mut self) {
        let family = *self.chance.one(&self.stack.families);
        self.run(&["reset", family.service(), "--yes"]);
        self.model.reset(&[family]);
    }

    fn undo(&mut self) {
        let automatic = snapshots(&self.stack.project, "automatic");
        if automatic.iter().any(|name| name == "before-reset") {
            self.run(&["reset", "--undo", "--yes"]);
            self.model.restore("before-reset", "before-undo");
        }
    }

    fn edit(&mut self, number: usize) {
        let family = *self.chance.one(&self.stack.families);
        let edition = format!("edit{number}p{}", std::process::id());
        let seeds = self.model.seeds.get_mut(&family).expect("it has seeds");
        let at = usize::try_from(self.chance.within(0..16)).expect("small") % seeds.len();
        seeds[at] = seed_rows(at, &edition);
        self.told.push(format!("edit seed {at} of {family:?}"));
        self.stack.seeds(self.model.seeds.clone());
        self.run(&["seed", "--yes"]);
        self.model.seed();
    }

    /// For every database at once now and then.
    fn append(&mut self, number: usize) {
        let one = *self.chance.one(&self.stack.families);
        let all = self.chance.within(0..2) == 0;
        let edition = format!("more{number}p{}", std::process::id());
        for (family, seeds) in &mut self.model.seeds {
            if (all || *family == one) && seeds.len() < 4 {
                seeds.push(seed_rows(seeds.len(), &edition));
            }
        }
        self.told.push("append a seed".to_owned());
        self.stack.seeds(self.model.seeds.clone());
        self.up();
    }

    fn down(&mut self) {
        self.run(&["down"]);
        self.model.running = false;
    }

    /// As when the machine is started anew: what ran does not any more.
    fn restart_engine(&mut self) {
        let engine = self.engine.as_mut().expect("it has its own");
        self.told.push("restart the engine".to_owned());
        engine.stop();
        engine.run();
        self.model.running = false;
    }

    fn start_over(&mut self) {
        self.run(&["down", "--data", "--yes"]);
        self.model.live.clear();
        self.model.automatic.clear();
        self.up();
    }

    fn prune(&mut self) {
        self.run(&["prune", "--yes"]);
        assert!(
            snapshots(&self.stack.project, "automatic").is_empty(),
            "{}",
            self.so_far()
        );
        self.model.automatic.clear();
        assert_tidy(&self.stack.project, &self.so_far());
    }

    fn nothing_is_left_over(&self) {
        assert_tidy(&self.stack.project, &self.so_far());
    }

    /// Each is looked at twice: reading and writing above it changes nothing of it.
    fn snapshots_never_changed(&mut self) {
        let names: Vec<String> = self
            .model
            .named
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        for name in names.iter().rev().take(3).chain(names.first()) {
            self.restore_this(name);
            self.check();
            self.write(0);
            self.check();
        }
        for name in names.iter().rev().take(2) {
            self.restore_this(name);
            self.check();
        }
    }
}
