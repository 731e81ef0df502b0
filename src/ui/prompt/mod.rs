//! Questions, one kind a file.
//!
//! What holds of all of them stands in `ask`: where there is no terminal the error names the flag that answers, Ctrl-C
//! ends the question with [`PromptError::Interrupted`], and the terminal is afterwards as it was. What was answered
//! stays on the screen as one line.

mod ask;
mod choice;
mod confirm;
mod error;
mod look;
mod multi_select;
mod password;
mod select;
mod text;

pub use choice::Choice;
pub use confirm::confirm;
pub use error::PromptError;
pub use multi_select::multi_select;
pub use password::password;
pub use select::select;
pub use text::text;
