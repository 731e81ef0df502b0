//! A database's first initialisation runs a temporary server. What is ready too early shows here.

use devstack::stack::Check;
use futures_util::StreamExt as _;

use crate::lab::{LONG, Lab, Recipe, image};

/// How often each database is started.
const TIMES: usize = 20;
/// So many at once: more would only wait for each other on two cores.
const AT_ONCE: usize = 3;

/// Starts a database again and again, waits, and asks it the moment it is ready.
///
/// `naive` is the check that many Compose files have, over the unix socket. It must hold before the database is really
/// ready at least once, or this test would not show anything.
async fn never_too_early(recipe: fn() -> Recipe, naive: &'static str, question: &'static str) {
    let runs = futures_util::stream::iter(0..TIMES).map(|_| async move {
        let lab = recipe().start().await;
        let fooled = fooled(&lab, naive);
        let family = lab.family().expect("known").name();
        let checks = [Check::Family(family)];
        let ready = async {
            lab.wait(&checks, LONG)
                .await
                .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
            let address = lab.address().await;
            let line = question.replace("ADDRESS", &address);
            assert_eq!(lab.ask(&line).await, "42");
        };
        tokio::pin!(ready);
        // Whichever holds first.
        tokio::select! {
            biased;
            () = fooled => {
                ready.await;
                true
            }
            () = &mut ready => false,
        }
    });
    let fooled: Vec<bool> = runs.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(fooled.len(), TIMES);
    assert!(
        fooled.into_iter().any(|fooled| fooled),
        "no temporary server was ever there"
    );
}

/// Holds when the naive check does.
async fn fooled(lab: &Lab, naive: &str) {
    let check = Check::Exec {
        command: vec!["sh".to_owned(), "-c".to_owned(), naive.to_owned()],
    };
    if lab.wait(&[check], LONG).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn postgres() -> Recipe {
    image("postgres:17")
        .env("POSTGRES_USER", "shop")
        .env("POSTGRES_PASSWORD", "dev")
        .env("POSTGRES_DB", "orders")
        .file(
            "/docker-entrypoint-initdb.d/1.sql",
            "create table answer as select 1 as n; select pg_sleep(0.7); update answer set n = 42;",
        )
}

fn mariadb() -> Recipe {
    image("mariadb:11.8")
        .env("MARIADB_ROOT_PASSWORD", "root")
        .env("MARIADB_USER", "shop")
        .env("MARIADB_PASSWORD", "dev")
        .env("MARIADB_DATABASE", "orders")
        .file(
            "/docker-entrypoint-initdb.d/1.sql",
            "create table answer as select 1 as n; select sleep(0.7); update answer set n = 42;",
        )
}

#[tokio::test]
async fn postgres_is_never_ready_too_early() {
    never_too_early(
        postgres,
        "pg_isready -U shop -d orders",
        "psql -XAtq postgres://shop:dev@ADDRESS/orders -c 'select n from answer' 2>&1",
    )
    .await;
}

#[tokio::test]
async fn mariadb_is_never_ready_too_early() {
    never_too_early(
        mariadb,
        "mariadb-admin ping -u root -proot || mariadb-admin ping -u root",
        "MYSQL_PWD=dev mariadb --no-defaults --skip-ssl-verify-server-cert -N -h ADDRESS -u shop orders -e 'select n from answer' 2>&1",
    )
    .await;
}

/// A health check of the manifest's own may pass on the temporary server; `Listening` beside it sees to that.
#[tokio::test]
async fn listening_keeps_a_naive_health_check_honest() {
    let lab = postgres().start().await;
    let naive = Check::Exec {
        command: vec!["pg_isready".to_owned()],
    };
    lab.wait(&[naive, Check::Listening("postgres")], LONG)
        .await
        .expect("ready");
    let address = lab.address().await;
    let line = format!("psql -XAtq postgres://shop:dev@{address}/orders -c 'select n from answer'");
    assert_eq!(lab.ask(&line).await, "42");
}
