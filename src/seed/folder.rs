//! A folder as a tar archive, made while it is read.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tar::{Builder, Header};
use tokio::io::AsyncRead;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::spawn_blocking;
use tokio_util::io::StreamReader;

/// How much is handed over at once.
const CHUNK: usize = 1 << 16;
/// So many chunks may wait.
const WAITING: usize = 4;
/// The unit in which an archive is laid out.
const BLOCK: u64 = 512;

/// The files below a folder in the order of their names, with their sizes; links are followed where they lead to
/// files.
pub(super) fn files(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
                continue;
            }
            let metadata = std::fs::metadata(entry.path())?;
            if metadata.is_file() {
                found.push((entry.path(), metadata.len()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The archive and its length.
pub(super) async fn archive(
    folder: &Path,
) -> io::Result<(Box<dyn AsyncRead + Send + Sync + Unpin>, u64)> {
    let root = folder.to_owned();
    let listed = spawn_blocking(move || files(&root)).await??;
    let total = listed
        .iter()
        .map(|(_, size)| BLOCK + size.div_ceil(BLOCK) * BLOCK)
        .sum::<u64>()
        + 2 * BLOCK;
    let (sender, receiver) = channel(WAITING);
    let root = folder.to_owned();
    spawn_blocking(move || {
        let mut archive = Builder::new(Chunks {
            sender: sender.clone(),
            buffer: BytesMut::with_capacity(CHUNK),
        });
        if let Err(error) = write(&mut archive, &root, &listed) {
            // Nobody who does not listen any more wants to know.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let pieces = stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    Ok((Box::new(StreamReader::new(Box::pin(pieces))), total))
}

fn write(archive: &mut Builder<Chunks>, root: &Path, files: &[(PathBuf, u64)]) -> io::Result<()> {
    for (path, size) in files {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let file = File::open(path).map_err(named)?;
        let mut header = Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(*size);
        let name = path.strip_prefix(root).unwrap_or(path);
        // A file that shrinks or grows meanwhile must not shift what comes after it.
        let content = io::Read::take(file, *size);
        archive
            .append_data(&mut header, name, content)
            .map_err(named)?;
    }
    archive.finish()?;
    archive.get_mut().flush()
}

/// Hands over what is written, in chunks.
struct Chunks {
    sender: Sender<io::Result<Bytes>>,
    buffer: BytesMut,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.sender
            .blocking_send(Ok(self.buffer.split().freeze()))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
