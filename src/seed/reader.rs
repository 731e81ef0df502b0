//! A seed file, or a folder as a tar archive, as a stream of its uncompressed bytes.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use async_compression::tokio::bufread::{BzDecoder, GzipDecoder, XzDecoder, ZstdDecoder};
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, ReadBuf};

use super::folder;
use crate::stack::Compression;

/// How much of the file, and of its uncompressed bytes, is held at once.
const PIECE: usize = 1 << 18;

/// So much of the beginning can be looked at before anything is used: a format's mark, a header line.
const HEAD: usize = 1 << 16;

/// Bytes from a file or a folder.
type Bytes = Pin<Box<dyn AsyncRead + Send + Sync>>;

/// An open seed file.
pub(super) struct SeedReader {
    /// The beginning, once it was looked at.
    head: Vec<u8>,
    /// So much of it is used.
    head_used: usize,
    bytes: BufReader<Bytes>,
    compression: Compression,
    position: Arc<AtomicU64>,
    total: u64,
}

impl SeedReader {
    /// Opens a file or a folder.
    pub(super) async fn open(path: &Path, compression: Compression) -> io::Result<Self> {
        let position = Arc::new(AtomicU64::new(0));
        if path.is_dir() {
            let (archive, total) = folder::archive(path).await?;
            let bytes = Counted {
                bytes: archive,
                position: Arc::clone(&position),
            };
            return Ok(Self {
                head: Vec::new(),
                head_used: 0,
                bytes: BufReader::with_capacity(PIECE, Box::pin(bytes)),
                compression: Compression::None,
                position,
                total,
            });
        }
        let file = File::open(path).await?;
        let metadata = file.metadata().await?;
        let counted = Counted {
            bytes: file,
            position: Arc::clone(&position),
        };
        let file = BufReader::with_capacity(PIECE, counted);
        // Several compressed parts one after the other are one file (pigz, `cat a.gz b.gz`). A file without a byte is
        // empty, however it is called.
        let bytes: Bytes = match compression {
            _ if metadata.is_file() && metadata.len() == 0 => Box::pin(file),
            Compression::None => Box::pin(file),
            Compression::Gzip => {
                let mut decoder = GzipDecoder::new(file);
                decoder.multiple_members(true);
                Box::pin(decoder)
            }
            Compression::Zstd => {
                let mut decoder = ZstdDecoder::new(file);
                decoder.multiple_members(true);
                Box::pin(decoder)
            }
            Compression::Xz => {
                let mut decoder = XzDecoder::new(file);
                decoder.multiple_members(true);
                Box::pin(decoder)
            }
            Compression::Bzip2 => {
                let mut decoder = BzDecoder::new(file);
                decoder.multiple_members(true);
                Box::pin(decoder)
            }
        };
        Ok(Self {
            head: Vec::new(),
            head_used: 0,
            bytes: BufReader::with_capacity(PIECE, bytes),
            compression,
            position,
            total: metadata.len(),
        })
    }

    /// The first uncompressed bytes, up to 64 KiB, without using them. To be asked before anything else.
    pub(super) async fn head(&mut self) -> io::Result<&[u8]> {
        while self.head.len() < HEAD {
            let compression = self.compression;
            let piece = self
                .bytes
                .fill_buf()
                .await
                .map_err(|error| explain(&error, compression))?;
            if piece.is_empty() {
                break;
            }
            let length = piece.len().min(HEAD - self.head.len());
            self.head.extend_from_slice(&piece[..length]);
            Pin::new(&mut self.bytes).consume(length);
        }
        Ok(&self.head)
    }

    /// The next uncompressed bytes, none at the end. What is used of them is told with [`used`](Self::used).
    pub(super) async fn piece(&mut self) -> io::Result<&[u8]> {
        if self.head_used < self.head.len() {
            return Ok(&self.head[self.head_used..]);
        }
        let compression = self.compression;
        self.bytes
            .fill_buf()
            .await
            .map_err(|error| explain(&error, compression))
    }

    /// So many bytes of the last piece are used.
    pub(super) fn used(&mut self, length: usize) {
        if self.head_used < self.head.len() {
            self.head_used += length;
            return;
        }
        Pin::new(&mut self.bytes).consume(length);
    }

    /// How many bytes of the file itself are read, and of how many.
    pub(super) fn position(&self) -> (u64, u64) {
        let read = self.position.load(Ordering::Relaxed);
        (read, self.total.max(read))
    }
}

/// Says what is wrong with a compressed file.
fn explain(error: &io::Error, compression: Compression) -> io::Error {
    let format = match compression {
        Compression::None => return io::Error::new(error.kind(), error.to_string()),
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
        Compression::Xz => "xz",
        Compression::Bzip2 => "bzip2",
    };
    // The xz library wants more to go on at the end of a cut file, which arrives here as a lack of memory.
    let cut = error.kind() == io::ErrorKind::UnexpectedEof
        || (compression == Compression::Xz && error.to_string().contains("out of memory"));
    let words = if cut {
        format!("the {format} data breaks off: the file is not whole")
    } else {
        format!("the {format} data is damaged: {error}")
    };
    io::Error::new(error.kind(), words)
}

/// Bytes that are counted when they are read.
struct Counted<R> {
    bytes: R,
    position: Arc<AtomicU64>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Counted<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.bytes).poll_read(context, buffer);
        let length = buffer.filled().len() - before;
        self.position
            .fetch_add(u64::try_from(length).unwrap_or(0), Ordering::Relaxed);
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    async fn read(path: &Path, compression: Compression) -> io::Result<Vec<u8>> {
        let mut reader = SeedReader::open(path, compression).await?;
        let mut all = Vec::new();
        loop {
            let piece = reader.piece().await?;
            if piece.is_empty() {
                assert_eq!(reader.position().0, reader.position().1);
                return Ok(all);
            }
            all.extend_from_slice(piece);
            let length = piece.len();
            reader.used(length);
        }
    }

    async fn compressed(text: &[u8], compression: Compression) -> Vec<u8> {
        use async_compression::tokio::write::{BzEncoder, GzipEncoder, XzEncoder, ZstdEncoder};
        use tokio::io::AsyncWriteExt as _;
        macro_rules! with {
            ($encoder:ident) => {{
                let mut encoder = $encoder::new(Vec::new());
                encoder.write_all(text).await.expect("compressed");
                encoder.shutdown().await.expect("compressed");
                encoder.into_inner()
            }};
        }
        match compression {
            Compression::None => text.to_vec(),
            Compression::Gzip => with!(GzipEncoder),
            Compression::Zstd => with!(ZstdEncoder),
            Compression::Xz => with!(XzEncoder),
            Compression::Bzip2 => with!(BzEncoder),
        }
    }

    const ALL: [Compression; 5] = [
        Compression::None,
        Compression::Gzip,
        Compression::Zstd,
        Compression::Xz,
        Compression::Bzip2,
    ];

    fn text() -> Vec<u8> {
        let lines: Vec<String> = (0..50_000)
            .map(|number| format!("insert into t values ({number});"))
            .collect();
        lines.join("\n").into_bytes()
    }

    #[tokio::test]
    async fn unpacks_every_format_also_in_several_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seed");
        for compression in ALL {
            let packed = compressed(&text(), compression).await;
            let mut file = std::fs::File::create(&path).expect("created");
            file.write_all(&packed).expect("written");
            file.write_all(&packed).expect("written");
            let unpacked = read(&path, compression).await.expect("unpacked");
            assert!(unpacked == [text(), text()].concat(), "{compression:?}");
        }
    }

    #[tokio::test]
    async fn says_what_is_wrong_with_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seed");
        for compression in &ALL[1..] {
            let packed = compressed(&text(), *compression).await;
            std::fs::write(&path, &packed[..packed.len() / 2]).expect("written");
            let error = read(&path, *compression).await.expect_err("cut");
            assert!(error.to_string().contains("not whole"), "{error}");
            std::fs::write(&path, "select 1; -- not compressed at all").expect("written");
            let error = read(&path, *compression).await.expect_err("not packed");
            assert!(error.to_string().contains("damaged"), "{error}");
            std::fs::write(&path, "").expect("written");
            assert!(read(&path, *compression).await.expect("empty").is_empty());
        }
    }

    #[tokio::test]
    async fn shows_the_beginning_without_using_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seed");
        std::fs::write(&path, compressed(&text(), Compression::Zstd).await).expect("written");
        let mut reader = SeedReader::open(&path, Compression::Zstd)
            .await
            .expect("open");
        assert_eq!(reader.head().await.expect("read"), &text()[..HEAD]);
        let mut all = Vec::new();
        loop {
            let piece = reader.piece().await.expect("read");
            let length = piece.len().min(7000);
            if length == 0 {
                break;
            }
            all.extend_from_slice(&piece[..length]);
            reader.used(length);
        }
        assert!(all == text());
    }

    #[tokio::test]
    async fn a_folder_is_a_tar_archive_of_its_files() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("sub")).expect("made");
        std::fs::write(folder.path().join("sub/b.txt"), "two").expect("written");
        std::fs::write(folder.path().join("a.txt"), vec![b'x'; 3 << 20]).expect("written");
        let bytes = read(folder.path(), Compression::None).await.expect("read");
        let mut archive = tar::Archive::new(bytes.as_slice());
        let names: Vec<(String, u64)> = archive
            .entries()
            .expect("an archive")
            .map(|entry| {
                let entry = entry.expect("an entry");
                (
                    entry.path().expect("a path").display().to_string(),
                    entry.size(),
                )
            })
            .collect();
        assert_eq!(
            names,
            [("a.txt".to_owned(), 3 << 20), ("sub/b.txt".to_owned(), 3)]
        );
    }
}
