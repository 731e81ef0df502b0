//! What the data of a stack must be, after everything that was done to it.

use std::collections::BTreeMap;

use crate::databases::Whole;
use crate::family::{Family, Rows};

/// The data of one database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) rows: Rows,
    /// The seeds that it was made from.
    pub(crate) applied: Vec<Rows>,
}

/// The data of some databases.
pub(crate) type States = BTreeMap<Family, State>;

/// Everything that there is to know.
pub(crate) struct Model {
    /// The seeds as the manifest has them.
    pub(crate) seeds: BTreeMap<Family, Vec<Rows>>,
    /// The data; empty before the first `up`.
    pub(crate) live: States,
    /// The snapshots that people took.
    pub(crate) named: Vec<(String, States)>,
    /// Those that devstack took, the oldest first; it keeps the last few.
    pub(crate) automatic: Vec<(String, States)>,
    /// Whether every service runs.
    pub(crate) running: bool,
}

impl Model {
    pub(crate) fn new(seeds: BTreeMap<Family, Vec<Rows>>) -> Self {
        Self {
            seeds,
            live: States::new(),
            named: Vec::new(),
            automatic: Vec::new(),
            running: false,
        }
    }

    /// The rows of every database.
    pub(crate) fn rows(&self) -> Whole {
        let rows = |(family, state): (&Family, &State)| (*family, state.rows.clone());
        self.live.iter().map(rows).collect()
    }

    fn fresh(&self, family: Family) -> State {
        let applied = self.seeds[&family].clone();
        State {
            rows: applied
                .iter()
                .flatten()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
            applied,
        }
    }

    /// An application writes; an empty value removes the row.
    pub(crate) fn write(&mut self, family: Family, rows: &Rows) {
        let state = self.live.get_mut(&family).expect("there is data");
        for (key, value) in rows {
            if value.is_empty() {
                state.rows.remove(key);
            } else {
                state.rows.insert(key.clone(), value.clone());
            }
        }
    }

    /// Seeds that are new at the end go into what is there; what was edited is only spoken of.
    pub(crate) fn up(&mut self) {
        for family in self.seeds.keys().copied().collect::<Vec<_>>() {
            let fresh = self.fresh(family);
            let Some(state) = self.live.get_mut(&family) else {
                self.live.insert(family, fresh);
                continue;
            };
            if !fresh.applied.starts_with(&state.applied) || fresh.applied == state.applied {
                continue;
            }
            let before = States::from([(family, state.clone())]);
            let new = fresh.applied[state.applied.len()..].iter().flatten();
            state.rows.extend(new.map(|(k, v)| (k.clone(), v.clone())));
            state.applied = fresh.applied;
            let after = States::from([(family, state.clone())]);
            self.automatic.push(("before-seed".to_owned(), before));
            self.automatic.push(("after-seed".to_owned(), after));
        }
        self.running = true;
    }

    /// The databases whose seeds were edited since they were applied.
    pub(crate) fn edited(&self) -> Vec<Family> {
        let edited = |(family, state): (&Family, &State)| {
            (!self.seeds[family].starts_with(&state.applied)).then_some(*family)
        };
        self.live.iter().filter_map(edited).collect()
    }

    /// `devstack seed --yes`: what was edited is made anew.
    pub(crate) fn seed(&mut self) {
        let edited = self.edited();
        if edited.is_empty() {
            let running = self.running;
            self.up();
            self.running = running;
        } else {
            self.remake(&edited, "before-seed");
        }
    }

    /// `devstack reset`, of some or of all.
    pub(crate) fn reset(&mut self, families: &[Family]) {
        self.remake(families, "before-reset");
    }

    fn remake(&mut self, families: &[Family], aside: &str) {
        self.put_aside(families, aside);
        for family in families {
            self.live.insert(*family, self.fresh(*family));
        }
    }

    fn put_aside(&mut self, families: &[Family], aside: &str) {
        let mut states = self.live.clone();
        states.retain(|family, _| families.contains(family));
        self.automatic.push((aside.to_owned(), states));
    }

    pub(crate) fn save(&mut self, name: &str) {
        self.named.push((name.to_owned(), self.live.clone()));
    }

    /// The newest snapshot of this name.
    pub(crate) fn restore(&mut self, name: &str, aside: &str) {
        let mut all = self.automatic.iter().rev().chain(&self.named);
        let found = all.find(|(other, _)| other == name).expect("it is known");
        let states = found.1.clone();
        let families: Vec<Family> = states.keys().copied().collect();
        self.put_aside(&families, aside);
        self.live.extend(states);
    }
}
