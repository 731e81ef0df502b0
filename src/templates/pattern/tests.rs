//! What becomes of patterns.

use super::*;
use crate::templates::scope::Facts;

fn scope() -> Scope {
    let database = |service: &str, family: &str| -> Facts {
        [("service", service), ("family", family), ("port", "5432")]
            .into_iter()
            .map(|(key, value)| (key, value.to_owned()))
            .collect()
    };
    let mut scope = Scope::default();
    for (name, text) in [
        ("name", "db"),
        ("version", "17"),
        ("secret", "it's: \"#1\""),
        ("empty", ""),
        ("no", "~"),
    ] {
        scope.set(name, Value::Text(text.to_owned()));
    }
    scope.set("database", Value::Service(database("main", "postgres")));
    scope.set(
        "databases",
        Value::Services(vec![
            database("main", "postgres"),
            database("cache", "redis"),
        ]),
    );
    scope
}

fn filled(text: &str, yaml: bool) -> String {
    let source = Source::new("t.yaml", text);
    let mut problems = Vec::new();
    let pattern = if yaml {
        Pattern::yaml(&source, &mut problems)
    } else {
        Pattern::plain(&source, &mut problems)
    };
    let filled = pattern.fill(&scope(), &mut problems);
    assert_eq!(problems, []);
    filled.text
}

fn problems(text: &str) -> Vec<String> {
    let source = Source::new("t.yaml", text);
    let mut problems = Vec::new();
    let pattern = Pattern::yaml(&source, &mut problems);
    let known = [
        ("name", Kind::Text),
        ("version", Kind::Text),
        ("database", Kind::Service),
        ("databases", Kind::List),
    ];
    pattern.check(&known, &["service", "port", "password"], &mut problems);
    if problems.is_empty() {
        pattern.fill(&scope(), &mut problems);
    }
    problems
        .iter()
        .map(|problem| {
            let place = problem.place.as_ref().expect("it has a place");
            format!("{} {}", place.span, problem.message)
        })
        .collect()
}

#[test]
fn placeholders_get_the_quotes_that_they_need() {
    assert_eq!(
        filled(
            "((name)): # the ((name))\n  a: postgres:((version))\n  b: ((secret))\n  c: '((secret))'\n  d: \"((secret))\"\n  e: [((name)), ((secret)), ((version))]\n  f: ((empty))\n  g: ((no))\n  h: |\n    x ((secret))\n  i: $((version)) (( name ))\n",
            true
        ),
        "db: # the db\n  a: postgres:17\n  b: \"it's: \\\"#1\\\"\"\n  c: 'it''s: \"#1\"'\n  d: \"it's: \\\"#1\\\"\"\n  e: [db, \"it's: \\\"#1\\\"\", 17]\n  f: \"\"\n  g: \"~\"\n  h: |\n    x it's: \"#1\"\n  i: $((version)) (( name ))\n"
    );
}

#[test]
fn lines_are_repeated_and_left_out() {
    assert_eq!(
        filled(
            "a:\n  # ((for x in databases))\n  - ((x.service))\n  # ((when x.family is redis))\n  - redis at ((x.port))\n  # ((end))\n  # ((end))\nb: 1\n",
            true
        ),
        "a:\n  - main\n  - cache\n  - redis at 5432\nb: 1\n"
    );
}

#[test]
fn any_text_can_be_filled_with_the_comments_of_its_language() {
    assert_eq!(
        filled(
            "{\n((when version is 18))\n  \"x\": 1,\n((end))\n// ((when version))\n  \"((name))\": 2\n// ((end))\n}",
            false
        ),
        "{\n  \"db\": 2\n}"
    );
    assert_eq!(
        filled("<!-- ((when empty)) -->\nx\n<!-- ((end)) -->\ny\n", false),
        "y\n"
    );
}

#[test]
fn every_line_knows_where_it_came_from() {
    let source = Source::new("t.yaml", "a\n# ((for x in databases))\nb\n# ((end))\nc\n");
    let pattern = Pattern::plain(&source, &mut Vec::new());
    assert_eq!(pattern.fill(&scope(), &mut Vec::new()).lines, [1, 3, 3, 5]);
}

#[test]
fn whatever_is_wrong_is_told_with_its_place() {
    assert_eq!(
        problems(
            "a: ((nmae))\nb: ((database.prot)) ((databases)) ((name.port))\n# ((for x in name))\n# ((end))\n"
        ),
        [
            "t.yaml:1:4 nothing here is called `nmae`",
            "t.yaml:2:4 a service has no `prot`",
            "t.yaml:2:22 `databases` cannot be used like this",
            "t.yaml:2:36 `name` cannot be used like this",
            "t.yaml:3:1 `name` cannot be used like this",
        ]
    );
    assert_eq!(
        problems("# ((end))\n  # ((for x of y))\n# ((when a == b))\n"),
        [
            "t.yaml:1:1 this ends nothing that has begun",
            "t.yaml:2:3 this says not what to go through",
            "t.yaml:3:1 this is no condition",
            "t.yaml:3:1 this begins and never ends",
            "t.yaml:2:3 this begins and never ends",
        ]
    );
    assert_eq!(
        problems("a: ((database.password))\n"),
        ["t.yaml:1:4 the password of `main` is not known from the manifest"]
    );
}

#[test]
fn loops_within_each_other_do_not_go_on_for_ever() {
    let depth = 40;
    let text = format!(
        "{}{}",
        "# ((for x in databases))\n".repeat(depth),
        "# ((end))\n".repeat(depth)
    );
    let problems = problems(&text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].ends_with("this repeats itself too often"),
        "{problems:?}"
    );
}
