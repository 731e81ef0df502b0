//! Seeds of Redis and Valkey: one command a line.

use std::fmt::Write as _;

use devstack::seed::{SeedFailure, SeedProblem};

use crate::lab::{Lab, image, seed_file};

async fn server(name: &str, command: &[&str]) -> Lab {
    let lab = image(name).command(command).start().await;
    lab.ready().await;
    lab
}

/// The place of an error, and the server's message.
fn error(failure: &SeedFailure) -> (String, String) {
    match &failure.problem {
        SeedProblem::Statement { error, place } => (
            place.as_ref().map(ToString::to_string).unwrap_or_default(),
            error.message.clone(),
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn commands_are_applied_with_quotes_and_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, command, client) in [
        (
            "redis:8",
            &["redis-server", "--requirepass", "p w é"][..],
            "REDISCLI_AUTH='p w é' redis-cli --raw",
        ),
        (
            "valkey/valkey:8",
            &["valkey-server"][..],
            "valkey-cli --raw",
        ),
    ] {
        let lab = server(name, command).await;
        let text = "# a cache\n\nSET greeting \"hello\\tworld\"\r\nSET 'a b' it\\x\nSELECT 1\nSET é \"\\xff\"\nMULTI\nINCR n\nINCR n\nEXEC\nHELLO 3\nHSET h a 1 b 2\nHGETALL h\nEVAL \"return {1, {2, 'x'}}\" 0";
        let seed = seed_file(folder.path(), "cache.redis.gz", text).await;
        lab.seed(&[seed])
            .await
            .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
        assert_eq!(
            lab.ask(&format!("{client} get greeting")).await,
            "hello\tworld"
        );
        assert_eq!(lab.ask(&format!("{client} get 'a b'")).await, "it\\x");
        assert_eq!(lab.ask(&format!("{client} -n 1 get n")).await, "2");
        assert_eq!(lab.ask(&format!("{client} -n 1 strlen é")).await, "1");
    }
}

#[tokio::test]
async fn a_command_that_fails_is_shown_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = server("redis:8", &["redis-server"]).await;
    let mut lines: Vec<String> = (1..=9000)
        .map(|number| format!("SET key:{number} value"))
        .collect();
    lines[2] = "# a comment".to_owned();
    "INCR key:1".clone_into(&mut lines[6999]);
    let seed = seed_file(folder.path(), "cache.redis.zst", &lines.join("\n")).await;
    let failure = lab.seed(&[seed]).await.expect_err("no number");
    assert_eq!(
        error(&failure),
        (
            "cache.redis.zst:7000:1".to_owned(),
            "ERR value is not an integer or out of range".to_owned()
        )
    );
    for (text, place, words) in [
        (
            "SET a 1\nNONSENSE x\n",
            "wrong.redis:2:1",
            "ERR unknown command",
        ),
        (
            "SET a 1\n\nSET \"a 2\n",
            "wrong.redis:3:1",
            "a quote is not closed",
        ),
        (
            "SET a 1\nMONITOR\n",
            "wrong.redis:2:1",
            "`MONITOR` cannot be a part of a seed",
        ),
        (
            "SET a x\nMULTI\nINCR a\nEXEC\n",
            "wrong.redis:4:1",
            "ERR value is not an integer",
        ),
    ] {
        let seed = seed_file(folder.path(), "wrong.redis", text).await;
        let (at, message) = error(&lab.seed(&[seed]).await.expect_err("wrong"));
        assert_eq!(at, place);
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn large_values_and_many_commands_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = server("valkey/valkey:8", &["valkey-server"]).await;
    let mut text = format!("SET large {}\nGET large\n", "x".repeat(8 << 20)).repeat(3);
    for number in 0..200_000 {
        writeln!(text, "SET key:{number} value:{number}").expect("a string takes it");
    }
    let seed = seed_file(folder.path(), "many.redis", &text).await;
    lab.seed(&[seed]).await.expect("applied");
    assert_eq!(lab.ask("valkey-cli dbsize").await, "200001");
    // The relay is over.
    while lab
        .ask("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
        .await
        .contains("/dev/tcp/")
    {}
}

#[tokio::test]
async fn a_server_that_goes_away_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = server(
        "redis:8",
        &["redis-server", "--enable-debug-command", "yes"],
    )
    .await;
    let text = format!(
        "SET a 1\nCLIENT KILL TYPE normal SKIPME no\n{}",
        "SET a 1\n".repeat(200_000)
    );
    let seed = seed_file(folder.path(), "a.redis", &text).await;
    let failure = lab.seed(&[seed]).await.expect_err("gone");
    let (_, message) = error(&failure);
    assert!(message.contains("closed the connection"), "{message}");
}

#[tokio::test]
async fn a_wrong_password_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = server("redis:8", &["redis-server", "--requirepass", "old"]).await;
    lab.ask("REDISCLI_AUTH=old redis-cli config set requirepass new")
        .await;
    let seed = seed_file(folder.path(), "a.redis", "SET a 1").await;
    let (_, message) = error(&lab.seed(&[seed]).await.expect_err("refused"));
    assert!(message.starts_with("WRONGPASS"), "{message}");
}
