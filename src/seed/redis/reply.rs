//! The server's answers, of which only errors matter.
//!
//! Both versions of the protocol are read (RESP2 and RESP3, <https://redis.io/docs/latest/develop/reference/protocol-spec/>),
//! in pieces as they come.

/// So much of an error's text is kept.
const KEPT: usize = 4096;

/// One whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// No error in it.
    Fine,
    /// A single text, as `ECHO` gives back.
    Text(Vec<u8>),
    /// An error, or one inside of it.
    Error(String),
}

/// Reads answers from pieces of the stream.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// What is not read yet: never more than a line.
    line: Vec<u8>,
    /// Bytes of a text that are still to come, with its line end; the text so far, if it is short.
    text: Option<(u64, Vec<u8>)>,
    /// Elements that are still to come in each open array.
    open: Vec<u64>,
    /// The first error inside the open answer.
    error: Option<String>,
    /// The last text, if it is the whole answer.
    last: Option<Vec<u8>>,
    /// The text that is read is an error.
    text_is_error: bool,
}

impl Replies {
    /// Takes a piece in and gives the answers that are whole by now; an error if this is not the protocol.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<Vec<Reply>, String> {
        let mut whole = Vec::new();
        while !bytes.is_empty() {
            if let Some((left, mut text)) = self.text.take() {
                let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let room = KEPT.saturating_sub(text.len()).min(length);
                text.extend_from_slice(&bytes[..room]);
                bytes = &bytes[length..];
                let left = left - u64::try_from(length).unwrap_or(left);
                if left > 0 {
                    self.text = Some((left, text));
                    break;
                }
                self.end_text(text, &mut whole);
                continue;
            }
            let end = bytes.iter().position(|&byte| byte == b'\n');
            let part = &bytes[..end.map_or(bytes.len(), |end| end + 1)];
            if self.line.len() + part.len() > 1 << 20 {
                return Err("an answer has no end of line".to_owned());
            }
            self.line.extend_from_slice(part);
            bytes = &bytes[part.len()..];
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                self.read(line.trim_ascii_end(), &mut whole)?;
            }
        }
        Ok(whole)
    }

    fn end_text(&mut self, mut text: Vec<u8>, whole: &mut Vec<Reply>) {
        while text
            .last()
            .is_some_and(|byte| matches!(byte, b'\r' | b'\n'))
        {
            text.pop();
        }
        if std::mem::take(&mut self.text_is_error) {
            self.fail(&text);
        } else if self.open.is_empty() {
            self.last = Some(text);
        }
        self.end_value(whole);
    }

    fn read(&mut self, line: &[u8], whole: &mut Vec<Reply>) -> Result<(), String> {
        let Some((&kind, rest)) = line.split_first() else {
            return Err("an answer is empty".to_owned());
        };
        let number = || -> Result<i64, String> {
            std::str::from_utf8(rest)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| strange(line))
        };
        match kind {
            b'+' | b':' | b'_' | b'#' | b',' | b'(' => self.end_value(whole),
            b'-' => {
                self.fail(rest);
                self.end_value(whole);
            }
            b'$' | b'=' | b'!' => match u64::try_from(number()?) {
                Ok(length) => {
                    self.text_is_error = kind == b'!';
                    self.text = Some((length + 2, Vec::new()));
                }
                Err(_) => self.end_value(whole),
            },
            b'*' | b'~' | b'>' | b'%' | b'|' => match u64::try_from(number()?) {
                Ok(0) | Err(_) => self.end_value(whole),
                Ok(length) if matches!(kind, b'%' | b'|') => self.open.push(length * 2),
                Ok(length) => self.open.push(length),
            },
            _ => return Err(strange(line)),
        }
        Ok(())
    }

    fn fail(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(&text[..text.len().min(KEPT)]);
        self.error.get_or_insert_with(|| text.into_owned());
    }

    /// A value is over, and with it perhaps the arrays that it is the last of.
    fn end_value(&mut self, whole: &mut Vec<Reply>) {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                return;
            }
            self.open.pop();
        }
        whole.push(match (self.error.take(), self.last.take()) {
            (Some(error), _) => Reply::Error(error),
            (None, Some(text)) => Reply::Text(text),
            (None, None) => Reply::Fine,
        });
    }
}

fn strange(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(&line[..line.len().min(80)]);
    format!(
        "the server answers with something else than its protocol: {}",
        text.escape_debug()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"+OK\r\n:1\r\n$5\r\na\r\nbc\r\n$-1\r\n-ERR no\r\n*2\r\n*1\r\n:1\r\n-ERR in\r\n*0\r\n%1\r\n+a\r\n_\r\n!7\r\nERR bad\r\n$0\r\n\r\n";

    fn expected() -> Vec<Reply> {
        vec![
            Reply::Fine,
            Reply::Fine,
            Reply::Text(b"a\r\nbc".to_vec()),
            Reply::Fine,
            Reply::Error("ERR no".to_owned()),
            Reply::Error("ERR in".to_owned()),
            Reply::Fine,
            Reply::Fine,
            Reply::Error("ERR bad".to_owned()),
            Reply::Text(Vec::new()),
        ]
    }

    #[test]
    fn reads_answers_however_they_are_cut() {
        for size in 1..STREAM.len() {
            let mut replies = Replies::default();
            let mut read = Vec::new();
            for piece in STREAM.chunks(size) {
                read.extend(replies.feed(piece).expect("the protocol"));
            }
            assert_eq!(read, expected(), "in pieces of {size}");
        }
    }

    #[test]
    fn refuses_what_is_not_the_protocol() {
        for wrong in [
            &b"HTTP/1.1 400\r\n"[..],
            b"$x\r\n",
            b"\r\n",
            b"*99999999999999999999\r\n",
        ] {
            assert!(Replies::default().feed(wrong).is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Replies::default().feed(&bytes);
        }
    }
}
