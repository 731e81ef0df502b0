//! Commands in containers, and what containers print.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use tokio::io::AsyncWrite;

use super::Result;

/// A command to be run in a container.
#[derive(Debug, Clone, Default)]
pub struct ExecSpec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Added environment, each `KEY=value`.
    pub environment: Vec<String>,
    /// The user, if not the container's.
    pub user: Option<String>,
    /// The working folder, if not the container's.
    pub working_dir: Option<String>,
    /// Whether it gets a terminal; then all output is one stream.
    pub tty: bool,
    /// Whether its input is connected.
    pub stdin: bool,
    /// Whether it gets all capabilities.
    pub privileged: bool,
}

/// A connection to a running command or container.
pub struct Attached {
    /// The id, for the exit code and the terminal's size.
    pub id: String,
    /// What is written here is its input; shutting it down closes the input. A process that ends early may leave a
    /// writer blocked for ever: always select against the output.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it prints; ends when it ends.
    pub output: BoxStream<'static, Result<Output>>,
}

/// A piece of output, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Which stream.
    pub stream: OutputStream,
    /// The bytes.
    pub bytes: Bytes,
}

/// Standard output or standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputStream {
    /// Standard output, and everything of a terminal.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Which part of a container's output is wanted.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// Whether to go on as more comes.
    pub follow: bool,
    /// The last so many lines only.
    pub tail: Option<u64>,
    /// Nothing before this time.
    pub since: Option<Timestamp>,
    /// Nothing after this time.
    pub until: Option<Timestamp>,
}

/// A line that a container printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Which stream.
    pub stream: OutputStream,
    /// When the engine received it.
    pub at: Option<Timestamp>,
    /// The line, without its line break, as UTF-8 with replacements.
    pub text: String,
}
