//! The grammar of variables in texts: `$X`, `${X}`, `${X:-default}` and its kin, nested, and `$$`.
//!
//! As Compose has it: a dollar sign that begins nothing of this is left as it is, `${` that begins nothing is an
//! error, and braces in a default must balance. It knows texts only; who has which value is the caller's to say.

use thiserror::Error;

use super::node::{Origin, UsedVariable};

/// How deep expressions may be nested.
const DEPTH: usize = 32;
/// How long one text may become.
const LIMIT: usize = 1 << 20;

/// A value with its origin, as a lookup gives it.
pub type Found<'a> = (&'a str, Origin);

/// What became of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text with values in it.
    pub text: String,
    /// Variables that were looked at, in order.
    pub variables: Vec<UsedVariable>,
    /// Variables without value and default, each with its expression.
    pub unset: Vec<Unset>,
}

/// A variable that has no value and became empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Unset {
    /// Its name.
    pub name: String,
    /// The expression, as written.
    pub expression: String,
}

/// Why a text could not be expanded.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// `${` begins nothing that is known.
    #[error("`{expression}` is no valid variable expression")]
    Invalid {
        /// The expression, as written.
        expression: String,
    },
    /// `${X:?message}`, and it is not set.
    #[error("`{name}` must be set{}", if message.is_empty() { String::new() } else { format!(": {message}") })]
    Required {
        /// The variable.
        name: String,
        /// The author's message.
        message: String,
        /// The expression, as written.
        expression: String,
    },
    /// Nested too deep.
    #[error("variable expressions are nested more than {DEPTH} deep")]
    TooDeep,
    /// Too long.
    #[error("this text becomes longer than {} MB", LIMIT >> 20)]
    TooLong,
}

impl TemplateError {
    /// The part of the text that is wrong, if it is a part.
    pub fn expression(&self) -> Option<&str> {
        match self {
            Self::Invalid { expression } | Self::Required { expression, .. } => Some(expression),
            Self::TooDeep | Self::TooLong => None,
        }
    }
}

/// Puts values into a text.
pub fn expand<'v>(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<Found<'v>>,
) -> Result<Expanded, TemplateError> {
    let mut expanded = Expanded::default();
    if !text.contains('$') {
        text.clone_into(&mut expanded.text);
        return Ok(expanded);
    }
    let mut reader = Reader { text, at: 0 };
    let pieces = reader.pieces(0)?;
    evaluate(&pieces, lookup, &mut expanded)?;
    Ok(expanded)
}

enum Piece<'t> {
    Text(&'t str),
    Variable {
        name: &'t str,
        expression: &'t str,
        otherwise: Option<Otherwise<'t>>,
    },
}

struct Otherwise<'t> {
    operator: Operator,
    /// Whether an empty value counts as unset (`:-` rather than `-`).
    empty_is_unset: bool,
    word: Vec<Piece<'t>>,
}

#[derive(Clone, Copy)]
enum Operator {
    Default,
    Required,
    Alternative,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// Reads up to the end of the text, or within braces (`depth` over 0) up to the brace that closes them.
    fn pieces(&mut self, depth: usize) -> Result<Vec<Piece<'t>>, TemplateError> {
        if depth > DEPTH {
            return Err(TemplateError::TooDeep);
        }
        let mut pieces = Vec::new();
        let mut open = 0_usize;
        let mut start = self.at;
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'{' if depth > 0 => open += 1,
                b'}' if depth > 0 && open == 0 => break,
                b'}' if depth > 0 => open -= 1,
                b'$' => {
                    let literal = &self.text[start..self.at];
                    if let Some(piece) = self.dollar(depth)? {
                        pieces.push(Piece::Text(literal));
                        pieces.push(piece);
                        start = self.at;
                        continue;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        pieces.push(Piece::Text(&self.text[start..self.at]));
        Ok(pieces)
    }

    /// What begins with the dollar sign here; `None` if nothing does. Moves behind it if there is something.
    fn dollar(&mut self, depth: usize) -> Result<Option<Piece<'t>>, TemplateError> {
        let start = self.at;
        let rest = &self.text[start + 1..];
        if rest.starts_with('$') {
            self.at += 2;
            return Ok(Some(Piece::Text("$")));
        }
        let Some(braced) = rest.strip_prefix('{') else {
            let name = name_at_start(rest);
            if name.is_empty() {
                return Ok(None);
            }
            self.at += 1 + name.len();
            return Ok(Some(Piece::Variable {
                name,
                expression: &self.text[start..self.at],
                otherwise: None,
            }));
        };
        let invalid = || {
            let end = self.text[start..]
                .find('}')
                .map_or(self.text.len(), |at| start + at + 1);
            TemplateError::Invalid {
                expression: self.text[start..end].to_owned(),
            }
        };
        let name = name_at_start(braced);
        if name.is_empty() {
            return Err(invalid());
        }
        let behind = &braced[name.len()..];
        let empty_is_unset = behind.starts_with(':');
        let sign = behind.as_bytes().get(usize::from(empty_is_unset)).copied();
        let operator = match sign {
            Some(b'-') => Operator::Default,
            Some(b'?') => Operator::Required,
            Some(b'+') => Operator::Alternative,
            Some(b'}') if !empty_is_unset => {
                self.at += 2 + name.len() + 1;
                return Ok(Some(Piece::Variable {
                    name,
                    expression: &self.text[start..self.at],
                    otherwise: None,
                }));
            }
            _ => return Err(invalid()),
        };
        let invalid = invalid();
        self.at += 2 + name.len() + usize::from(empty_is_unset) + 1;
        let word = self.pieces(depth + 1)?;
        if self.text.as_bytes().get(self.at) != Some(&b'}') {
            return Err(invalid);
        }
        self.at += 1;
        Ok(Some(Piece::Variable {
            name,
            expression: &self.text[start..self.at],
            otherwise: Some(Otherwise {
                operator,
                empty_is_unset,
                word,
            }),
        }))
    }
}

fn name_at_start(text: &str) -> &str {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))
        .unwrap_or(text.len());
    let name = &text[..end];
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        ""
    } else {
        name
    }
}

fn evaluate<'v>(
    pieces: &[Piece<'_>],
    lookup: &dyn Fn(&str) -> Option<Found<'v>>,
    into: &mut Expanded,
) -> Result<(), TemplateError> {
    for piece in pieces {
        match piece {
            Piece::Text(text) => into.text.push_str(text),
            Piece::Variable {
                name,
                expression,
                otherwise,
            } => variable(name, expression, otherwise.as_ref(), lookup, into)?,
        }
        if into.text.len() > LIMIT {
            return Err(TemplateError::TooLong);
        }
    }
    Ok(())
}

fn variable<'v>(
    name: &str,
    expression: &str,
    otherwise: Option<&Otherwise<'_>>,
    lookup: &dyn Fn(&str) -> Option<Found<'v>>,
    into: &mut Expanded,
) -> Result<(), TemplateError> {
    let found = lookup(name);
    let mut used = |origin: Origin| {
        into.variables.push(UsedVariable {
            name: name.to_owned(),
            origin,
        });
    };
    let Some(Otherwise {
        operator,
        empty_is_unset,
        word,
    }) = otherwise
    else {
        if let Some((value, origin)) = found {
            used(origin);
            into.text.push_str(value);
        } else {
            used(Origin::Unset);
            into.unset.push(Unset {
                name: name.to_owned(),
                expression: expression.to_owned(),
            });
        }
        return Ok(());
    };
    let present = found.filter(|(value, _)| !(*empty_is_unset && value.is_empty()));
    match (operator, present) {
        (Operator::Default | Operator::Required, Some((value, origin))) => {
            used(origin);
            into.text.push_str(value);
            // As in Compose, what must be set must be set even where its value is not needed.
            evaluate(word, lookup, &mut Expanded::default())?;
        }
        (Operator::Alternative, Some((_, origin))) => {
            used(origin);
            evaluate(word, lookup, into)?;
        }
        (Operator::Alternative, None) => {
            used(Origin::Default);
            evaluate(word, lookup, &mut Expanded::default())?;
        }
        (Operator::Default, None) => {
            used(Origin::Default);
            evaluate(word, lookup, into)?;
        }
        (Operator::Required, None) => {
            let mut message = Expanded::default();
            evaluate(word, lookup, &mut message)?;
            return Err(TemplateError::Required {
                name: name.to_owned(),
                message: message.text,
                expression: expression.to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lookup(name: &str) -> Option<Found<'static>> {
        let value = match name {
            "SET" => "value",
            "EMPTY" => "",
            "OTHER" => "other",
            _ => return None,
        };
        Some((value, Origin::Environment))
    }

    fn text(template: &str) -> String {
        expand(template, &lookup).map_or_else(|error| format!("error: {error}"), |done| done.text)
    }

    #[test]
    fn expands_every_form() {
        for (template, expected) in [
            ("$SET ${SET} $SET-x", "value value value-x"),
            ("${NO:-d} ${NO-d} ${EMPTY:-d} ${EMPTY-d}|", "d d d |"),
            ("${SET:-d} ${SET-d}", "value value"),
            (
                "${SET:+a} ${SET+a} ${EMPTY:+a} ${EMPTY+a} ${NO:+a} ${NO+a}|",
                "a a  a  |",
            ),
            ("${SET:?e} ${SET?e} ${EMPTY?e}|", "value value |"),
            ("${NO:?no ${OTHER}}", "error: `NO` must be set: no other"),
            ("${EMPTY:?}", "error: `EMPTY` must be set"),
            ("${SET:-${NO:?e}}", "error: `NO` must be set: e"),
            ("${NO:-${NO2:-${SET}}}", "value"),
            ("${NO:-a$OTHER-b}", "aother-b"),
            ("${NO:-{\"a\": {}}}", "{\"a\": {}}"),
            ("$$SET $${SET} $$$SET", "$SET ${SET} $value"),
            ("cost $5, $, $-, a$", "cost $5, $, $-, a$"),
            ("${NO:-é}ü", "éü"),
            ("${NO:-}", ""),
            ("${NO:-a:b?c+d-e}", "a:b?c+d-e"),
        ] {
            assert_eq!(text(template), expected, "{template}");
        }
    }

    #[test]
    fn names_the_expression_that_is_wrong() {
        for (template, expression) in [
            ("a ${} b", "${}"),
            ("a ${1X} b", "${1X}"),
            ("a ${SET!x} b", "${SET!x}"),
            ("a ${SET:x} b", "${SET:x}"),
            ("a ${SET", "${SET"),
            ("a ${SET:-b", "${SET:-b"),
            ("a ${SET b} c", "${SET b}"),
        ] {
            let error = expand(template, &lookup).expect_err(template);
            assert_eq!(error.expression(), Some(expression), "{template}");
        }
    }

    #[test]
    fn says_which_variables_are_unset_but_not_those_with_a_default() {
        let done = expand("$NO ${NO:-x} ${SET:-$NEVER}", &lookup).expect("expands");
        let unset: Vec<_> = done.unset.iter().map(|unset| unset.name.as_str()).collect();
        assert_eq!(unset, ["NO"]);
    }

    #[test]
    fn deep_and_long_texts_are_refused() {
        let deep = "${A:-".repeat(100_000);
        assert_eq!(expand(&deep, &lookup), Err(TemplateError::TooDeep));
        let value = "x".repeat(1000);
        let long = expand(&"$BIG".repeat(5000), &|_| {
            Some((value.as_str(), Origin::Environment))
        });
        assert_eq!(long, Err(TemplateError::TooLong));
    }

    proptest! {
        #[test]
        fn never_panics(template in "[${}A-C:?+a\\-\\n é]{0,40}") {
            let _ = expand(&template, &lookup);
        }

        #[test]
        fn doubled_dollars_are_the_way_to_write_any_text(text in any::<String>()) {
            let escaped = text.replace('$', "$$");
            prop_assert_eq!(expand(&escaped, &lookup).map(|done| done.text), Ok(text));
        }

        #[test]
        fn a_default_is_taken_exactly_when_there_is_no_value(default in "[a-z0-9:?+ -]{0,20}") {
            let taken = expand(&format!("<${{NO:-{default}}}>"), &lookup).map(|done| done.text);
            prop_assert_eq!(taken, Ok(format!("<{default}>")));
            let kept = expand(&format!("<${{SET:-{default}}}>"), &lookup).map(|done| done.text);
            prop_assert_eq!(kept, Ok("<value>".to_owned()));
        }
    }
}
