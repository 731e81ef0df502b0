//! The questions on a terminal.

use crate::folder::Folder;
use crate::terminal::{DOWN, ENTER, SPACE, Terminal, UP};

/// What is asked about `plain-python`, in order.
const QUESTIONS: [&str; 7] = [
    "What is the stack called?",
    "Which servers does it need?",
    "Which version of postgres?",
    "Which version of redis?",
    "Which applications run in containers?",
    "What is it seeded with",
    "Write devstack.yaml?",
];

#[test]
fn ctrl_c_in_any_question_leaves_the_terminal_as_it_was_and_writes_nothing() {
    for last in 0..QUESTIONS.len() {
        let folder = Folder::of("plain-python");
        let before = folder.content();
        let mut terminal = Terminal::start(&folder, &["init"]);
        for (index, question) in QUESTIONS[..=last].iter().enumerate() {
            terminal.asks(question);
            if index < last {
                terminal.press(&[ENTER]);
            }
        }
        terminal.interrupt();
        terminal.shows_the_cursor();
        assert_eq!(terminal.ends(), 130, "{}", QUESTIONS[last]);
        assert_eq!(folder.content(), before, "{}", QUESTIONS[last]);
    }
}

#[test]
fn enter_at_every_question_takes_what_is_proposed() {
    let folder = Folder::of("plain-python");
    let mut terminal = Terminal::start(&folder, &["init"]);
    for question in QUESTIONS {
        terminal.asks(question);
        terminal.press(&[ENTER]);
    }
    terminal.says("bring it up: `devstack up`");
    assert_eq!(terminal.ends(), 0);
    let asked = folder.text("devstack.yaml");
    assert_eq!(folder.text(".devstack/.gitignore"), "*\n");

    std::fs::remove_file(folder.path().join("devstack.yaml")).expect("it is there");
    folder.succeeds(&["init", "--yes"]);
    assert_eq!(folder.text("devstack.yaml"), asked);
}

#[test]
fn no_at_the_end_writes_nothing() {
    let folder = Folder::of("plain-python");
    let before = folder.content();
    let arguments = "init -p shop --services postgres --apps none --seeds none";
    let mut terminal = Terminal::start(&folder, &[arguments]);
    terminal.asks("Write devstack.yaml?");
    terminal.press(&["n"]);
    terminal.says("nothing was written");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(folder.content(), before);
}

#[test]
fn a_stack_put_together_with_arrows_is_ready_at_the_first_up() {
    let folder = Folder::of("plain-python");
    let mut terminal = Terminal::start(&folder, &["init", "up"]);
    terminal.asks(QUESTIONS[0]);
    terminal.press(&[folder.name(), ENTER]);
    terminal.asks(QUESTIONS[1]);
    // Valkey, six below, in the place of Redis.
    terminal.press(&[DOWN, SPACE]);
    terminal.press(&[DOWN; 6]);
    terminal.press(&[SPACE, ENTER]);
    terminal.asks(QUESTIONS[2]);
    terminal.press(&[DOWN, UP, ENTER]);
    terminal.asks("Which version of valkey?");
    terminal.press(&[ENTER]);
    for question in &QUESTIONS[4..] {
        terminal.asks(question);
        terminal.press(&[ENTER]);
    }
    assert_eq!(terminal.ends(), 0);
    let answer = folder.get("app", 8100, "/");
    assert!(answer.ends_with("visit 1 in corner\n"), "{answer}");
    let database = ["psql", "-h", "127.0.0.1", "-U", "corner", "-Atc"];
    let count = [&database[..], &["SELECT count(*) FROM visits"]].concat();
    let with_password = [&["env", "PGPASSWORD=corner"][..], &count].concat();
    assert_eq!(folder.inside("db", &with_password), "2\n");
}
