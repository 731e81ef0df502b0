//! Puts the values of variables into every text of a tree.
//!
//! Keys are left as they are. A variable that is not set and has no default becomes empty; the first place of each
//! is remembered, so that there is one warning a variable and not one a use.

use indexmap::IndexMap;

use super::environment::Variables;
use super::node::{Node, Origin, Scalar, ScalarKind, UsedVariable, Value};
use super::template::{self, TemplateError};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// How much text interpolation may add to one load.
const LIMIT: usize = 32 << 20;

/// Variables that are not set, with the places that ask for them.
#[derive(Debug, Default)]
pub struct UnsetVariables {
    uses: IndexMap<String, Uses>,
    produced: usize,
}

/// Where a variable is asked for: the first two places, and how many there are.
#[derive(Debug)]
struct Uses {
    places: Vec<Span>,
    count: usize,
}

impl UnsetVariables {
    fn note(&mut self, name: &str, place: Span) {
        let uses = self.uses.entry(name.to_owned()).or_insert(Uses {
            places: Vec::new(),
            count: 0,
        });
        // The copies of an anchor are one place.
        if !uses.places.contains(&place) {
            uses.count += 1;
            if uses.places.len() < 2 {
                uses.places.push(place);
            }
        }
    }

    /// One warning a variable.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        self.uses
            .iter()
            .map(|(name, Uses { places, count })| {
                let warning =
                    Diagnostic::warning(format!("`{name}` is not set, so it is taken as empty"))
                        .maybe_at(places.first(), "is empty");
                let warning = match (places.get(1), count.saturating_sub(1)) {
                    (Some(second), 1) => warning.related(second, "and here"),
                    (_, 0) => warning,
                    (_, more) => warning.note(format!("the same in {more} other places")),
                };
                warning.fix(format!(
                    "add `{name}=…` to .env, or give it a default: `${{{name}:-…}}`"
                ))
            })
            .collect()
    }
}

/// Puts values into all texts of the tree.
pub fn interpolate(
    node: &mut Node,
    variables: &Variables,
    unset: &mut UnsetVariables,
    problems: &mut Vec<Diagnostic>,
) {
    match &mut node.value {
        Value::Mapping(mapping) => {
            for entry in mapping.values_mut() {
                interpolate(&mut entry.node, variables, unset, problems);
            }
        }
        Value::Sequence(items) => {
            for item in items {
                interpolate(item, variables, unset, problems);
            }
        }
        Value::Scalar(scalar) if scalar.kind == ScalarKind::Text && scalar.text.contains('$') => {
            match template::expand(&scalar.text, &|name| variables.find(name)) {
                Ok(expanded) => {
                    for missing in &expanded.unset {
                        let place = locate(&node.span, &missing.expression);
                        unset.note(&missing.name, place);
                    }
                    unset.produced += expanded.text.len();
                    if unset.produced > LIMIT {
                        let problem = node.error("variables make this manifest far too large", "");
                        problems.push(problem);
                        node.make_broken();
                        return;
                    }
                    *scalar = Scalar::text(expanded.text);
                    node.variables = expanded.variables;
                }
                // Told by whoever needs the answer.
                Err(TemplateError::Required { name, .. }) if variables.is_unanswered(&name) => {
                    *scalar = Scalar::text("");
                    let origin = Origin::Unanswered;
                    node.variables = vec![UsedVariable { name, origin }];
                }
                Err(error) => {
                    problems.push(problem(node, &error));
                    // Empty rather than half expanded: what follows must not report nonsense about it.
                    node.make_broken();
                }
            }
        }
        Value::Scalar(_) => {}
    }
}

fn problem(node: &Node, error: &TemplateError) -> Diagnostic {
    let place = error.expression().map_or_else(
        || node.span.clone(),
        |expression| locate(&node.span, expression),
    );
    let mut diagnostic = Diagnostic::error(error.to_string()).at(&place, "");
    if let Some(via) = &node.via {
        diagnostic = diagnostic.related(via, "used here");
    }
    match error {
        TemplateError::Invalid { .. } => diagnostic
            .note("a variable is written `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}` or `${NAME:+alternative}`")
            .fix("write `$$` for a dollar sign"),
        TemplateError::Required { name, .. } => {
            diagnostic.fix(format!("add `{name}=…` to .env, or set it in the environment"))
        }
        TemplateError::TooDeep | TemplateError::TooLong => diagnostic,
    }
}

/// The part of a scalar's place that holds an expression; the whole place if escapes or folding hide it.
fn locate(span: &Span, expression: &str) -> Span {
    span.text()
        .find(expression)
        .map_or_else(|| span.clone(), |at| span.slice(at, at + expression.len()))
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;
    use crate::source::Source;

    fn run(text: &str) -> (Node, Vec<String>) {
        let mut problems = Vec::new();
        let source = Source::new("a.yaml", text);
        let mut node = yaml::parse(&source, &mut yaml::NODES.clone(), &mut problems).remove(0);
        let process = [("A", "1"), ("B", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let variables = Variables::new(process.into_iter().collect());
        let mut unset = UnsetVariables::default();
        interpolate(&mut node, &variables, &mut unset, &mut problems);
        problems.extend(unset.warnings());
        let problems = problems
            .iter()
            .map(|problem| {
                let place = problem.place.as_ref().expect("a place");
                format!("{} {}", place.span, problem.message)
            })
            .collect();
        (node, problems)
    }

    #[test]
    fn values_become_texts_and_keys_stay() {
        let (node, problems) = run("$A: ${A}0\nn: 5\n");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(node.str("$A"), Some("10"));
        assert_eq!(
            node.get("n")
                .and_then(Node::as_scalar)
                .map(|scalar| scalar.kind),
            Some(ScalarKind::Integer)
        );
    }

    #[test]
    fn warns_once_a_variable_at_the_expression() {
        let (_, problems) = run("a: x$NO\nb: |\n  first\n  ${NO} $OTHER\n");
        assert_eq!(
            problems,
            [
                "a.yaml:1:5 `NO` is not set, so it is taken as empty",
                "a.yaml:4:9 `OTHER` is not set, so it is taken as empty",
            ]
        );
    }

    #[test]
    fn reports_every_bad_expression() {
        let (_, problems) = run("a: ${B:?say b}\nb: \"x${!}\"\n");
        assert_eq!(
            problems,
            [
                "a.yaml:1:4 `B` must be set: say b",
                "a.yaml:2:6 `${!}` is no valid variable expression",
            ]
        );
    }
}
