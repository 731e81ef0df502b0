//! What YAML texts become, and what is said of wrong ones.

use super::*;

fn read(text: &str) -> (Vec<Node>, Vec<String>) {
    let source = Source::new("a.yaml", text);
    let mut problems = Vec::new();
    let documents = parse(&source, &mut NODES.clone(), &mut problems);
    let problems = problems
        .iter()
        .map(|problem| {
            let place = problem.place.as_ref().expect("a place");
            format!("{} {}", place.span, problem.message)
        })
        .collect();
    (documents, problems)
}

fn one(text: &str) -> Node {
    let (mut documents, problems) = read(text);
    assert_eq!(problems, Vec::<String>::new());
    documents.pop().expect("a document")
}

#[test]
fn keeps_the_text_of_scalars_and_their_places() {
    let root = one("a: 1.10\nb: '1'\nc: |\n  x\n  y\n");
    let a = root.get("a").expect("a");
    assert_eq!(a.as_scalar().expect("scalar").kind, ScalarKind::Float);
    assert_eq!(a.as_str(), Some("1.10"));
    assert_eq!(a.span.to_string(), "a.yaml:1:4");
    assert_eq!(a.span.text(), "1.10");
    assert_eq!(
        root.get("b").and_then(Node::as_scalar),
        Some(&Scalar::text("1"))
    );
    assert_eq!(root.str("c"), Some("x\ny\n"));
}

#[test]
fn an_alias_keeps_both_places() {
    let root = one("a: &x { k: v }\nb: *x\n");
    let k = root.get("b").and_then(|b| b.get("k")).expect("k");
    assert_eq!(k.span.to_string(), "a.yaml:1:12");
    assert_eq!(k.via.as_ref().expect("via").to_string(), "a.yaml:2:4");
}

#[test]
fn merge_keys_give_way_to_explicit_ones_and_the_first_wins() {
    let root =
        one("x: &x { a: 1, b: 1 }\ny: &y { b: 2, c: 2, d: 2 }\nz:\n  <<: [*x, *y]\n  d: 3\n");
    let z = root.get("z").expect("z");
    let values: Vec<_> = ["a", "b", "c", "d"].map(|key| z.str(key)).into();
    assert_eq!(values, [Some("1"), Some("1"), Some("2"), Some("3")]);
}

#[test]
fn reports_every_duplicate_with_both_places() {
    let (_, problems) = read("a: 1\na: 2\nb:\n  c: 1\n  c: 2\n");
    assert_eq!(
        problems,
        [
            "a.yaml:2:1 `a` stands here twice",
            "a.yaml:5:3 `c` stands here twice"
        ]
    );
}

#[test]
fn reads_merge_tags() {
    let root = one("a: !reset null\nb: !override [x]\nc: !reset {}\n");
    assert_eq!(
        root.as_mapping().expect("map")["a"].node.tag,
        Some(MergeTag::Reset)
    );
    assert_eq!(root.get("b").expect("b").tag, Some(MergeTag::Override));
    assert_eq!(root.get("c").expect("c").tag, Some(MergeTag::Reset));
}

#[test]
fn explains_tabs_kindly() {
    let (_, problems) = read("services:\n\tdb: 1\n");
    assert_eq!(
        problems,
        ["a.yaml:2:1 a tab is used for indentation, and YAML takes only spaces"]
    );
}

#[test]
fn an_alias_bomb_is_refused_quickly() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for i in 1..20 {
        let previous = format!("*a{}", i - 1);
        let items = vec![previous; 9].join(",");
        text = format!("{text}a{i}: &a{i} [{items}]\n");
    }
    let (_, problems) = read(&text);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].ends_with("this manifest is far too large"));
}

#[test]
fn a_file_of_very_many_values_is_refused() {
    let (_, problems) = read(&format!("a: [{}]\n", "x,".repeat(NODES)));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].ends_with("this manifest is far too large"));
}

#[test]
fn an_alias_of_a_large_text_is_refused() {
    let text = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        vec!["*a"; 1000].join(",")
    );
    let (_, problems) = read(&text);
    assert!(problems[0].ends_with("aliases make this file far too large"));
}

#[test]
fn deep_nesting_is_refused_in_flow_and_block() {
    let (_, problems) = read(&"[".repeat(100_000));
    assert!(problems[0].contains("nested more than"), "{problems:?}");
    let lines: Vec<String> = (0..5000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let deep = lines.concat();
    let (_, problems) = read(&deep);
    assert!(problems[0].contains("nested more than"), "{problems:?}");
    let (_, problems) = read(&"- ".repeat(100_000));
    assert!(problems[0].contains("nested more than"), "{problems:?}");
}

#[test]
fn names_an_alias_without_anchor_and_goes_on() {
    let (_, problems) = read("a: *nope\nb: 1\nb: 2\n");
    assert_eq!(
        problems,
        [
            "a.yaml:1:4 there is no anchor `&nope` above this alias",
            "a.yaml:3:1 `b` stands here twice"
        ]
    );
}

#[test]
fn reads_several_documents_and_skips_empty_ones() {
    let (documents, _) = read("---\na: 1\n---\n---\nb: 2\n");
    assert_eq!(documents.len(), 2);
}
