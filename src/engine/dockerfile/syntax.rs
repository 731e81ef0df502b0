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
    /// The line it ends on, here-documents included.
    pub(super) last_line: usize,
    /// In capitals.
    pub(super) keyword: String,
    /// What comes after the keyword.
    pub(super) rest: String,
    /// The here-documents that follow it.
    pub(super) heredocs: Vec<Heredoc>,
}

/// A here-document.
pub(super) struct Heredoc {
    /// How it is announced, such as `<<-"EOF"`.
    pub(super) word: String,
    /// The word that ends it.
    pub(super) name: String,
    /// Whether tabs before its lines are none of it.
    chomp: bool,
    /// Its lines as they stand, each with its end.
    pub(super) text: String,
}

impl Heredoc {
    /// Its lines without what is none of it.
    pub(super) fn content(&self) -> String {
        if !self.chomp {
            return self.text.clone();
        }
        self.text
            .split_inclusive('\n')
            .map(|line| line.trim_start_matches('\t'))
            .collect()
    }
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
            let mut last = at;
            let mut part = line;
            while let Some(begun) = part.trim_end().strip_suffix(file.escape) {
                whole.push_str(begun);
                // Comments and empty lines inside a continued instruction do not end it.
                let next = lines.find(|(_, line)| !is_blank_or_comment(line));
                part = next.map_or("", |(at, next)| {
                    last = at;
                    next
                });
            }
            whole.push_str(part);
            let whole = whole.trim();
            let (keyword, rest) = whole.split_once(char::is_whitespace).unwrap_or((whole, ""));
            let keyword = keyword.to_ascii_uppercase();
            let mut heredocs = if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
                announced(rest)
            } else {
                Vec::new()
            };
            for heredoc in &mut heredocs {
                for (at, line) in lines.by_ref() {
                    last = at;
                    let end = if heredoc.chomp {
                        line.trim_start_matches('\t')
                    } else {
                        line
                    };
                    if end == heredoc.name {
                        break;
                    }
                    heredoc.text.push_str(line);
                    heredoc.text.push('\n');
                }
            }
            file.instructions.push(Instruction {
                line: at + 1,
                last_line: last + 1,
                keyword,
                rest: rest.trim().to_owned(),
                heredocs,
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

/// The here-documents that an instruction announces (`<<EOF`, `<<-"EOF"`), without their texts.
fn announced(rest: &str) -> Vec<Heredoc> {
    words(rest)
        .filter_map(|word| {
            let at = word.find("<<")?;
            // Only a number of a file may stand before it, as in the shell; `<<<` is something else.
            if !word[..at].bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let quoted = &word[at + 2..];
            let (chomp, quoted) = match quoted.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, quoted),
            };
            let name = quoted.trim_matches(['"', '\'']);
            let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            plain.then(|| Heredoc {
                word: word.to_owned(),
                name: name.to_owned(),
                chomp,
                text: String::new(),
            })
        })
        .collect()
}

/// The words of a command as they stand; what is quoted is one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let mut escaped = false;
    text.split(move |c: char| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), close) if open == close => quote = None,
            (None | Some('"'), '\\') => escaped = true,
            (None, c) => return c.is_whitespace(),
            _ => {}
        }
        false
    })
    .filter(|word| !word.is_empty())
}

/// The flags that an instruction begins with.
pub(super) fn flags(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace()
        .take_while(|word| word.starts_with("--"))
}
