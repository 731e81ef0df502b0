//! `validate` and `config`.

use crate::fixture::{Folder, finish};

const SHOP: &str = "\
name: shop
services:
  db:
    image: postgres:17
    volumes: [\"data:/var/lib/postgresql/data\"]
  api:
    image: busybox:1
    depends_on: [db]
volumes: { data: {} }
";

#[test]
fn a_good_manifest_is_told_to_be_good() {
    let (code, stdout, stderr) = Folder::with(SHOP).run(&["validate"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert_eq!(stderr, "✓ shop (2 services): no problems\n");
}

#[test]
fn every_problem_is_shown_in_one_go_and_counted() {
    let folder = Folder::with(
        "name: shop\nservices:\n  db:\n    imge: postgres:17\n    image: postgres:17\n  api:\n    image: x\n    ports: [\"80:x\"]\n",
    );
    let (code, stdout, stderr) = folder.run(&["validate"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains(" --> devstack.yaml:4:5\n"), "{stderr}");
    assert!(stderr.contains("fix: did you mean `image`?"), "{stderr}");
    assert!(stderr.contains(" --> devstack.yaml:8:13\n"), "{stderr}");
    assert!(stderr.ends_with("✗ 2 errors\n"), "{stderr}");
}

#[test]
fn problems_come_as_json_too() {
    let (code, stdout, stderr) =
        Folder::with("services:\n  db: { imge: x }\n").run(&["validate", "--format", "json"]);
    assert_eq!((code, stderr.as_str()), (2, ""));
    let answer: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(answer["valid"], false);
    let places: Vec<_> = answer["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|problem| problem["place"]["span"]["line"].clone())
        .collect();
    assert!(places.contains(&serde_json::json!(2)), "{stdout}");
}

#[test]
fn a_missing_manifest_says_what_was_looked_for() {
    for command in ["validate", "config", "plan", "up"] {
        let (code, _, stderr) = Folder::new().run(&[command]);
        assert_eq!(code, 2, "{command}");
        assert!(
            stderr.contains("there is no manifest in "),
            "{command}: {stderr}"
        );
        assert!(stderr.contains("docker-compose.yml"), "{command}: {stderr}");
    }
}

#[test]
fn config_gives_a_manifest_that_means_the_same() {
    let folder = Folder::with(SHOP);
    let (code, yaml, stderr) = folder.run(&["config"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (_, json, _) = folder.run(&["config", "--format", "json"]);
    let from_yaml: serde_json::Value = serde_yaml::from_str(&yaml).expect("YAML");
    let from_json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(from_yaml, from_json);
    assert_eq!(from_json["name"], "shop");
    assert_eq!(from_json["services"]["db"]["image"], "postgres:17");
}

#[test]
fn config_lists_names() {
    let folder = Folder::with(SHOP);
    for (flag, list) in [
        ("--services", "db\napi\n"),
        ("--images", "busybox:1\npostgres:17\n"),
        ("--volumes", "data\n"),
    ] {
        let (code, stdout, stderr) = folder.run(&["config", flag]);
        assert_eq!(
            (code, stdout.as_str(), stderr.as_str()),
            (0, list, ""),
            "{flag}"
        );
    }
}

#[test]
fn a_file_may_be_named_by_flag_or_variable() {
    let folder = Folder::new();
    folder.write("other.yaml", "name: other\nservices: { a: { image: x } }\n");
    let (_, by_flag, _) = folder.run(&["-f", "other.yaml", "config", "--services"]);
    assert_eq!(by_flag, "a\n");
    let mut command = folder.devstack(&["config", "--services"]);
    let (_, by_variable, _) = finish(command.env("DEVSTACK_FILE", "other.yaml"));
    assert_eq!(by_variable, "a\n");
}

#[test]
fn a_manifest_may_come_on_standard_input() {
    let folder = Folder::new();
    folder.write(".env", "TAG=7\n");
    let piped = |arguments: &[&str], text: &str| {
        let mut command = folder.devstack(arguments);
        finish(command.write_stdin(text))
    };
    let (code, images, stderr) = piped(
        &["-f", "-", "config", "--images"],
        "services: { a: { image: \"redis:${TAG}\" } }\n",
    );
    assert_eq!(
        (code, images.as_str(), stderr.as_str()),
        (0, "redis:7\n", "")
    );
    // Its paths start from where one is, and it may be one file of several.
    folder.write("a.env", "A=1\n");
    folder.write(
        "base.yaml",
        "services: { a: { image: x, hostname: one } }\n",
    );
    let (code, json, _) = piped(
        &["-f", "base.yaml", "-f", "-", "config", "--format", "json"],
        "services: { a: { hostname: two, env_file: a.env } }\n",
    );
    let model: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(code, 0);
    assert_eq!(model["services"]["a"]["hostname"], "two");
    assert_eq!(model["services"]["a"]["environment"]["A"], "1");
}

#[test]
fn problems_on_standard_input_have_their_place() {
    let folder = Folder::new();
    let run = |text: Vec<u8>| {
        let mut command = folder.devstack(&["-f", "-", "validate"]);
        finish(command.write_stdin(text))
    };
    let (code, _, stderr) = run(b"services:\n  a: { imge: x }\n".to_vec());
    assert_eq!(code, 2);
    assert!(stderr.contains(" --> <stdin>:2:8\n"), "{stderr}");
    for (text, problem) in [
        (Vec::new(), "`<stdin>` is empty"),
        (b"a: \xff".to_vec(), "`<stdin>` is not UTF-8 text: line 1"),
        (
            vec![b'#'; (8 << 20) + 1],
            "`<stdin>` is larger than 8 MB, and no more is read",
        ),
    ] {
        let (code, _, stderr) = run(text);
        assert_eq!(code, 2);
        assert!(stderr.contains(problem), "{stderr}");
    }
}

#[test]
fn config_prints_the_hashes_that_compose_prints() {
    let folder = Folder::new();
    folder.write(
        "compose.yaml",
        "services:\n  b: { image: x, network_mode: none }\n  a: { build: ., network_mode: none, hostname: \"a<b>\", cpus: 0.1 }\n",
    );
    let (b, a) = (
        "b fa20853724571420c95893478b6c90c02b3478d444ede888a8b66d867a9bb9f4\n",
        "a dbcc8d03c274bf3b0a40545ee47f0840b2fd42daf7a29266392eb376166c338a\n",
    );
    for (wanted, lines) in [
        ("*", format!("{a}{b}")),
        ("b", b.to_owned()),
        ("b,a", format!("{a}{b}")),
    ] {
        let (code, stdout, stderr) = folder.run(&["config", "--hash", wanted]);
        assert_eq!((code, stdout, stderr.as_str()), (0, lines, ""), "{wanted}");
    }
    let (code, _, stderr) = folder.run(&["config", "--hash", "bb"]);
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "error: there is no service `bb`\n  fix: did you mean `b`?\n"
    );
}

#[test]
fn an_unknown_service_is_told_with_the_nearest() {
    let (code, _, stderr) = Folder::with(SHOP).run(&["plan", "dbb"]);
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "error: there is no service `dbb`\n  fix: did you mean `db`?\n"
    );
}

#[test]
fn output_that_nobody_reads_any_more_is_no_failure() {
    let folder = Folder::with(SHOP);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_devstack"));
    let output = command
        .arg("config")
        .current_dir(folder.path())
        .stdout(writer)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let folder = Folder::with(SHOP);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_devstack"));
    let output = command
        .arg("config")
        .current_dir(folder.path())
        .stdout(full)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.starts_with("error: the output cannot be written"),
        "{stderr}"
    );
}
