//! Versions, and what is asked of them: `>=20.10`, `^1.4`, `20`, `>=18 <21 || 22.x`.
//!
//! A version is the numbers that stand in a program's own words; what comes behind them (`-rc1`, `+dfsg1`) is not
//! compared. A requirement compares as many numbers as it has: `<=20` holds for 20.11, as people mean it.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// A version: its numbers, the most significant first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(Vec<u64>);

impl Version {
    /// The first version that stands in a text: numbers with dots between them before a number alone.
    pub fn find(text: &str) -> Option<Self> {
        let mut alone = None;
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            let from = &rest[at..];
            let end = from
                .find(|c: char| !(c.is_ascii_digit() || c == '.'))
                .unwrap_or(from.len());
            let found = numbers(from[..end].trim_end_matches('.'));
            match found {
                Some(found) if found.len() > 1 => return Some(Self(found)),
                found => alone = alone.or(found),
            }
            rest = &from[end..];
        }
        alone.map(Self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

/// A text that is no requirement of a version.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no version requirement")]
pub struct NoRequirement(String);

/// What is asked of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRequirement {
    text: String,
    /// One of these must hold, of which all comparisons must.
    alternatives: Vec<Vec<Comparison>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    numbers: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// It begins with these numbers.
    Same,
    AtLeast,
    Above,
    AtMost,
    Below,
    /// At least these, with the same first number that is not 0.
    Compatible,
    /// At least these, with the same first two numbers.
    Near,
}

/// Operators as they are written, the longer first.
const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::Above),
    ("<", Operator::Below),
    ("=", Operator::Same),
    ("^", Operator::Compatible),
    ("~", Operator::Near),
];

impl VersionRequirement {
    /// Any version will do.
    pub fn any() -> Self {
        Self {
            text: "*".to_owned(),
            alternatives: vec![Vec::new()],
        }
    }

    /// Whether any version will do.
    pub fn is_any(&self) -> bool {
        self.alternatives.iter().any(Vec::is_empty)
    }

    /// Whether a version is as asked.
    pub fn accepts(&self, version: &Version) -> bool {
        self.alternatives
            .iter()
            .any(|all| all.iter().all(|comparison| comparison.holds(&version.0)))
    }
}

impl fmt::Display for VersionRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for VersionRequirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl FromStr for VersionRequirement {
    type Err = NoRequirement;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NoRequirement(text.to_owned());
        let alternatives = text
            .split("||")
            .map(|part| all_of(part).ok_or_else(refused))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: text.trim().to_owned(),
            alternatives,
        })
    }
}

/// Comparisons with spaces or commas between them; none for `*`.
fn all_of(text: &str) -> Option<Vec<Comparison>> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut comparisons = Vec::new();
    while !rest.is_empty() {
        let (operator, after) = OPERATORS
            .iter()
            .find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?.trim_start())))
            .unwrap_or((Operator::Same, rest));
        let end = after
            .find(|c: char| c == ',' || c.is_whitespace())
            .unwrap_or(after.len());
        match &after[..end] {
            // It asks nothing.
            "*" | "x" if operator == Operator::Same => {}
            words => comparisons.push(comparison(operator, words)?),
        }
        rest = after[end..].trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    Some(comparisons)
}

fn comparison(operator: Operator, text: &str) -> Option<Comparison> {
    let mut text = text.strip_prefix('v').unwrap_or(text);
    while let Some(shorter) = text.strip_suffix(".x").or_else(|| text.strip_suffix(".*")) {
        text = shorter;
    }
    let numbers = numbers(text)?;
    Some(Comparison { operator, numbers })
}

fn numbers(text: &str) -> Option<Vec<u64>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

impl Comparison {
    fn holds(&self, version: &[u64]) -> bool {
        let wanted = &self.numbers;
        let compared = compare(version, wanted);
        let same_up_to =
            |count: usize| compare(version, &wanted[..count.min(wanted.len())]).is_eq();
        match self.operator {
            Operator::Same => compared.is_eq(),
            Operator::AtLeast => compared.is_ge(),
            Operator::Above => compared.is_gt(),
            Operator::AtMost => compared.is_le(),
            Operator::Below => compared.is_lt(),
            Operator::Compatible => {
                let first = wanted.iter().position(|number| *number > 0);
                compared.is_ge() && same_up_to(first.map_or(wanted.len(), |at| at + 1))
            }
            Operator::Near => compared.is_ge() && same_up_to(2),
        }
    }
}

/// Compares as many numbers as are wanted; those that a version lacks are 0.
fn compare(version: &[u64], wanted: &[u64]) -> Ordering {
    wanted
        .iter()
        .enumerate()
        .map(|(at, wanted)| version.get(at).unwrap_or(&0).cmp(wanted))
        .find(|compared| compared.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_version_in_a_programs_words() {
        for (words, version) in [
            ("git version 2.39.5", "2.39.5"),
            ("v20.11.1\n", "20.11.1"),
            ("go version go1.22.3 linux/amd64", "1.22.3"),
            ("openjdk 17.0.2 2022-01-18", "17.0.2"),
            ("20.10.24+dfsg1", "20.10.24"),
            ("psql (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)", "15.8"),
            ("jq-1.6", "1.6"),
            ("less 590 (GNU regular expressions)", "590"),
            ("made in 2021: tool 3.4.", "3.4"),
        ] {
            let found = Version::find(words).map(|found| found.to_string());
            assert_eq!(found.as_deref(), Some(version), "{words}");
        }
        assert_eq!(Version::find("no version"), None);
    }

    #[test]
    fn compares_as_people_mean_it() {
        for (requirement, yes, no) in [
            ("*", &["0", "99.1"][..], &[][..]),
            (">=20", &["20.0", "20.11.1", "22"], &["19.9"]),
            (">= 20.10", &["20.10.24", "23"], &["20.9.9", "19"]),
            ("20", &["20.1"], &["21", "2.0"]),
            ("20.x", &["20.1"], &["21"]),
            ("=3.11", &["3.11.9"], &["3.12"]),
            ("<=20", &["20.9", "3"], &["21.0"]),
            (">20", &["21"], &["20.9"]),
            (">=18 <21", &["18", "20.9"], &["21", "17"]),
            (">=18, <21 || 22", &["18", "22.5"], &["21.0", "23"]),
            ("^1.4", &["1.4", "1.9"], &["2.0", "1.3"]),
            ("^0.3.1", &["0.3.9"], &["0.4.0", "0.3.0"]),
            ("~1.4.2", &["1.4.9"], &["1.5", "1.4.1"]),
        ] {
            let parsed: VersionRequirement = requirement.parse().expect(requirement);
            let accepts = |text: &&str| parsed.accepts(&Version::find(text).expect("a version"));
            assert!(yes.iter().all(accepts), "{requirement}");
            assert!(!no.iter().any(accepts), "{requirement}");
        }
    }

    #[test]
    fn refuses_what_says_nothing() {
        for bad in [
            "", "latest", ">=", ">=x", "1..2", "=>3", "1 ||", "<*", "1.-2",
        ] {
            assert!(bad.parse::<VersionRequirement>().is_err(), "{bad}");
        }
    }
}
