//! Where everything goes that is printed.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Line, Palette, Table, Terminal, render_diagnostic};
use crate::diagnostic::{Diagnostic, Secrets};

/// The two streams and what they can show. Cheap to clone.
///
/// Data goes to standard output and can fail, since somebody counts on it; everything else goes to standard error,
/// where a failure has nobody to be told to.
#[derive(Clone)]
pub struct Output {
    terminal: Terminal,
    stdout: Arc<Mutex<dyn Write + Send>>,
    stderr: Arc<Mutex<dyn Write + Send>>,
    process: bool,
    /// What no problem tells.
    secrets: Arc<Mutex<Secrets>>,
}

impl Output {
    /// The streams of this process.
    pub fn of_process(terminal: Terminal) -> Self {
        Self {
            terminal,
            stdout: Arc::new(Mutex::new(io::BufWriter::new(io::stdout()))),
            stderr: Arc::new(Mutex::new(io::stderr())),
            process: true,
            secrets: Arc::default(),
        }
    }

    /// Streams into memory, for tests.
    pub fn captured(terminal: Terminal) -> (Self, Captured) {
        let captured = Captured::default();
        let output = Self {
            terminal,
            stdout: Arc::clone(&captured.stdout) as Arc<Mutex<dyn Write + Send>>,
            stderr: Arc::clone(&captured.stderr) as Arc<Mutex<dyn Write + Send>>,
            process: false,
            secrets: Arc::default(),
        };
        (output, captured)
    }

    /// From now on no problem tells these.
    pub fn never_tell(&self, secrets: &Secrets) {
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = secrets.clone();
    }

    /// A problem as it may be told.
    pub fn tellable<'d>(&self, diagnostic: &'d Diagnostic) -> Cow<'d, Diagnostic> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.hide_from_diagnostic(diagnostic)
    }

    /// What can be shown.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Columns and rows of the window as it is now; people resize windows while they wait.
    pub fn window(&self) -> (usize, usize) {
        let now = if self.process {
            [console::Term::stderr(), console::Term::stdout()]
                .iter()
                .find_map(console::Term::size_checked)
                .filter(|&(rows, columns)| rows > 0 && columns > 0)
        } else {
            None
        };
        now.map_or(
            (self.terminal.width, self.terminal.height),
            |(rows, columns)| (columns.into(), rows.into()),
        )
    }

    /// Writes a table as data.
    pub fn table(&self, table: &Table) -> io::Result<()> {
        // Off a terminal nothing is cut or wrapped.
        let columns = if self.terminal.stdout {
            self.window().0
        } else {
            usize::MAX
        };
        for line in table.lines(columns, self.terminal.stdout_palette) {
            self.data_line(&line)?;
        }
        Ok(())
    }

    /// Writes a line of data.
    pub fn data(&self, line: &str) -> io::Result<()> {
        let mut stdout = hold(&self.stdout);
        stdout.write_all(line.as_bytes())?;
        stdout.write_all(b"\n")?;
        stdout.flush()
    }

    /// Writes a line of data for people.
    pub fn data_line(&self, line: &Line) -> io::Result<()> {
        self.data(&line.paint(self.terminal.stdout_palette))
    }

    /// Writes bytes of data as they are; they may stay in memory until [`flush`](Self::flush).
    pub fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        hold(&self.stdout).write_all(bytes)
    }

    /// Sees to it that all data is out.
    pub fn flush(&self) -> io::Result<()> {
        hold(&self.stdout).flush()
    }

    /// Writes bytes of somebody else's standard error to ours.
    pub fn error_bytes(&self, bytes: &[u8]) {
        let mut stderr = hold(&self.stderr);
        let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
    }

    /// Says something.
    pub fn say(&self, text: &str) {
        let mut stderr = hold(&self.stderr);
        // Whoever closed standard error does not want to know.
        let _ = writeln!(stderr, "{text}").and_then(|()| stderr.flush());
    }

    /// Says a line.
    pub fn say_line(&self, line: &Line) {
        self.say(&line.paint(self.stderr_palette()));
    }

    /// Reports a problem.
    pub fn report(&self, diagnostic: &Diagnostic) {
        let diagnostic = self.tellable(diagnostic);
        let text = render_diagnostic(&diagnostic, self.window().0, self.stderr_palette());
        self.say(text.trim_end());
    }

    /// Reports several problems, each set off from the next.
    pub fn report_all<'a>(&self, diagnostics: impl IntoIterator<Item = &'a Diagnostic>) {
        for (index, diagnostic) in diagnostics.into_iter().enumerate() {
            if index > 0 {
                self.say("");
            }
            self.report(diagnostic);
        }
    }

    /// How standard error looks.
    pub fn stderr_palette(&self) -> Palette {
        self.terminal.stderr_palette
    }
}

fn hold<'a>(stream: &'a Mutex<dyn Write + Send>) -> MutexGuard<'a, dyn Write + Send + 'static> {
    // A panic while somebody wrote leaves at worst half a line.
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What went to an [`Output::captured`].
#[derive(Clone, Default)]
pub struct Captured {
    stdout: Arc<Mutex<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
}

impl Captured {
    /// What went to standard output.
    pub fn stdout(&self) -> String {
        Self::text(&self.stdout)
    }

    /// What went to standard error.
    pub fn stderr(&self) -> String {
        Self::text(&self.stderr)
    }

    fn text(stream: &Mutex<Vec<u8>>) -> String {
        String::from_utf8_lossy(&stream.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
