//! What the process says at its end.

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// Done.
    pub const DONE: Self = Self(0);
    /// The run failed.
    pub const FAILED: Self = Self(1);
    /// Wrong usage, or a manifest with errors.
    pub const USAGE: Self = Self(2);
    /// The engine cannot be reached.
    pub const UNREACHABLE: Self = Self(3);
    /// Interrupted.
    pub const INTERRUPTED: Self = Self(130);

    /// The exit code of a program in a container, passed on. What does not fit a byte is a failure.
    pub fn of_program(code: i64) -> Self {
        u8::try_from(code).map_or(Self::FAILED, Self)
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.0)
    }
}
