//! The terminal's state: raw mode while a program in a container has the keyboard, and the way back from everything.
//!
//! The settings from before are kept in one place for the whole process, because a panic, a second Ctrl-C and
//! `SIGTERM` leave without unwinding through the guard that changed them.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The settings to go back to.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Remembers how the terminal is now, unless that was done already.
pub(super) fn remember() {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    if before.is_none() && io::stdin().is_terminal() {
        *before = tcgetattr(io::stdin()).ok();
    }
}

/// Brings the terminal back to how it was remembered, and shows the cursor. Does nothing off a terminal.
pub fn restore_terminal() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
    let terminal = console::Term::stderr();
    if terminal.is_term() {
        let _ = terminal.show_cursor();
    }
}

/// While it lives, keys reach us one by one and unchanged, Ctrl-C among them.
#[derive(Debug)]
pub struct RawMode(());

impl RawMode {
    /// Enters raw mode.
    pub fn enter() -> io::Result<Self> {
        remember();
        let mut settings = tcgetattr(io::stdin())?;
        settings.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &settings)?;
        Ok(Self(()))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        restore_terminal();
    }
}
