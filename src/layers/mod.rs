//! Copy-on-write data on a stock engine, through its API alone.
//!
//! A layer is a volume with the folders `data` and `work` (and `none`, which stays empty). A live volume is one that
//! the engine mounts as an overlay of layers. The folders are made by unpacking an archive into a container that is
//! created and never started ([`door`]), so any image will do and nothing but the engine's socket is needed; paths
//! are the engine's own, so the engine may be anywhere.

mod ahead;
mod collect;
mod copy;
mod door;
mod error;
mod keep;
mod listing;
mod maker;
mod overlay;
mod place;
mod prepare;
mod release;
mod snapshot;
mod trial;

pub use ahead::make_ahead;
pub use collect::collect;
pub use error::DataError;
pub use keep::keep;
pub use maker::LayerMaker;
pub use prepare::prepare;
pub use snapshot::{remove_snapshot, take_snapshot};
pub use trial::try_overlay;
