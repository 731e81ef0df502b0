//! The flags that answer the questions.

use crate::folder::Folder;

#[test]
fn without_a_terminal_the_flag_that_answers_is_named() {
    let folder = Folder::of("plain-python");
    let before = folder.content();
    let answers = [
        "-p=shop",
        "--services=postgres",
        "--apps=app",
        "--seeds=none",
    ];
    let flags = [
        "-p NAME",
        "--services LIST",
        "--apps LIST",
        "--seeds LIST",
        "--yes",
    ];
    for (given, flag) in flags.into_iter().enumerate() {
        let arguments = [&["init"][..], &answers[..given]].concat();
        let (code, _, stderr) = folder.run(&arguments);
        assert_eq!(code, 2, "{stderr}");
        assert!(
            stderr.contains(&format!("fix: answer with `{flag}`")),
            "{flag}: {stderr}"
        );
    }
    assert_eq!(folder.content(), before);
}

#[test]
fn a_manifest_that_is_there_is_not_touched() {
    for name in ["devstack.yaml", "devstack.yml"] {
        let folder = Folder::of("plain-python");
        folder.write(name, "# mine\nservices: {}\n");
        let (code, _, stderr) = folder.run(&["init", "--yes"]);
        assert_eq!(code, 2, "{stderr}");
        assert!(
            stderr.contains(&format!("there is a {name} already")),
            "{stderr}"
        );
        assert_eq!(folder.text(name), "# mine\nservices: {}\n");
    }
}

#[test]
fn print_writes_nothing() {
    let folder = Folder::of("plain-python");
    let before = folder.content();
    let printed = folder.succeeds(&["init", "--print"]);
    assert!(printed.contains("image: postgres:17"), "{printed}");
    assert_eq!(folder.content(), before);
}

#[test]
fn a_name_that_there_is_not_comes_with_the_nearest_one() {
    let folder = Folder::of("plain-python");
    for (flag, said) in [
        (
            "--services=postgrs",
            "there is no server `postgrs`\n  fix: did you mean `postgres`?",
        ),
        (
            "--apps=ap",
            "there is no application `ap`\n  fix: did you mean `app`?",
        ),
        (
            "--seeds=db/schem.sql",
            "there is no seed `db/schem.sql`\n  fix: did you mean `db/schema.sql`?",
        ),
        ("--services=redis:", "`` is no version"),
    ] {
        let (code, _, stderr) = folder.run(&["init", "--yes", flag]);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(said), "{flag}: {stderr}");
    }
}

#[test]
fn an_empty_folder_is_told_what_to_name() {
    let folder = Folder::empty();
    let (code, _, stderr) = folder.run(&["init", "--yes"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("there is nothing to bring up"), "{stderr}");
    folder.succeeds(&["init", "--yes", "--services", "postgres,redis:7"]);
    assert!(folder.text("devstack.yaml").contains("image: redis:7"));
}
