//! What devstack says to databases in their own protocols, and what they answer.

use devstack::catalog::{Heard, Proof};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::lab::{Lab, image};

/// Talks to the end, as what the catalogue knows of the container.
async fn talk(lab: &Lab, proof: Proof) -> Heard {
    let family = lab.family().expect("a known image");
    let made = family.conversation(proof, lab.facts(), "fyko");
    let mut conversation = made.expect("it knows the protocol");
    let port = family.port(lab.facts());
    let mut stream = TcpStream::connect((lab.address().await, port))
        .await
        .expect("it listens");
    let opening = conversation.opening();
    stream.write_all(&opening).await.expect("said");
    let mut heard = Vec::new();
    loop {
        match conversation.hear(&mut heard) {
            Heard::More => assert_ne!(stream.read_buf(&mut heard).await.expect("heard"), 0),
            Heard::Say(words) => stream.write_all(&words).await.expect("said"),
            end => return end,
        }
    }
}

#[tokio::test]
async fn postgres_is_logged_into_however_it_asks_for_the_password() {
    for method in ["scram-sha-256", "password", "trust"] {
        let lab = image("postgres:17")
            .env("POSTGRES_USER", "shop")
            .env("POSTGRES_PASSWORD", "p'w \\ =,")
            .env("POSTGRES_DB", "orders")
            .env("POSTGRES_HOST_AUTH_METHOD", method)
            .start()
            .await;
        lab.ready().await;
        assert_eq!(talk(&lab, Proof::Serves).await, Heard::Proved, "{method}");
        assert_eq!(talk(&lab, Proof::Listens).await, Heard::Proved, "{method}");
    }
}

#[tokio::test]
async fn a_password_that_only_the_container_knows_is_left_to_a_command_there() {
    let lab = image("postgres:17")
        .env("POSTGRES_PASSWORD_FILE", "/pw")
        .file("/pw", "secret\n")
        .start()
        .await;
    lab.ready().await;
    assert_eq!(talk(&lab, Proof::Serves).await, Heard::CannotTell);
    assert_eq!(talk(&lab, Proof::Listens).await, Heard::Proved);
    let lab = image("redis:8")
        .file("/etc/redis.conf", "requirepass secret\n")
        .command(&["redis-server", "/etc/redis.conf", "--bind", "0.0.0.0"])
        .start()
        .await;
    lab.ready().await;
    assert_eq!(talk(&lab, Proof::Serves).await, Heard::CannotTell);
    assert_eq!(talk(&lab, Proof::Listens).await, Heard::Proved);
}

#[tokio::test]
async fn redis_is_asked_with_its_password_or_without() {
    let with = ["redis-server", "--requirepass", "p w"];
    for command in [&with[..], &with[..1]] {
        let lab = image("redis:8").command(command).start().await;
        lab.ready().await;
        assert_eq!(talk(&lab, Proof::Serves).await, Heard::Proved);
    }
    // A password that the server does not want.
    let lab = image("redis:8").env("REDIS_PASSWORD", "x").start().await;
    lab.ready().await;
    assert_eq!(talk(&lab, Proof::Serves).await, Heard::Proved);
}
