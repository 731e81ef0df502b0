//! How runs are shown, as people ask for it.

use std::str::FromStr;

use super::SettingsError;

/// `--progress`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProgressMode {
    /// Live on a terminal, plain elsewhere.
    #[default]
    Auto,
    /// Live, where the terminal can show it.
    Tty,
    /// A line an event.
    Plain,
    /// The events as JSON.
    Json,
    /// Problems only.
    Quiet,
}

impl ProgressMode {
    /// Every mode by its name.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("tty", Self::Tty),
        ("plain", Self::Plain),
        ("json", Self::Json),
        ("quiet", Self::Quiet),
    ];
}

impl FromStr for ProgressMode {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::NAMES
            .into_iter()
            .find(|(name, _)| *name == text)
            .map(|(_, mode)| mode)
            .ok_or_else(|| SettingsError::Progress(text.to_owned()))
    }
}
