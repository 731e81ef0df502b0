//! devstack on a real terminal, as somebody at a keyboard has it.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::folder::Folder;

pub(crate) const ENTER: &str = "\r";
pub(crate) const SPACE: &str = " ";
pub(crate) const DOWN: &str = "\u{1b}[B";
pub(crate) const UP: &str = "\u{1b}[A";
const SHOW_CURSOR: &str = "\u{1b}[?25h";

/// A shell on a terminal that runs devstack, and tells the terminal's settings before and after.
pub(crate) struct Terminal {
    session: PtySession,
    before: String,
}

impl Terminal {
    /// Starts devstack with each of these arguments, one run after the other as long as they succeed.
    pub(crate) fn start(folder: &Folder, commands: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_devstack");
        let run: Vec<String> = commands
            .iter()
            .map(|arguments| format!("'{program}' {arguments}"))
            .collect();
        // Ctrl-C reaches the shell as well, which has to stay.
        let script = format!(
            "trap : INT; echo \"before $(stty -g) .\"; {}; echo \"exit $? .\"; echo \"after $(stty -g) .\"",
            run.join(" && ")
        );
        let mut command = Command::new("bash");
        command
            .args(["-c", &script])
            .current_dir(folder.path())
            .env_clear()
            .envs(Folder::environment());
        let mut session = spawn_command(command, Some(300_000)).expect("a shell starts");
        session.exp_string("before ").expect("the shell speaks");
        let before = session.exp_string(" .").expect("the settings end");
        Self { session, before }
    }

    /// Waits for a question.
    #[track_caller]
    pub(crate) fn asks(&mut self, question: &str) {
        self.says(question);
    }

    /// Waits until this was printed.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) -> String {
        match self.session.exp_string(text) {
            Ok(before) => before,
            Err(error) => panic!("no {text:?}: {error}"),
        }
    }

    /// Presses keys, one after the other.
    pub(crate) fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.session.send(key).expect("it takes keys");
            self.session.flush().expect("it takes keys");
        }
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&mut self) {
        self.session.send_control('c').expect("it takes keys");
    }

    /// Waits until the cursor is back.
    #[track_caller]
    pub(crate) fn shows_the_cursor(&mut self) {
        self.says(SHOW_CURSOR);
    }

    /// The exit code; the terminal must be as it was before.
    #[track_caller]
    pub(crate) fn ends(mut self) -> i32 {
        self.says("exit ");
        let code = self.says(" .");
        self.says("after ");
        let after = self.says(" .");
        assert_eq!(after, self.before, "the terminal is another");
        code.parse().expect("a number")
    }
}
