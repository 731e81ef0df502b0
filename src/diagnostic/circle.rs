//! Things that lead to one another in a circle.

use super::Diagnostic;
use crate::source::Span;

/// How many things of a circle are named: more than that nobody made by hand.
const NAMED: usize = 8;

/// One thing of a circle, which leads to the next one.
#[derive(Debug, Clone)]
pub struct CircleLink<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it says what comes next.
    pub place: &'a Span,
    /// What is to be said of that place.
    pub text: String,
}

/// The error about a circle: what it is, the way round, and the place of every step. Of a long way the first steps.
pub fn circle(what: &str, links: Vec<CircleLink<'_>>) -> Diagnostic {
    let more = links.len().saturating_sub(NAMED);
    let mut names: Vec<String> = links
        .iter()
        .take(NAMED)
        .map(|link| format!("`{}`", link.name))
        .collect();
    if more > 0 {
        names.push(format!("… ({more} more)"));
    }
    names.extend(links.first().map(|link| format!("`{}`", link.name)));
    let mut problem = Diagnostic::error(format!("{what}: {}", names.join(" → ")));
    for (index, link) in links.into_iter().take(NAMED).enumerate() {
        problem = match index {
            0 => problem.at(link.place, link.text),
            _ => problem.related(link.place, link.text),
        };
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn round(count: usize) -> Diagnostic {
        let source = Source::new("a.yaml", "abc");
        let place = source.span(0, 1);
        let names: Vec<String> = (0..count).map(|index| format!("s{index}")).collect();
        let links = names.iter().map(|name| CircleLink {
            name,
            place: &place,
            text: name.clone(),
        });
        circle("a circle", links.collect())
    }

    #[test]
    fn names_every_step_of_a_short_way() {
        let problem = round(2);
        assert_eq!(problem.message, "a circle: `s0` → `s1` → `s0`");
        assert_eq!(problem.related.len(), 1);
    }

    #[test]
    fn names_the_first_steps_of_a_long_way() {
        let problem = round(20_000);
        assert!(problem.message.ends_with("`s7` → … (19992 more) → `s0`"));
        assert_eq!(problem.related.len(), 7);
    }
}
