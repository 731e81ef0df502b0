//! The engine's way to send two streams over one connection.
//!
//! Each frame has a header of eight bytes: the stream, three zeros, and the length as a big-endian number. A
//! frame is passed on as it comes, so that memory does not depend on its length. Terminals have no frames.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};

use super::errors::nonsense;
use crate::engine::{EngineError, OutputStream};

const HEADER: usize = 8;

/// A part of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) stream: OutputStream,
    pub(super) bytes: Bytes,
    /// Whether a frame begins here. In logs each frame is one message and has its own time.
    pub(super) first: bool,
}

/// Takes frames apart, however the bytes come.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: [u8; HEADER],
    filled: usize,
    current: Option<OutputStream>,
    left: usize,
    first: bool,
}

impl Frames {
    /// Takes what came and adds the pieces in it.
    pub(super) fn take(
        &mut self,
        mut bytes: Bytes,
        pieces: &mut VecDeque<Piece>,
    ) -> Result<(), EngineError> {
        while !bytes.is_empty() {
            if let Some(stream) = self.current {
                let part = bytes.split_to(self.left.min(bytes.len()));
                self.left -= part.len();
                if self.left == 0 {
                    self.current = None;
                }
                pieces.push_back(Piece {
                    stream,
                    bytes: part,
                    first: std::mem::take(&mut self.first),
                });
                continue;
            }
            let wanted = (HEADER - self.filled).min(bytes.len());
            self.header[self.filled..self.filled + wanted].copy_from_slice(&bytes[..wanted]);
            bytes.advance(wanted);
            self.filled += wanted;
            if self.filled == HEADER {
                self.filled = 0;
                self.begin()?;
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), EngineError> {
        let [kind, _, _, _, length @ ..] = self.header;
        let stream = match kind {
            0 | 1 => OutputStream::Stdout,
            // 3 carries the engine's own errors.
            2 | 3 => OutputStream::Stderr,
            _ => return Err(nonsense("the output has a frame of an unknown kind")),
        };
        self.left = usize::try_from(u32::from_be_bytes(length))
            .map_err(|_| nonsense("the output has a frame that is too long"))?;
        if self.left > 0 {
            self.current = Some(stream);
            self.first = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, text: &str) -> Vec<u8> {
        let mut frame = vec![kind, 0, 0, 0];
        frame.extend_from_slice(&u32::try_from(text.len()).expect("short").to_be_bytes());
        frame.extend_from_slice(text.as_bytes());
        frame
    }

    #[test]
    fn does_not_care_how_the_bytes_come() {
        let mut wire = frame(1, "hello");
        wire.extend(frame(2, ""));
        wire.extend(frame(2, "oh"));
        wire.extend(frame(1, " world"));
        for size in 1..=wire.len() {
            let mut frames = Frames::default();
            let mut pieces = VecDeque::new();
            for part in wire.chunks(size) {
                frames
                    .take(Bytes::copy_from_slice(part), &mut pieces)
                    .expect("frames");
            }
            let of = |stream| {
                let bytes: Vec<u8> = pieces
                    .iter()
                    .filter(|piece| piece.stream == stream)
                    .flat_map(|piece| piece.bytes.to_vec())
                    .collect();
                String::from_utf8(bytes).expect("text")
            };
            assert_eq!(of(OutputStream::Stdout), "hello world");
            assert_eq!(of(OutputStream::Stderr), "oh");
            assert_eq!(pieces.iter().filter(|piece| piece.first).count(), 3);
        }
    }

    #[test]
    fn refuses_what_is_no_frame() {
        let mut frames = Frames::default();
        let wire = Bytes::from_static(b"plain text without frames");
        assert!(frames.take(wire, &mut VecDeque::new()).is_err());
    }
}
