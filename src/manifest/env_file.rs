//! Env files, by Compose's rules.
//!
//! `KEY=value`, `KEY: value`, `export KEY=value`, a bare `KEY` that inherits; single quotes take everything as it
//! is, double quotes know escapes and variables, both may span lines; unquoted values end at ` #`. The `raw` format
//! takes every value as it stands. All problems of a file are reported, each with its line.

use std::sync::Arc;

use indexmap::IndexMap;

use super::node::Origin;
use super::template::{self, Found};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// The variables of env files, in order, by name.
pub type EnvEntries = IndexMap<String, EnvEntry>;

/// One variable of an env file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvEntry {
    /// Its value.
    pub value: String,
    /// Where it is set.
    pub span: Span,
}

/// How an env file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvFormat {
    /// Quotes, escapes and variables mean something.
    Compose,
    /// Values are taken as they stand.
    Raw,
}

/// Reads an env file into `entries`; what they already hold can be referred to, and is replaced.
///
/// `lookup` is asked first for variables, as the process environment wins over files.
pub fn parse<'v>(
    source: &Arc<Source>,
    format: EnvFormat,
    lookup: &dyn Fn(&str) -> Option<Found<'v>>,
    entries: &mut EnvEntries,
    problems: &mut Vec<Diagnostic>,
) {
    let mut reader = Reader {
        source,
        text: source.text(),
        at: 0,
    };
    while let Some(statement) = reader.statement(format) {
        match statement {
            Ok(Statement::Inherited(name, span)) => {
                if let Some((value, _)) = lookup(name) {
                    let value = value.to_owned();
                    entries.insert(name.to_owned(), EnvEntry { value, span });
                }
            }
            Ok(Statement::Literal(name, value, span)) => {
                entries.insert(name.to_owned(), EnvEntry { value, span });
            }
            Ok(Statement::Template(name, text, span)) => match expand(&text, lookup, entries) {
                Ok(value) => {
                    entries.insert(name.to_owned(), EnvEntry { value, span });
                }
                Err(error) => problems.push(
                    Diagnostic::error(error.to_string())
                        .at(&span, "")
                        .fix("write `$$` for a dollar sign, or put the value in single quotes"),
                ),
            },
            Err(problem) => {
                problems.push(*problem);
                reader.skip_line();
            }
        }
    }
}

fn expand<'v>(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<Found<'v>>,
    entries: &EnvEntries,
) -> Result<String, template::TemplateError> {
    let both = |name: &str| {
        lookup(name).or_else(|| {
            entries
                .get(name)
                .map(|entry| (entry.value.as_str(), Origin::EnvFile(entry.span.clone())))
        })
    };
    template::expand(text, &both).map(|done| done.text)
}

enum Statement<'t> {
    Inherited(&'t str, Span),
    Literal(&'t str, String, Span),
    Template(&'t str, String, Span),
}

struct Reader<'t> {
    source: &'t Arc<Source>,
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next statement; `None` at the end.
    fn statement(&mut self, format: EnvFormat) -> Option<Result<Statement<'t>, Box<Diagnostic>>> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with('#') {
                break;
            }
            self.skip_line();
        }
        if self.rest().is_empty() {
            return None;
        }
        Some(match format {
            EnvFormat::Compose => self.compose(),
            EnvFormat::Raw => self.raw(),
        })
    }

    fn skip_line(&mut self) {
        self.at += self
            .rest()
            .find('\n')
            .map_or(self.rest().len(), |at| at + 1);
    }

    fn compose(&mut self) -> Result<Statement<'t>, Box<Diagnostic>> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with(is_space)
        {
            self.at = self.text.len() - rest.trim_start_matches(is_space).len();
        }
        let start = self.at;
        let (name, inherited) = self.name()?;
        let span = self.source.span(start, start + name.len());
        if inherited {
            return Ok(Statement::Inherited(name, span));
        }
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_space).len();
        match self.rest().as_bytes().first() {
            Some(b'"') => {
                let value = self.quoted('"')?;
                Ok(Statement::Template(name, unescape(&value), span))
            }
            Some(b'\'') => {
                let value = self.quoted('\'')?;
                Ok(Statement::Literal(name, value, span))
            }
            _ => {
                let line = self.rest().split('\n').next().unwrap_or_default();
                self.skip_line();
                let value = line.split(" #").next().unwrap_or_default().trim_end();
                Ok(Statement::Template(name, value.to_owned(), span))
            }
        }
    }

    /// Reads a name and the sign behind it; true if there is none, so that the variable is inherited.
    fn name(&mut self) -> Result<(&'t str, bool), Box<Diagnostic>> {
        let rest = self.rest();
        let mut end = rest.len();
        let mut inherited = true;
        for (at, character) in rest.char_indices() {
            match character {
                '=' | ':' => {
                    (end, inherited) = (at, false);
                    break;
                }
                '\n' => {
                    end = at;
                    break;
                }
                '_' | '.' | '-' | '[' | ']' => {}
                _ if is_space(character) || character.is_alphanumeric() => {}
                _ => {
                    let start = self.at + at;
                    let place = self.source.span(start, start + character.len_utf8());
                    return Err(Diagnostic::error(format!(
                        "`{}` cannot be part of a variable's name",
                        character.escape_default()
                    ))
                    .at(&place, "")
                    .fix("write `NAME=value`, one a line; put values that span lines in quotes")
                    .into());
                }
            }
        }
        let name = rest[..end].trim_end();
        if name.is_empty() {
            let place = self.source.span(self.at, self.at + end + 1);
            return Err(Diagnostic::error("a variable's name is missing here")
                .at(&place, "")
                .into());
        }
        if name.contains(is_space) {
            let place = self.source.span(self.at, self.at + name.len());
            return Err(
                Diagnostic::error("a variable's name cannot contain a space")
                    .at(&place, "")
                    .fix("write `NAME=value`, one a line")
                    .into(),
            );
        }
        self.at += (end + 1).min(rest.len());
        Ok((name, inherited))
    }

    /// Reads a quoted value; the quote escaped by a backslash belongs to it, other escapes are left as they are.
    fn quoted(&mut self, quote: char) -> Result<String, Box<Diagnostic>> {
        let rest = self.rest();
        let mut value = String::new();
        let mut escaped = false;
        for (at, character) in rest.char_indices().skip(1) {
            if escaped {
                escaped = false;
                if character != quote {
                    value.push('\\');
                }
                value.push(character);
            } else if character == '\\' {
                escaped = true;
            } else if character == quote {
                self.at += at + 1;
                return Ok(value);
            } else {
                value.push(character);
            }
        }
        let line = rest.split('\n').next().unwrap_or_default();
        let place = self.source.span(self.at, self.at + line.len());
        Err(
            Diagnostic::error("the quotes that open here are never closed")
                .at(&place, "")
                .into(),
        )
    }

    fn raw(&mut self) -> Result<Statement<'t>, Box<Diagnostic>> {
        let line = self.rest().split('\n').next().unwrap_or_default();
        let start = self.at;
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (line.trim_end(), None),
        };
        let span = self.source.span(start, start + name.len());
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(
                Diagnostic::error("a variable's name cannot be empty or contain a space")
                    .at(&span, "")
                    .fix("write `NAME=value`, one a line")
                    .into(),
            );
        }
        self.skip_line();
        Ok(match value {
            Some(value) => Statement::Literal(name, value.to_owned(), span),
            None => Statement::Inherited(name, span),
        })
    }
}

/// White space within a line.
fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}

/// The escapes of double quotes; `\$` becomes `$$`, which the template then takes for a plain dollar sign.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (replacement, length) = match behind.as_bytes().first() {
            Some(b'$') => (Some("$$"), 1),
            Some(b'n') => (Some("\n"), 1),
            Some(b't') => (Some("\t"), 1),
            Some(b'r') => (Some("\r"), 1),
            Some(b'"') => (Some("\""), 1),
            Some(b'\\') => (Some("\\"), 1),
            Some(b'a') => (Some("\u{7}"), 1),
            Some(b'b') => (Some("\u{8}"), 1),
            Some(b'f') => (Some("\u{c}"), 1),
            Some(b'v') => (Some("\u{b}"), 1),
            _ => (None, 0),
        };
        if let Some(replacement) = replacement {
            out.push_str(replacement);
            rest = &behind[length..];
        } else if let Some(character) = octal(behind) {
            out.push(character);
            rest = &behind[4..];
        } else {
            out.push('\\');
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

/// `0` and three octal digits, a character.
fn octal(text: &str) -> Option<char> {
    let digits = text.strip_prefix('0')?.get(..3)?;
    if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
        return None;
    }
    u8::from_str_radix(digits, 8).ok().map(char::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lookup(name: &str) -> Option<Found<'static>> {
        (name == "HOME").then_some(("/root", Origin::Environment))
    }

    fn read(text: &str, format: EnvFormat) -> (Vec<(String, String)>, Vec<String>) {
        let mut entries = EnvEntries::new();
        let mut problems = Vec::new();
        let source = Source::new(".env", text);
        parse(&source, format, &lookup, &mut entries, &mut problems);
        let entries = entries
            .into_iter()
            .map(|(name, entry)| (name, entry.value))
            .collect();
        let problems = problems
            .iter()
            .map(|problem| {
                let place = problem.place.as_ref().expect("a place");
                format!("{} {}", place.span, problem.message)
            })
            .collect();
        (entries, problems)
    }

    fn value(line: &str) -> String {
        let (entries, problems) = read(line, EnvFormat::Compose);
        assert_eq!(problems, Vec::<String>::new(), "{line}");
        entries.into_iter().next().expect("a variable").1
    }

    #[test]
    fn reads_values_as_compose_does() {
        for (line, expected) in [
            ("A=b", "b"),
            ("A=foo bar", "foo bar"),
            ("A = b ", "b"),
            ("A: b", "b"),
            ("export A=b", "b"),
            ("A=", ""),
            ("A=b # comment", "b"),
            ("A=b#c", "b#c"),
            ("A='b # c'", "b # c"),
            ("A=\"b # c\" # d", "b # c"),
            ("A='a\\nb $HOME'", "a\\nb $HOME"),
            ("A='it\\'s'", "it's"),
            ("A=\"a\\nb\"", "a\nb"),
            ("A=\"a\\\\nb\"", "a\\nb"),
            ("A=\"say \\\"x\\\"\"", "say \"x\""),
            ("A=\"\\$HOME\"", "$HOME"),
            ("A=\"\\0101\"", "A"),
            ("A=\"a\nb\"", "a\nb"),
            ("A='a\nb'", "a\nb"),
            ("A=$HOME/x", "/root/x"),
            ("A=${X:-d}", "d"),
            ("A='$HOME'", "$HOME"),
            ("A=$$HOME", "$HOME"),
            ("A=a=b", "a=b"),
            ("a.b-c[0]=1", "1"),
        ] {
            assert_eq!(value(line), expected, "{line}");
        }
    }

    #[test]
    fn later_lines_refer_to_earlier_ones_and_bare_names_inherit() {
        let (entries, _) = read("# c\n\nA=1\nB=${A}2\nHOME\nNOPE\n", EnvFormat::Compose);
        let expected = [("A", "1"), ("B", "12"), ("HOME", "/root")];
        assert_eq!(entries, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn reports_every_wrong_line_and_reads_the_rest() {
        let (entries, problems) = read("A b=1\nC=2\n!x=1\n=5\nD='open\n", EnvFormat::Compose);
        assert_eq!(entries, [("C".to_owned(), "2".to_owned())]);
        assert_eq!(
            problems,
            [
                ".env:1:1 a variable's name cannot contain a space",
                ".env:3:1 `!` cannot be part of a variable's name",
                ".env:4:1 a variable's name is missing here",
                ".env:5:3 the quotes that open here are never closed",
            ]
        );
    }

    #[test]
    fn raw_takes_values_as_they_stand() {
        let (entries, problems) = read("A='$x' # y\n# c\nHOME\nB=\n", EnvFormat::Raw);
        assert_eq!(problems, Vec::<String>::new());
        let expected = [("A", "'$x' # y"), ("HOME", "/root"), ("B", "")];
        assert_eq!(entries, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn growth_by_reference_is_bounded() {
        let mut text = format!("A0={}\n", "x".repeat(100));
        for i in 1..64 {
            text = format!("{text}A{i}=$A{0}$A{0}\n", i - 1);
        }
        let (_, problems) = read(&text, EnvFormat::Compose);
        assert!(problems[0].contains("becomes longer than 1 MB"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[A-B=:\"'\\\\$#{} \\n\\texport0é]{0,60}") {
            read(&text, EnvFormat::Compose);
            read(&text, EnvFormat::Raw);
        }

        #[test]
        fn single_quotes_take_any_text_without_quotes_and_backslashes(text in "[^'\\\\\\r]{0,40}") {
            prop_assert_eq!(value(&format!("A='{text}'")), text);
        }

        #[test]
        fn double_quotes_take_any_text_when_it_is_escaped(text in "[^\\r]{0,40}") {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
            prop_assert_eq!(value(&format!("A=\"{escaped}\"")), text);
        }
    }
}
