//! The archive, made while it is sent.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use bytes::{Bytes, BytesMut};
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc::Sender;

use super::files::{Entry, Kind};
use super::prepare::{Context, unreadable};
use crate::engine::EngineError;

/// How much is handed over at once.
const CHUNK: usize = 64 * 1024;

impl Context {
    /// Writes the archive to where it is sent from. An end of the receiver's is no error of ours.
    pub(in crate::engine::docker) fn send(
        &self,
        sink: Sender<io::Result<Bytes>>,
    ) -> Result<(), EngineError> {
        let mut archive = Builder::new(Chunks {
            sink,
            buffer: BytesMut::with_capacity(CHUNK),
        });
        match self.write(&mut archive) {
            Ok(()) => Ok(()),
            Err(error) => {
                let sink = archive.get_ref().sink.clone();
                if sink.is_closed() {
                    return Ok(());
                }
                // Ends the request before its time, so that the engine does not take half a context for a whole one.
                let _ = sink.blocking_send(Err(io::Error::other("the build context broke off")));
                Err(error)
            }
        }
    }

    fn write(&self, archive: &mut Builder<Chunks>) -> Result<(), EngineError> {
        for entry in &self.entries {
            entry
                .append(archive)
                .map_err(|error| unreadable("file", &entry.path, &error))?;
        }
        for (name, bytes) in &self.extra {
            let mut header = Header::new_gnu();
            header.set_entry_type(EntryType::Regular);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            header.set_size(bytes.len() as u64);
            archive
                .append_data(&mut header, name, bytes.as_slice())
                .map_err(|error| unreadable("file", Path::new(name), &error))?;
        }
        archive
            .finish()
            .and_then(|()| archive.get_mut().flush())
            .map_err(|error| EngineError::File(format!("the build context broke off: {error}")))
    }
}

impl Entry {
    fn append(&self, archive: &mut Builder<Chunks>) -> io::Result<()> {
        let mut header = Header::new_gnu();
        match self.kind {
            Kind::Folder => {
                describe(&mut header, &fs::symlink_metadata(&self.path)?);
                header.set_entry_type(EntryType::Directory);
                header.set_size(0);
                archive.append_data(&mut header, &self.name, io::empty())
            }
            Kind::Link => {
                describe(&mut header, &fs::symlink_metadata(&self.path)?);
                header.set_entry_type(EntryType::Symlink);
                header.set_size(0);
                archive.append_link(&mut header, &self.name, fs::read_link(&self.path)?)
            }
            Kind::File(_) => {
                let file = match File::open(&self.path) {
                    // Gone since the folder was listed: as if it had never been there.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    other => other?,
                };
                let metadata = file.metadata()?;
                describe(&mut header, &metadata);
                header.set_entry_type(EntryType::Regular);
                header.set_size(metadata.len());
                let content = Exactly {
                    file,
                    left: metadata.len(),
                };
                archive.append_data(&mut header, &self.name, content)
            }
        }
    }
}

/// Modes and times are the file's, owners are root's.
fn describe(header: &mut Header, metadata: &Metadata) {
    header.set_mode(metadata.permissions().mode() & 0o7777);
    header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or_default());
    header.set_uid(0);
    header.set_gid(0);
}

/// As many bytes of a file as its header promises.
struct Exactly {
    file: File,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).map_or(buffer.len(), |left| buffer.len().min(left));
        if room == 0 {
            return Ok(0);
        }
        let read = self.file.read(&mut buffer[..room])?;
        if read == 0 {
            return Err(io::Error::other("it became shorter while it was sent"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Hands bytes over in chunks, and waits when the receiver does not keep up.
struct Chunks {
    sink: Sender<io::Result<Bytes>>,
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
        let chunk = self.buffer.split().freeze();
        self.sink
            .blocking_send(Ok(chunk))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_becomes_shorter_breaks_the_context_off() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"text").expect("written");
        io::Seek::rewind(&mut file).expect("rewound");
        let mut content = Exactly { file, left: 10 };
        let error = content.read_to_end(&mut Vec::new()).expect_err("too short");
        assert!(error.to_string().contains("shorter"), "{error}");
    }
}
