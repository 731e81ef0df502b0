//! Files that somebody works on, and the containers that are to have them: what changed on this machine, and what that
//! means by the rules of `develop.watch`.
//!
//! [`Follower`] knows the files that any [`Rule`] is about and tells what changed in them; events of the operating system
//! only say where it has to look. [`Work`] is what has to be done then. [`copy`](copy()) brings files into containers.
//! Building and restarting is the plan's business, and printing that of `ui`.

mod archive;
mod command;
mod copy;
mod filter;
mod follower;
mod home;
mod notices;
mod rule;
mod tree;
mod work;

pub use command::{Ended, run_in};
pub use copy::{Copied, CopyError, copy};
pub use follower::Follower;
pub use notices::NoticeError;
pub use rule::{Rule, rules};
pub use tree::{Change, Kind};
pub use work::{Copying, Work};
