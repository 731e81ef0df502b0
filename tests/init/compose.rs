//! A Compose file is kept and gets what it lacks.

use crate::folder::Folder;
use crate::terminal::{DOWN, ENTER, SPACE, Terminal};

const FILE: &str = "docker-compose.yml";

/// The lines of `after` that are not lines of `before`; every line of `before` must be there, byte by byte and in order.
#[track_caller]
fn added(before: &str, after: &str) -> Vec<String> {
    let mut old = before.split_inclusive('\n').peekable();
    let mut new = Vec::new();
    for line in after.split_inclusive('\n') {
        if old.peek() == Some(&line) {
            old.next();
        } else {
            new.push(line.trim_end().to_owned());
        }
    }
    assert_eq!(old.next(), None, "it is gone from\n{after}");
    new
}

#[test]
fn a_compose_file_keeps_every_byte_and_is_ready_with_its_data_at_the_first_up() {
    let folder = Folder::of("compose");
    let before = folder.text(FILE);
    folder.succeeds(&["init", "--yes"]);
    let new = added(&before, &folder.text(FILE));
    assert_eq!(
        new,
        [
            "    x-devstack:",
            "      seed: # applied in this order, once per content",
            "        - db/schema.sql",
            "        - db/products.sql",
            "    x-devstack:",
            "      ready: { http: /healthz, port: 8000 } # the route is in api/app.py",
            "      open: /",
        ]
    );
    assert!(!folder.path().join("devstack.yaml").exists());

    folder.succeeds(&["-p", folder.name(), "up"]);
    let query = [
        "psql",
        "-U",
        "shop",
        "-Atc",
        "SELECT count(*) FROM products",
    ];
    assert_eq!(folder.inside("postgres", &query), "2\n");

    // There is nothing to add a second time.
    let extended = folder.text(FILE);
    let (code, _, stderr) = folder.run(&["init", "--yes"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("docker-compose.yml needs nothing"),
        "{stderr}"
    );
    assert_eq!(folder.text(FILE), extended);
}

#[test]
fn what_is_not_ticked_is_not_added() {
    let folder = Folder::of("compose");
    let before = folder.text(FILE);
    let mut terminal = Terminal::start(&folder, &["init"]);
    terminal.asks("What is it seeded with");
    terminal.press(&[DOWN, SPACE, ENTER]);
    terminal.asks("Which services are asked by HTTP");
    terminal.press(&[SPACE, ENTER]);
    terminal.asks("Write docker-compose.yml?");
    terminal.press(&[ENTER]);
    assert_eq!(terminal.ends(), 0);
    let new = added(&before, &folder.text(FILE));
    assert_eq!(
        new.last().map(String::as_str),
        Some("        - db/schema.sql")
    );
    assert_eq!(new.len(), 3, "{new:?}");
}

#[test]
fn ctrl_c_in_any_question_leaves_the_file_alone() {
    let questions = [
        "What is it seeded with",
        "Which services are asked by HTTP",
        "Write docker-compose.yml?",
    ];
    for last in 0..questions.len() {
        let folder = Folder::of("compose");
        let before = (folder.text(FILE), folder.content());
        let mut terminal = Terminal::start(&folder, &["init"]);
        for (index, question) in questions[..=last].iter().enumerate() {
            terminal.asks(question);
            if index < last {
                terminal.press(&[ENTER]);
            }
        }
        terminal.interrupt();
        terminal.shows_the_cursor();
        assert_eq!(terminal.ends(), 130, "{}", questions[last]);
        assert_eq!((folder.text(FILE), folder.content()), before);
    }
}

#[test]
fn flags_answer_for_a_compose_file_too() {
    let folder = Folder::of("compose");
    let before = folder.text(FILE);
    for (arguments, said) in [
        (
            &["--seeds=none"][..],
            "fix: answer with `--ready LIST` or `--yes`",
        ),
        (
            &["--ready=none"][..],
            "fix: answer with `--seeds LIST` or `--yes`",
        ),
        (
            &["--seeds=none", "--ready=ap"][..],
            "fix: did you mean `api`?",
        ),
        (
            &["--yes", "--services=redis"][..],
            "`--services` has no use here",
        ),
    ] {
        let (code, _, stderr) = folder.run(&[&["init"][..], arguments].concat());
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    let printed = folder.succeeds(&["init", "--print", "--seeds=none", "--ready=api"]);
    assert_eq!(added(&before, &printed).len(), 3);
    assert_eq!(folder.text(FILE), before);
}

#[test]
fn a_broken_compose_file_is_told_and_left() {
    let folder = Folder::of("compose");
    folder.write(FILE, "services:\n  db:\n    imag: postgres\n");
    let (code, _, stderr) = folder.run(&["init", "--yes"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("docker-compose.yml:3:5"), "{stderr}");
    assert_eq!(folder.text(FILE), "services:\n  db:\n    imag: postgres\n");
}

#[test]
fn a_template_begins_a_manifest_or_goes_into_the_compose_file() {
    let folder = Folder::empty();
    folder.succeeds(&["init", "--template", "postgres", "--yes"]);
    let manifest = folder.text("devstack.yaml");
    assert!(manifest.contains("image: postgres:"), "{manifest}");
    assert_eq!(folder.text(".devstack/.gitignore"), "*\n");
    folder.succeeds(&["validate"]);

    let folder = Folder::of("compose");
    let before = folder.text(FILE);
    folder.succeeds(&["init", "--template", "mailpit", "--yes"]);
    let new = added(&before, &folder.text(FILE));
    let [gap, name, image, .., volumes, volume] = new.as_slice() else {
        panic!("{new:?}");
    };
    assert_eq!(
        [gap, name, volumes, volume],
        ["", "  mail:", "volumes:", "  mail-data: {}"]
    );
    assert!(image.starts_with("    image: axllent/mailpit:"), "{new:?}");
    assert!(!folder.path().join("devstack.yaml").exists());
    folder.succeeds(&["validate"]);
}
