//! Files of this machine as a tar archive, made while it is sent.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};
use tar::{Builder, EntryType, Header};
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::Kind;
use crate::engine::EngineError;

/// How much is in memory at a time.
const ROOM: usize = 256 * 1024;

/// What is put into an archive.
pub(super) struct Content {
    /// Names in the archive, and what they are.
    pub(super) files: Vec<(String, PathBuf, Kind)>,
    /// Whom it belongs to.
    pub(super) owner: (u64, u64),
}

/// Files that could not be read, and why.
pub(super) type Unread = Vec<(PathBuf, io::Error)>;

/// The archive, and what tells afterwards which files are not in it.
pub(super) fn archive(
    content: Content,
) -> (
    BoxStream<'static, Result<Bytes, EngineError>>,
    JoinHandle<io::Result<Unread>>,
) {
    let (sink, source) = tokio::io::duplex(ROOM);
    let written = tokio::task::spawn_blocking(move || content.write(SyncIoBridge::new(sink)));
    let pieces = ReaderStream::with_capacity(source, ROOM);
    let pieces = pieces.map(|piece| piece.map_err(|error| EngineError::File(error.to_string())));
    (pieces.boxed(), written)
}

impl Content {
    fn write(&self, sink: SyncIoBridge<DuplexStream>) -> io::Result<Unread> {
        let mut archive = Builder::new(sink);
        let mut unread = Unread::new();
        for (name, path, kind) in &self.files {
            let header = |metadata: &Metadata, kind| {
                let mut header = Header::new_gnu();
                header.set_entry_type(kind);
                header.set_mode(metadata.permissions().mode() & 0o7777);
                header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or_default());
                header.set_uid(self.owner.0);
                header.set_gid(self.owner.1);
                header.set_size(0);
                header
            };
            // Gone since it was looked at is told by the next look.
            match kind {
                Kind::Folder => match fs::symlink_metadata(path) {
                    Ok(metadata) => archive.append_data(
                        &mut header(&metadata, EntryType::Directory),
                        name,
                        io::empty(),
                    )?,
                    Err(error) => missed(&mut unread, path, error),
                },
                Kind::Link => {
                    let both = fs::symlink_metadata(path)
                        .and_then(|metadata| Ok((metadata, fs::read_link(path)?)));
                    match both {
                        Ok((metadata, target)) => archive.append_link(
                            &mut header(&metadata, EntryType::Symlink),
                            name,
                            target,
                        )?,
                        Err(error) => missed(&mut unread, path, error),
                    }
                }
                Kind::File => {
                    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
                    match opened {
                        Ok((metadata, file)) => {
                            let length = metadata.len();
                            let mut header = header(&metadata, EntryType::Regular);
                            header.set_size(length);
                            // One that becomes shorter meanwhile changes again, and is copied again.
                            let content = file.take(length).chain(io::repeat(0)).take(length);
                            archive.append_data(&mut header, name, content)?;
                        }
                        Err(error) => missed(&mut unread, path, error),
                    }
                }
            }
        }
        let mut sink = archive.into_inner()?;
        sink.shutdown()?;
        Ok(unread)
    }
}

fn missed(unread: &mut Unread, path: &std::path::Path, error: io::Error) {
    if error.kind() != io::ErrorKind::NotFound {
        unread.push((path.to_owned(), error));
    }
}
