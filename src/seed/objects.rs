//! A folder's files for a client that takes them one after the other: before each a line with its size and its path.

use std::fs::File as Blocking;
use std::io;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::failure::SeedProblem;
use super::folder::files;
use super::script::{Feed, Refusal};

/// How much is read at once.
const PIECE: usize = 1 << 18;

/// The files that are still to come, and the one that is being read.
pub(super) struct Objects {
    root: PathBuf,
    next: IntoIter<(PathBuf, u64)>,
    file: Option<(File, PathBuf, u64)>,
    piece: Vec<u8>,
    used: usize,
    done: u64,
    total: u64,
}

impl Objects {
    /// The files below a folder, or a single one.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let (root, files) = if path.is_dir() {
            (path.to_owned(), files(path)?)
        } else {
            let size = Blocking::open(path)?.metadata()?.len();
            let root = path.parent().unwrap_or(path).to_owned();
            (root, vec![(path.to_owned(), size)])
        };
        Ok(Self {
            root,
            total: files.iter().map(|(_, size)| size).sum(),
            next: files.into_iter(),
            file: None,
            piece: Vec::new(),
            used: 0,
            done: 0,
        })
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.piece.clear();
        self.used = 0;
        let Some((file, path, left)) = &mut self.file else {
            let Some((path, size)) = self.next.next() else {
                return Ok(());
            };
            let name = path.strip_prefix(&self.root).unwrap_or(&path);
            let name = name.to_string_lossy();
            if name.contains('\n') {
                return Err(io::Error::other(format!(
                    "{}: a name with a line break cannot be sent",
                    path.display()
                )));
            }
            self.piece = format!("{size} {name}\n").into_bytes();
            let file = File::open(&path)
                .await
                .map_err(|error| named(&path, &error))?;
            self.file = (size > 0).then_some((file, path, size));
            return Ok(());
        };
        let most = PIECE.min(usize::try_from(*left).unwrap_or(PIECE));
        self.piece.resize(most, 0);
        let read = file
            .read(&mut self.piece)
            .await
            .map_err(|error| named(path, &error))?;
        if read == 0 {
            let error = io::Error::other("it became shorter while it was read");
            return Err(named(path, &error));
        }
        self.piece.truncate(read);
        let read = u64::try_from(read).unwrap_or(0);
        *left -= read;
        self.done += read;
        if *left == 0 {
            self.file = None;
        }
        Ok(())
    }
}

impl Feed for Objects {
    async fn piece(&mut self) -> Result<&[u8], Refusal> {
        if self.used == self.piece.len() {
            self.fill()
                .await
                .map_err(|error| SeedProblem::File(error.to_string()))?;
        }
        Ok(&self.piece[self.used..])
    }

    fn used(&mut self, length: usize) {
        self.used += length;
    }

    fn position(&self) -> (u64, u64) {
        (self.done, self.total)
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
