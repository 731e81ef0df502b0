//! What a client prints, kept as far as it matters.

/// So much of the beginning is kept, and as much of the end.
const KEPT: usize = 1 << 18;

/// The beginning and the end of a client's output. Of what is left out between them the line breaks remain, so that
/// lines can still be counted: a client may repeat a statement of any length.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    head: Vec<u8>,
    skipped_lines: usize,
    tail: Vec<u8>,
}

impl Transcript {
    /// Takes output in.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = KEPT - self.head.len();
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(first);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > 2 * KEPT {
            let dropped = self.tail.drain(..self.tail.len() - KEPT);
            self.skipped_lines += dropped.filter(|&byte| byte == b'\n').count();
        }
    }

    /// The output as text.
    pub(super) fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        text.extend(std::iter::repeat_n('\n', self.skipped_lines));
        text.push_str(&String::from_utf8_lossy(&self.tail));
        text
    }
}

/// A line is looked at up to so many bytes.
const WIDTH: usize = 4096;

/// Cuts output into lines as it comes.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
}

impl Lines {
    /// Takes output in and gives every line that is whole by now, without control characters; empty ones are left out.
    pub(super) fn push(&mut self, bytes: &[u8], mut see: impl FnMut(&str)) {
        for &byte in bytes {
            if byte == b'\n' || self.line.len() >= WIDTH {
                self.end(&mut see);
            }
            if byte != b'\n' {
                self.line.push(byte);
            }
        }
    }

    /// Gives what came after the last line break.
    pub(super) fn end(&mut self, mut see: impl FnMut(&str)) {
        let text: String = String::from_utf8_lossy(&self.line)
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        self.line.clear();
        if !text.is_empty() {
            see(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_both_ends_and_the_number_of_lines() {
        let mut transcript = Transcript::default();
        transcript.push(b"first\n");
        for _ in 0..1_000_000 {
            transcript.push(b"middle\n");
        }
        transcript.push(b"last\n");
        let text = transcript.text();
        assert!(text.starts_with("first\nmiddle\n") && text.ends_with("\nlast\n"));
        assert_eq!(text.lines().count(), 1_000_002);
        assert!(text.len() < 4 * KEPT + 1_000_000);
    }
}
