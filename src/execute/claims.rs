//! Which host ports a run is about to publish, so that no other run chooses them meanwhile.
//!
//! Between the moment when a port is found free and the one when a container listens there, another project's run may find
//! it free as well. A claim is a locked file beside the locks of projects: the operating system lets it go when the run
//! ends, however that happens.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::PathBuf;

/// The ports that a run has claimed, until it is dropped.
#[derive(Debug)]
pub struct PortClaims {
    folder: PathBuf,
    held: BTreeMap<u16, File>,
}

impl PortClaims {
    /// No claims yet; the folder is that of the locks.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            held: BTreeMap::new(),
        }
    }

    /// Claims a port; false if another run has claimed it. Where no claim can be made at all, the port may be taken: the
    /// engine will tell if it cannot.
    pub fn claim(&mut self, port: u16) -> bool {
        if self.held.contains_key(&port) {
            return true;
        }
        let path = self.folder.join(format!("port-{port}.lock"));
        let opened = std::fs::create_dir_all(&self.folder).and_then(|()| {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
        });
        let Ok(file) = opened else { return true };
        match file.try_lock() {
            Ok(()) => {
                self.held.insert(port, file);
                true
            }
            Err(std::fs::TryLockError::WouldBlock) => false,
            Err(std::fs::TryLockError::Error(_)) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_belongs_to_the_run_that_claimed_it_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut one = PortClaims::new(folder.path().join("locks"));
        let mut other = PortClaims::new(folder.path().join("locks"));
        assert!(one.claim(5432) && one.claim(5432) && other.claim(5433));
        assert!(!other.claim(5432) && !one.claim(5433));
        drop(one);
        assert!(other.claim(5432));
    }

    #[test]
    fn without_a_folder_nobody_is_held_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("written");
        assert!(PortClaims::new(file).claim(5432));
    }
}
