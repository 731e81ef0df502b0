//! Answers that come as one JSON value a line, as the engine reports progress and events.

use bollard::models::ErrorDetail;
use bytes::{Buf, BytesMut};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::errors::{from_hyper, nonsense};
use crate::engine::{EngineError, Result};

/// A line that is longer is no progress and no event.
const LONGEST: usize = 16 << 20;

/// The values of an answer, one by one.
///
/// A last line without a line break counts if it is whole; some engines end that way, some break off.
pub(super) fn json_lines<T: DeserializeOwned>(body: Incoming) -> impl Stream<Item = Result<T>> {
    try_unfold(
        (body, Lines::default()),
        |(mut body, mut lines)| async move {
            loop {
                if let Some(line) = lines.next_line() {
                    return Ok(Some((parse(&line)?, (body, lines))));
                }
                match body.frame().await {
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            lines.add(&data)?;
                        }
                    }
                    Some(Err(error)) => return Err(from_hyper(&error)),
                    None => {
                        return match lines.rest() {
                            Some(line) => Ok(Some((parse(&line)?, (body, lines)))),
                            None => Ok(None),
                        };
                    }
                }
            }
        },
    )
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    serde_json::from_slice(line).map_err(|error| nonsense(&error.to_string()))
}

/// The words of an error inside a stream.
pub(super) fn stream_error(error: Option<ErrorDetail>) -> Option<String> {
    error.and_then(|detail| detail.message)
}

#[derive(Default)]
struct Lines {
    buffer: BytesMut,
    /// How far there is no line break.
    searched: usize,
}

impl Lines {
    fn add(&mut self, data: &[u8]) -> Result<(), EngineError> {
        self.buffer.extend_from_slice(data);
        if self.buffer.len() > LONGEST && !self.buffer[self.searched..].contains(&b'\n') {
            return Err(nonsense("a line has no end"));
        }
        Ok(())
    }

    fn next_line(&mut self) -> Option<BytesMut> {
        loop {
            let Some(at) = self.buffer[self.searched..]
                .iter()
                .position(|b| *b == b'\n')
            else {
                self.searched = self.buffer.len();
                return None;
            };
            let line = self.buffer.split_to(self.searched + at);
            self.buffer.advance(1);
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                return Some(line);
            }
        }
    }

    fn rest(&mut self) -> Option<BytesMut> {
        self.searched = 0;
        let rest = self.buffer.split();
        (!rest.trim_ascii().is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&str]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for part in parts {
            lines.add(part.as_bytes()).expect("short lines");
            while let Some(line) = lines.next_line() {
                found.push(String::from_utf8_lossy(&line).trim().to_owned());
            }
        }
        if let Some(rest) = lines.rest() {
            found.push(String::from_utf8_lossy(&rest).trim().to_owned());
        }
        found
    }

    #[test]
    fn finds_lines_however_they_come() {
        assert_eq!(
            lines(&["{\"a\":1}\r\n{\"b\"", ":2}\r\n\r\n", "{\"c\":3}"]),
            ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]
        );
    }

    #[test]
    fn gives_up_on_a_line_without_end() {
        let mut lines = Lines::default();
        let part = vec![b'x'; 1 << 20];
        let result = (0..20).try_for_each(|_| lines.add(&part));
        assert!(result.is_err());
    }
}
