//! The lines of a seed, for formats in which each counts for itself.

use super::failure::SeedProblem;
use super::reader::SeedReader;
use super::script::Refusal;
use crate::catalog::SeedError;

/// A line may be so long.
const LONGEST: usize = 32 << 20;

/// Why a line cannot be read.
pub(super) enum LineError {
    /// The file.
    File(String),
    /// The line itself.
    Wrong(String),
}

impl LineError {
    /// As the reason why a seed is not applied, the line's number being known.
    pub(super) fn at(self, line: u64) -> Refusal {
        match self {
            Self::File(why) => SeedProblem::File(why).into(),
            Self::Wrong(why) => Refusal::Statement(SeedError::plain(Some(line), why)),
        }
    }
}

/// Reads the next line, without its line break; `false` at the end.
pub(super) async fn next_line(
    reader: &mut SeedReader,
    line: &mut Vec<u8>,
) -> Result<bool, LineError> {
    loop {
        let piece = reader
            .piece()
            .await
            .map_err(|error| LineError::File(error.to_string()))?;
        if piece.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = piece.iter().position(|&byte| byte == b'\n');
        line.extend_from_slice(&piece[..end.unwrap_or(piece.len())]);
        if line.len() > LONGEST {
            return Err(LineError::Wrong(format!(
                "the line is longer than {} MiB",
                LONGEST >> 20
            )));
        }
        let used = end.map_or(piece.len(), |end| end + 1);
        reader.used(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}
