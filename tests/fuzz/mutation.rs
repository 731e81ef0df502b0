//! New texts from old ones.

use serde_yaml::{Mapping, Value};

use crate::corpus::{Corpus, WORDS};
use crate::random::Random;

/// Texts do not grow beyond this.
const LONGEST: usize = 20_000;

/// A text that the corpus has not: mostly a tree with some of its values changed, else a text with some of its
/// characters or lines changed, or both.
pub(crate) fn any(corpus: &Corpus, random: &mut Random) -> String {
    let mut text = if random.one_in(3) {
        random.pick(&corpus.texts).clone()
    } else {
        let mut tree = random.pick(&corpus.trees).clone();
        for _ in 0..=random.below(3) {
            change_tree(&mut tree, corpus, random, 0);
        }
        serde_yaml::to_string(&tree).unwrap_or_default()
    };
    if random.one_in(3) {
        for _ in 0..=random.below(4) {
            text = change_text(&text, corpus, random);
        }
    }
    text
}

/// Goes down to some value, and changes it.
fn change_tree(value: &mut Value, corpus: &Corpus, random: &mut Random, depth: usize) {
    let below = match value {
        Value::Sequence(items) => items.len(),
        Value::Mapping(entries) => entries.len(),
        _ => 0,
    };
    if below > 0 && depth < 12 && !random.one_in(4) {
        let chosen = random.below(below);
        let next = match value {
            Value::Sequence(items) => items.get_mut(chosen),
            Value::Mapping(entries) => entries.values_mut().nth(chosen),
            _ => None,
        };
        if let Some(next) = next {
            change_tree(next, corpus, random, depth + 1);
            return;
        }
    }
    match value {
        Value::Sequence(items) if random.one_in(2) => match random.below(3) {
            0 if !items.is_empty() => {
                items.remove(random.below(items.len()));
            }
            1 if !items.is_empty() => items.push(items[random.below(items.len())].clone()),
            _ => items.push(random.pick(&corpus.parts).clone()),
        },
        Value::Mapping(entries) if random.one_in(2) => change_mapping(entries, corpus, random),
        _ => *value = another(value, corpus, random),
    }
}

fn change_mapping(entries: &mut Mapping, corpus: &Corpus, random: &mut Random) {
    let chosen = entries.keys().nth(random.below(entries.len())).cloned();
    match (random.below(4), chosen) {
        (0, Some(key)) => {
            entries.shift_remove(&key);
        }
        (1, Some(key)) => {
            let value = entries.shift_remove(&key).unwrap_or(Value::Null);
            entries.insert(random.pick(&corpus.keys).as_str().into(), value);
        }
        (2, Some(key)) => {
            let copy = entries.get(&key).cloned().unwrap_or(Value::Null);
            entries.insert((*random.pick(WORDS)).into(), copy);
        }
        _ => {
            let value = random.pick(&corpus.parts).clone();
            entries.insert(random.pick(&corpus.keys).as_str().into(), value);
        }
    }
}

/// Something in the place of a value.
fn another(value: &Value, corpus: &Corpus, random: &mut Random) -> Value {
    match random.below(7) {
        0 => Value::Null,
        1 => Value::Sequence(vec![value.clone()]),
        2 => {
            let mut entries = Mapping::new();
            entries.insert(random.pick(&corpus.keys).as_str().into(), value.clone());
            Value::Mapping(entries)
        }
        3 => i64::try_from(random.below(70_000))
            .unwrap_or_default()
            .into(),
        4 => random.one_in(2).into(),
        5 => (*random.pick(WORDS)).into(),
        _ => random.pick(&corpus.parts).clone(),
    }
}

fn change_text(text: &str, corpus: &Corpus, random: &mut Random) -> String {
    if text.len() > LONGEST {
        return String::new();
    }
    if random.one_in(2) {
        return change_lines(text, corpus, random);
    }
    let places: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let first = random.below(places.len());
    let last = (first + random.below(12)).min(places.len() - 1);
    let (start, end) = (places[first], places[last]);
    let put = match random.below(4) {
        0 => String::new(),
        1 => corpus.keys[random.below(corpus.keys.len())].clone() + ":",
        2 => {
            let other = random.pick(&corpus.texts);
            let from: Vec<char> = other.chars().collect();
            let at = random.below(from.len());
            from[at..].iter().take(random.below(60)).collect()
        }
        _ => (*random.pick(WORDS)).to_owned(),
    };
    format!("{}{put}{}", &text[..start], &text[end..])
}

fn change_lines(text: &str, corpus: &Corpus, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return random.pick(WORDS).repeat(3);
    }
    let at = random.below(lines.len());
    match random.below(5) {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(at, lines[random.below(lines.len())].clone()),
        2 => lines[at].insert_str(0, &" ".repeat(1 + random.below(6))),
        3 => {
            let indent = lines[at].len() - lines[at].trim_start().len();
            lines[at].drain(..indent);
        }
        _ => {
            let other = random.pick(&corpus.texts);
            let others: Vec<&str> = other.lines().collect();
            if !others.is_empty() {
                lines.insert(at, others[random.below(others.len())].to_owned());
            }
        }
    }
    lines.join("\n") + "\n"
}
