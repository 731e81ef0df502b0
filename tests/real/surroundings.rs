//! Where the commands of a test run: on this machine's engine, if nothing else was said.

use std::cell::RefCell;

/// An engine, and what devstack is told beside its arguments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// The engine, if it is another one.
    pub(crate) engine: Option<String>,
    /// What devstack is started by: a program and its arguments.
    pub(crate) through: Vec<String>,
    /// `DEVSTACK_LAYERS`, if it is not what the whole run has.
    pub(crate) layers: Option<&'static str>,
}

thread_local! {
    static SURROUNDINGS: RefCell<Surroundings> = RefCell::default();
}

impl Surroundings {
    /// Those of this thread's commands.
    pub(crate) fn now() -> Self {
        SURROUNDINGS.with_borrow(Clone::clone)
    }

    /// Has this thread's commands run in these, until what this gives is dropped.
    #[must_use]
    pub(crate) fn enter(self) -> Within {
        Within(SURROUNDINGS.replace(self))
    }
}

/// Ends the stay in other surroundings; these are the ones of before.
#[derive(Debug)]
pub(crate) struct Within(Surroundings);

impl Drop for Within {
    fn drop(&mut self) {
        SURROUNDINGS.set(std::mem::take(&mut self.0));
    }
}
