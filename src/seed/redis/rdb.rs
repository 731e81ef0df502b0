//! The format of Redis's snapshots, as far as it takes to cut one into keys and values.
//!
//! A value is not understood but copied: `RESTORE` takes it as it stands in the file. So only the lengths in it are
//! read. Source of the format: `rdb.h` and `rdb.c` of Redis and Valkey.

use std::io;

use super::checksum::crc64;
use crate::seed::reader::SeedReader;

/// What a snapshot consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// From here on the keys are of this database.
    Database(u64),
    /// A library of functions: its code.
    Functions(Vec<u8>),
    /// A key.
    Key(Key),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// Its name.
    pub(super) name: Vec<u8>,
    /// The value's type and the value as they stand in the file.
    pub(super) value: Vec<u8>,
    /// When it expires, in milliseconds since 1970; 0 for never.
    pub(super) expires: u64,
}

/// Why there is no next part.
#[derive(Debug)]
pub(super) enum RdbError {
    /// The file cannot be read, or ends early.
    File(io::Error),
    /// It is not such a file, or of a kind that is not known here.
    Wrong(String),
}

impl From<io::Error> for RdbError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

type Result<T> = std::result::Result<T, RdbError>;

/// Reads a snapshot.
pub(super) struct Rdb<'a> {
    reader: &'a mut SeedReader,
    checksum: u64,
    version: u32,
    /// The name in the file's first bytes says Valkey, whose type 22 is not that of Redis.
    valkey: bool,
}

impl<'a> Rdb<'a> {
    /// Reads a snapshot from its beginning.
    pub(super) async fn open(reader: &'a mut SeedReader) -> Result<Self> {
        let mut rdb = Self {
            reader,
            checksum: 0,
            version: 0,
            valkey: false,
        };
        let mut magic = Vec::new();
        rdb.copy(9, &mut magic).await?;
        let (name, number) = if magic.starts_with(b"VALKEY") {
            rdb.valkey = true;
            magic.split_at(6)
        } else {
            magic.split_at(5)
        };
        rdb.version = std::str::from_utf8(number)
            .ok()
            .and_then(|number| number.parse().ok())
            .filter(|_| rdb.valkey || name == b"REDIS")
            .ok_or_else(|| RdbError::Wrong("this is not an RDB file".to_owned()))?;
        Ok(rdb)
    }

    /// How many bytes of the file are read, and of how many.
    pub(super) fn position(&self) -> (u64, u64) {
        self.reader.position()
    }

    /// The version of the format.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// The next part; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Part>> {
        let mut expires = 0;
        let mut skipped = Vec::new();
        loop {
            skipped.clear();
            match self.byte().await? {
                0xff => return self.end().await.map(|()| None),
                0xfe => return Ok(Some(Part::Database(self.length().await?))),
                0xfd => expires = self.number(4).await?.saturating_mul(1000),
                0xfc => expires = self.number(8).await?,
                // How many keys there are; how long one was not used.
                0xfb => {
                    self.length().await?;
                    self.length().await?;
                }
                0xf8 => {
                    self.length().await?;
                }
                0xf9 => {
                    self.byte().await?;
                }
                // Facts about the server that wrote it.
                0xfa => {
                    self.string(&mut skipped).await?;
                    self.string(&mut skipped).await?;
                }
                0xf7 => {
                    self.lengths(3, &mut skipped).await?;
                    self.module(&mut skipped).await?;
                }
                0xf5 => {
                    let code = self.text().await?;
                    return Ok(Some(Part::Functions(code)));
                }
                0xf4 => self.lengths(3, &mut skipped).await?,
                kind if kind < 0xf0 => {
                    let name = self.text().await?;
                    let mut value = vec![kind];
                    self.value(kind, &mut value)
                        .await
                        .map_err(|error| match error {
                            RdbError::Wrong(why) => RdbError::Wrong(format!(
                                "the key `{}` {why}",
                                String::from_utf8_lossy(&name)
                            )),
                            error @ RdbError::File(_) => error,
                        })?;
                    return Ok(Some(Part::Key(Key {
                        name,
                        value,
                        expires,
                    })));
                }
                other => {
                    return Err(RdbError::Wrong(format!(
                        "it has a part of a kind that is not known here ({other})"
                    )));
                }
            }
        }
    }

    /// The checksum at the end; zero where the server was told to write none.
    async fn end(&mut self) -> Result<()> {
        if self.version < 5 {
            return Ok(());
        }
        let expected = self.checksum;
        let found = self.number(8).await?;
        if found != 0 && found != expected {
            return Err(RdbError::Wrong(
                "its checksum is wrong: the file is damaged".to_owned(),
            ));
        }
        Ok(())
    }

    /// Copies a value of this type.
    async fn value(&mut self, kind: u8, to: &mut Vec<u8>) -> Result<()> {
        match kind {
            0 | 9..=13 | 16 | 17 | 20 => self.string(to).await,
            1 | 2 | 14 => self.strings(1, to).await,
            4 => self.strings(2, to).await,
            3 => {
                for _ in 0..self.copied_length(to).await? {
                    self.string(to).await?;
                    let length = self.copied_byte(to).await?;
                    // 253 to 255 are no number and the two infinities.
                    if length < 253 {
                        self.copy(u64::from(length), to).await?;
                    }
                }
                Ok(())
            }
            5 => {
                for _ in 0..self.copied_length(to).await? {
                    self.string(to).await?;
                    self.copy(8, to).await?;
                }
                Ok(())
            }
            7 => {
                self.copied_length(to).await?;
                self.module(to).await
            }
            18 => {
                for _ in 0..self.copied_length(to).await? {
                    self.copied_length(to).await?;
                    self.string(to).await?;
                }
                Ok(())
            }
            15 | 19 | 21 => self.stream(kind, to).await,
            22 if self.valkey => {
                for _ in 0..self.copied_length(to).await? {
                    self.string(to).await?;
                    self.string(to).await?;
                    self.copy(8, to).await?;
                }
                Ok(())
            }
            24 => {
                self.copy(8, to).await?;
                for _ in 0..self.copied_length(to).await? {
                    self.copied_length(to).await?;
                    self.string(to).await?;
                    self.string(to).await?;
                }
                Ok(())
            }
            25 => {
                self.copy(8, to).await?;
                self.string(to).await
            }
            other => Err(RdbError::Wrong(format!(
                "is of a type that is not known here ({other})"
            ))),
        }
    }

    /// So many strings an element.
    async fn strings(&mut self, each: u64, to: &mut Vec<u8>) -> Result<()> {
        let count = self.copied_length(to).await?;
        for _ in 0..count.saturating_mul(each) {
            self.string(to).await?;
        }
        Ok(())
    }

    /// Entries, then the groups that read them with what each has not confirmed yet.
    async fn stream(&mut self, kind: u8, to: &mut Vec<u8>) -> Result<()> {
        self.strings(2, to).await?;
        self.lengths(3, to).await?;
        if kind >= 19 {
            self.lengths(5, to).await?;
        }
        for _ in 0..self.copied_length(to).await? {
            self.string(to).await?;
            self.lengths(if kind >= 19 { 3 } else { 2 }, to).await?;
            for _ in 0..self.copied_length(to).await? {
                self.copy(16 + 8, to).await?;
                self.copied_length(to).await?;
            }
            for _ in 0..self.copied_length(to).await? {
                self.string(to).await?;
                self.copy(if kind >= 21 { 16 } else { 8 }, to).await?;
                let pending = self.copied_length(to).await?;
                self.copy(pending.saturating_mul(16), to).await?;
            }
        }
        Ok(())
    }

    /// What a module wrote: values that say themselves what they are, up to an end.
    async fn module(&mut self, to: &mut Vec<u8>) -> Result<()> {
        loop {
            match self.copied_length(to).await? {
                0 => return Ok(()),
                1 | 2 => {
                    self.copied_length(to).await?;
                }
                3 => self.copy(4, to).await?,
                4 => self.copy(8, to).await?,
                5 => self.string(to).await?,
                _ => return Err(RdbError::Wrong("is not as a module writes it".to_owned())),
            }
        }
    }

    async fn lengths(&mut self, count: u32, to: &mut Vec<u8>) -> Result<()> {
        for _ in 0..count {
            self.copied_length(to).await?;
        }
        Ok(())
    }

    async fn length(&mut self) -> Result<u64> {
        self.copied_length(&mut Vec::new()).await
    }

    async fn copied_length(&mut self, to: &mut Vec<u8>) -> Result<u64> {
        match self.copied_size(to).await? {
            Size::Length(length) => Ok(length),
            Size::Encoded(_) => Err(RdbError::Wrong("is damaged".to_owned())),
        }
    }

    /// A length, or the way in which a string is written instead.
    async fn copied_size(&mut self, to: &mut Vec<u8>) -> Result<Size> {
        let first = self.copied_byte(to).await?;
        let low = u64::from(first & 0x3f);
        Ok(match first >> 6 {
            0 => Size::Length(low),
            1 => Size::Length((low << 8) | u64::from(self.copied_byte(to).await?)),
            2 => {
                let bytes = if first == 0x81 { 8 } else { 4 };
                let at = to.len();
                self.copy(bytes, to).await?;
                Size::Length(to[at..].iter().fold(0, |n, &b| (n << 8) | u64::from(b)))
            }
            _ => Size::Encoded(first & 0x3f),
        })
    }

    /// Copies a string as it is written.
    async fn string(&mut self, to: &mut Vec<u8>) -> Result<()> {
        match self.copied_size(to).await? {
            Size::Length(length) => self.copy(length, to).await,
            Size::Encoded(way @ 0..=2) => self.copy(1 << way, to).await,
            Size::Encoded(3) => {
                let packed = self.copied_length(to).await?;
                self.copied_length(to).await?;
                self.copy(packed, to).await
            }
            Size::Encoded(_) => Err(RdbError::Wrong("is damaged".to_owned())),
        }
    }

    /// A string as the text that it stands for.
    async fn text(&mut self) -> Result<Vec<u8>> {
        let mut raw = Vec::new();
        match self.copied_size(&mut raw).await? {
            Size::Length(length) => {
                raw.clear();
                self.copy(length, &mut raw).await?;
                Ok(raw)
            }
            Size::Encoded(way @ 0..=2) => {
                raw.clear();
                self.copy(1 << way, &mut raw).await?;
                let number = match raw.as_slice() {
                    [a] => i64::from(i8::from_le_bytes([*a])),
                    [a, b] => i64::from(i16::from_le_bytes([*a, *b])),
                    [a, b, c, d] => i64::from(i32::from_le_bytes([*a, *b, *c, *d])),
                    _ => 0,
                };
                Ok(number.to_string().into_bytes())
            }
            Size::Encoded(3) => {
                let packed = self.length().await?;
                let length = self.length().await?;
                raw.clear();
                self.copy(packed, &mut raw).await?;
                unpack(&raw, length).ok_or_else(|| RdbError::Wrong("is damaged".to_owned()))
            }
            Size::Encoded(_) => Err(RdbError::Wrong("is damaged".to_owned())),
        }
    }

    /// A number of so many bytes, the lowest first.
    async fn number(&mut self, bytes: u64) -> Result<u64> {
        let mut raw = Vec::new();
        self.copy(bytes, &mut raw).await?;
        Ok(raw.iter().rev().fold(0, |n, &b| (n << 8) | u64::from(b)))
    }

    async fn byte(&mut self) -> Result<u8> {
        self.copied_byte(&mut Vec::new()).await
    }

    async fn copied_byte(&mut self, to: &mut Vec<u8>) -> Result<u8> {
        self.copy(1, to).await?;
        Ok(to.last().copied().unwrap_or_default())
    }

    /// Copies so many bytes.
    async fn copy(&mut self, mut length: u64, to: &mut Vec<u8>) -> Result<()> {
        while length > 0 {
            let piece = self.reader.piece().await?;
            if piece.is_empty() {
                return Err(RdbError::Wrong(
                    "the RDB file breaks off: it is not whole".to_owned(),
                ));
            }
            let used = usize::try_from(length).map_or(piece.len(), |most| most.min(piece.len()));
            to.extend_from_slice(&piece[..used]);
            self.checksum = crc64(self.checksum, &piece[..used]);
            self.reader.used(used);
            length -= u64::try_from(used).unwrap_or(length);
        }
        Ok(())
    }
}

/// How a string begins.
enum Size {
    /// It has so many bytes.
    Length(u64),
    /// It is a number, or packed.
    Encoded(u8),
}

/// Unpacks LZF: literal runs, and copies of what was unpacked already.
fn unpack(packed: &[u8], length: u64) -> Option<Vec<u8>> {
    let length = usize::try_from(length).ok()?;
    // No packing of this kind makes more than 264 bytes of three.
    let mut text = Vec::with_capacity(length.min(packed.len().saturating_mul(264)));
    let mut rest = packed.iter().copied();
    while let Some(control) = rest.next() {
        if control < 32 {
            for _ in 0..=control {
                text.push(rest.next()?);
            }
            continue;
        }
        let mut count = usize::from(control >> 5);
        if count == 7 {
            count += usize::from(rest.next()?);
        }
        let back = (usize::from(control & 0x1f) << 8) | usize::from(rest.next()?);
        let from = text.len().checked_sub(back + 1)?;
        for at in from..from + count + 2 {
            text.push(text[at]);
        }
    }
    (text.len() == length).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Compression;

    async fn parts(bytes: &[u8]) -> std::result::Result<Vec<Part>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dump.rdb");
        std::fs::write(&path, bytes).expect("written");
        let mut reader = SeedReader::open(&path, Compression::None)
            .await
            .expect("open");
        let words = |error| match error {
            RdbError::File(error) => error.to_string(),
            RdbError::Wrong(why) => why,
        };
        let mut rdb = Rdb::open(&mut reader).await.map_err(words)?;
        let mut all = Vec::new();
        while let Some(part) = rdb.next().await.map_err(words)? {
            all.push(part);
        }
        Ok(all)
    }

    /// A file with this content, and its checksum.
    fn file(content: &[u8]) -> Vec<u8> {
        let mut bytes = [b"REDIS0011", content, &[0xff]].concat();
        bytes.extend_from_slice(&crc64(0, &bytes).to_le_bytes());
        bytes
    }

    #[tokio::test]
    async fn cuts_a_snapshot_into_keys() {
        let content = [
            b"\xfa\x03ver\x018\xfe\x02\xfb\x02\x01".as_slice(),
            b"\xfc\x10\x27\x00\x00\x00\x00\x00\x00\x00\x01a\x02hi",
            b"\x01\xc0\x07\x02\x01x\xc3\x05\x0a\x01aa\xe0\x00",
        ]
        .concat();
        let content = content.as_slice();
        // The packed string is cut short on purpose: values are copied, not understood.
        let found = parts(&file(content)).await.expect("a snapshot");
        let key = |name: &[u8], value: &[u8], expires| {
            Part::Key(Key {
                name: name.to_vec(),
                value: value.to_vec(),
                expires,
            })
        };
        assert_eq!(
            found,
            [
                Part::Database(2),
                key(b"a", b"\x00\x02hi", 10_000),
                key(b"7", b"\x01\x02\x01x\xc3\x05\x0a\x01aa\xe0\x00", 0),
            ]
        );
    }

    #[tokio::test]
    async fn tells_what_is_wrong_with_a_file() {
        assert_eq!(
            parts(b"REDIS00xx").await,
            Err("this is not an RDB file".to_owned())
        );
        let mut damaged = file(b"\x00\x01a\x02hi");
        damaged[13] = b'H';
        assert!(
            parts(&damaged)
                .await
                .expect_err("damaged")
                .contains("checksum")
        );
        let cut = file(b"\x00\x01a\x02hi");
        assert!(
            parts(&cut[..12])
                .await
                .expect_err("cut")
                .contains("breaks off")
        );
        let unknown = parts(&file(b"\x63\x01a\x02hi")).await;
        assert_eq!(
            unknown,
            Err("the key `a` is of a type that is not known here (99)".to_owned())
        );
    }

    #[test]
    fn unpacks_runs_and_copies() {
        assert_eq!(
            unpack(b"\x01ab\x60\x01", 7).as_deref(),
            Some(&b"abababa"[..])
        );
        assert_eq!(unpack(b"\x20\x05", 3), None);
        assert_eq!(unpack(b"\x05ab", 6), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let _ = runtime.block_on(parts(&[b"REDIS0011", bytes.as_slice()].concat()));
            let _ = unpack(&bytes, 100);
        }
    }
}
