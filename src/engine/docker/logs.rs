//! What containers printed, line by line.
//!
//! The engine keeps messages: a line, or a part of one that is longer than 16 KiB. Each comes as a frame that begins
//! with its time; of a terminal's output the frames are missing, and times stand at the beginnings of lines only.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, try_unfold};
use futures_util::{Stream, StreamExt, TryStreamExt};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use jiff::Timestamp;

use super::client::DockerEngine;
use super::errors::from_hyper;
use super::exec::pieces;
use super::frames::Piece;
use super::names::no_such;
use super::request::Query;
use super::times::parameter;
use crate::engine::{LogLine, LogOptions, OutputStream, Result};

/// A longer line is given in several.
const LONGEST_LINE: usize = 1 << 20;

/// No time in front of a message is longer: `2024-05-06T07:08:09.123456789+02:00`.
const LONGEST_TIME: usize = 40;

impl DockerEngine {
    pub(super) fn read_logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> BoxStream<'static, Result<LogLine>> {
        let engine = self.clone();
        let container = container.to_owned();
        stream::once(async move { engine.open_logs(&container, &options).await })
            .try_flatten()
            .boxed()
    }

    async fn open_logs(
        &self,
        container: &str,
        options: &LogOptions,
    ) -> Result<impl Stream<Item = Result<LogLine>> + use<>> {
        let Some((id, tty)) = self.has_terminal(container).await? else {
            return Err(no_such("container", container));
        };
        let path = format!("/containers/{id}/logs");
        let response = self
            .begin(self.inner.transport.get(&path, &query(options)))
            .await?;
        Ok(lines(messages(response.into_body(), tty), tty))
    }
}

fn query(options: &LogOptions) -> Query {
    let tail = options
        .tail
        .map_or_else(|| "all".to_owned(), |lines| lines.to_string());
    Query::new()
        .with("stdout", "1")
        .with("stderr", "1")
        .with("timestamps", "1")
        .with("follow", if options.follow { "1" } else { "0" })
        .with("tail", tail)
        .maybe("since", options.since.map(parameter))
        .maybe("until", options.until.map(parameter))
}

fn messages(body: Incoming, tty: bool) -> BoxStream<'static, Result<Piece>> {
    let bytes = body.into_data_stream().map_err(|error| from_hyper(&error));
    if tty {
        return bytes.map_ok(whole).boxed();
    }
    pieces(bytes).boxed()
}

fn whole(bytes: Bytes) -> Piece {
    Piece {
        stream: OutputStream::Stdout,
        bytes,
        first: false,
    }
}

fn lines(
    messages: BoxStream<'static, Result<Piece>>,
    tty: bool,
) -> impl Stream<Item = Result<LogLine>> + use<> {
    let start = (messages, Streams::new(tty), VecDeque::new());
    try_unfold(
        start,
        |(mut messages, mut streams, mut waiting)| async move {
            loop {
                if let Some(line) = waiting.pop_front() {
                    return Ok(Some((line, (messages, streams, waiting))));
                }
                if let Some(piece) = messages.next().await {
                    streams.take(&piece?, &mut waiting);
                    continue;
                }
                streams.finish(&mut waiting);
                if waiting.is_empty() {
                    return Ok(None);
                }
            }
        },
    )
}

/// The lines of both streams that are not whole yet.
struct Streams {
    stdout: Partial,
    stderr: Partial,
}

impl Streams {
    fn new(tty: bool) -> Self {
        Self {
            stdout: Partial::new(OutputStream::Stdout, tty),
            stderr: Partial::new(OutputStream::Stderr, tty),
        }
    }

    fn take(&mut self, piece: &Piece, lines: &mut VecDeque<LogLine>) {
        let partial = match piece.stream {
            OutputStream::Stdout => &mut self.stdout,
            OutputStream::Stderr => &mut self.stderr,
        };
        if piece.first {
            partial.at_message = true;
        }
        partial.take(&piece.bytes, lines);
    }

    fn finish(&mut self, lines: &mut VecDeque<LogLine>) {
        self.stdout.finish(lines);
        self.stderr.finish(lines);
    }
}

/// A line that is not whole yet.
struct Partial {
    stream: OutputStream,
    /// Whether messages have no frames, so that each line begins with a time.
    bare: bool,
    /// Whether the next bytes are a time.
    at_message: bool,
    /// What came of a time so far.
    time: Vec<u8>,
    /// The time of the line's first message.
    at: Option<Timestamp>,
    text: Vec<u8>,
    /// Whether anything of this line was seen.
    begun: bool,
}

impl Partial {
    fn new(stream: OutputStream, bare: bool) -> Self {
        Self {
            stream,
            bare,
            at_message: bare,
            time: Vec::new(),
            at: None,
            text: Vec::new(),
            begun: false,
        }
    }

    fn take(&mut self, mut bytes: &[u8], lines: &mut VecDeque<LogLine>) {
        while !bytes.is_empty() {
            self.begun = true;
            if self.at_message {
                bytes = self.take_time(bytes);
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let room = LONGEST_LINE - self.text.len();
            let part = &bytes[..end.unwrap_or(bytes.len()).min(room)];
            self.text.extend_from_slice(part);
            bytes = &bytes[part.len()..];
            if bytes.first() == Some(&b'\n') {
                bytes = &bytes[1..];
                self.emit(lines);
                self.at = None;
                self.begun = false;
                self.at_message = self.bare;
            } else if self.text.len() == LONGEST_LINE {
                self.emit(lines);
            }
        }
    }

    /// Takes a time up to the blank after it. What turns out to be none belongs to the text.
    fn take_time<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let room = LONGEST_TIME - self.time.len();
        let end = bytes
            .iter()
            .take(room)
            .position(|byte| matches!(byte, b' ' | b'\n'));
        let part = end.unwrap_or(bytes.len().min(room));
        self.time.extend_from_slice(&bytes[..part]);
        let rest = &bytes[part..];
        if end.is_none() && self.time.len() < LONGEST_TIME {
            return rest;
        }
        self.at_message = false;
        let time = std::mem::take(&mut self.time);
        let instant = std::str::from_utf8(&time)
            .ok()
            .and_then(|text| text.parse::<Timestamp>().ok());
        if let Some(instant) = instant {
            // A further part of a long line has a later time of its own.
            self.at.get_or_insert(instant);
            rest.strip_prefix(b" ").unwrap_or(rest)
        } else {
            self.text.extend_from_slice(&time);
            rest
        }
    }

    fn emit(&mut self, lines: &mut VecDeque<LogLine>) {
        let text = self.text.strip_suffix(b"\r").unwrap_or(&self.text);
        lines.push_back(LogLine {
            stream: self.stream,
            at: self.at,
            text: String::from_utf8_lossy(text).into_owned(),
        });
        self.text.clear();
    }

    fn finish(&mut self, lines: &mut VecDeque<LogLine>) {
        let time = std::mem::take(&mut self.time);
        self.text.extend_from_slice(&time);
        if std::mem::take(&mut self.begun) {
            self.emit(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2024-05-06T07:08:09.123456789Z";
    const LATER: &str = "2024-05-06T07:08:10.000000000Z";

    fn collect(messages: &[&str], tty: bool, size: usize) -> Vec<LogLine> {
        let mut streams = Streams::new(tty);
        let mut lines = VecDeque::new();
        for message in messages {
            for (place, part) in message.as_bytes().chunks(size).enumerate() {
                let piece = Piece {
                    stream: OutputStream::Stdout,
                    bytes: Bytes::copy_from_slice(part),
                    first: place == 0 && !tty,
                };
                streams.take(&piece, &mut lines);
            }
        }
        streams.finish(&mut lines);
        lines.into()
    }

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn reads_time_and_text_however_they_come() {
        let messages = [format!("{AT} hello world\n"), format!("{LATER} \n")];
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        for size in 1..50 {
            let lines = collect(&messages, false, size);
            assert_eq!(texts(&lines), ["hello world", ""], "{size}");
            assert_eq!(lines[0].at, AT.parse().ok());
            assert_eq!(lines[1].at, LATER.parse().ok());
        }
    }

    #[test]
    fn joins_a_line_that_the_engine_keeps_in_parts() {
        let messages = [format!("{AT} one "), format!("{LATER} two\n")];
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        let lines = collect(&messages, false, 7);
        assert_eq!(texts(&lines), ["one two"]);
        assert_eq!(lines[0].at, AT.parse().ok());
    }

    #[test]
    fn reads_a_terminal_by_lines() {
        let text = format!("{AT} a\r\n{LATER} b with {AT} inside\r\n");
        for size in 1..70 {
            let lines = collect(&[&text], true, size);
            assert_eq!(
                texts(&lines),
                ["a", &format!("b with {AT} inside")],
                "{size}"
            );
        }
    }

    #[test]
    fn gives_a_last_line_without_a_line_break() {
        assert_eq!(
            texts(&collect(&[&format!("{AT} prompt> ")], true, 100)),
            ["prompt> "]
        );
        assert_eq!(texts(&collect(&["no time"], false, 100)), ["no time"]);
        assert_eq!(texts(&collect(&["short"], false, 1)), ["short"]);
    }

    #[test]
    fn never_keeps_more_than_a_line_may_be_long() {
        let part = "x".repeat(LONGEST_LINE);
        let text = format!("{AT} {part}{part}yz\n");
        let lines = collect(&[&text], false, 1000);
        assert_eq!(
            lines.iter().map(|line| line.text.len()).collect::<Vec<_>>(),
            [LONGEST_LINE, LONGEST_LINE, 2]
        );
        assert_eq!(lines[2].at, AT.parse().ok());
    }

    #[test]
    fn replaces_what_is_no_utf_8() {
        let mut partial = Partial::new(OutputStream::Stderr, false);
        let mut lines = VecDeque::new();
        partial.take(b"a\xffb\n", &mut lines);
        assert_eq!(lines[0].text, "a\u{fffd}b");
    }
}
