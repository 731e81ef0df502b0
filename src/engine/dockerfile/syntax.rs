//! A Dockerfile's lines as instructions.

/// A Dockerfile taken apart into instructions.
pub(super) struct Dockerfile {
    pub(super) escape: char,
    /// The line of a `# syntax=` directive.
    pub(super) syntax: Option<usize>,
    pub(super) instructions: Vec<Instruction>,
}

/// One instruction, its continued lines put together.
pub(super) struct Instruction {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// In capitals.
    pub(super) keyword: String,
    /// What comes after the keyword.
    pub(super) rest: String,
    /// Whether here-documents follow it.
    pub(super) heredoc: bool,
}

impl Dockerfile {
    /// Reads a Dockerfile; whatever it holds, something is made of it.
    pub(super) fn read(text: &str) -> Self {
        let mut file = Self {
            escape: '\\',
            syntax: None,
            instructions: Vec::new(),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().enumerate().peekable();
        while let Some((at, line)) = lines.peek()
            && let Some((name, value)) = directive(line)
        {
            match name.to_ascii_lowercase().as_str() {
                "escape" if value == "`" => file.escape = '`',
                "syntax" => file.syntax = Some(at + 1),
                _ => {}
            }
            lines.next();
        }
        while let Some((at, line)) = lines.next() {
            if is_blank_or_comment(line) {
                continue;
            }
            let mut whole = String::new();
            let mut part = line;
            while let Some(begun) = part.trim_end().strip_suffix(file.escape) {
                whole.push_str(begun);
                // Comments and empty lines inside a continued instruction do not end it.
                let next = lines.find(|(_, line)| !is_blank_or_comment(line));
                part = next.map_or("", |(_, next)| next);
            }
            whole.push_str(part);
            let whole = whole.trim();
            let (keyword, rest) = whole.split_once(char::is_whitespace).unwrap_or((whole, ""));
            let keyword = keyword.to_ascii_uppercase();
            let ends = if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
                heredocs(rest)
            } else {
                Vec::new()
            };
            for end in &ends {
                for (_, line) in lines.by_ref() {
                    if line.trim_start_matches('\t').trim_end() == *end {
                        break;
                    }
                }
            }
            file.instructions.push(Instruction {
                line: at + 1,
                keyword,
                heredoc: !ends.is_empty(),
                rest: rest.trim().to_owned(),
            });
        }
        file
    }
}

/// A parser directive, `# name=value`; they stand before everything else.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
    let name = name.trim();
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| (name, value.trim()))
}

fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The words that end the here-documents of an instruction (`<<EOF`, `<<-"EOF"`).
fn heredocs(rest: &str) -> Vec<String> {
    rest.split_whitespace()
        .filter_map(|word| {
            let at = word.find("<<")?;
            // Only a number of a file may stand before it, as in the shell; `<<<` is something else.
            if !word[..at].bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let end = word[at + 2..].trim_start_matches('-');
            let end = end.trim_matches(['"', '\'']);
            let plain = end.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && end.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            plain.then(|| end.to_owned())
        })
        .collect()
}

/// The flags that an instruction begins with.
pub(super) fn flags(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace()
        .take_while(|word| word.starts_with("--"))
}
