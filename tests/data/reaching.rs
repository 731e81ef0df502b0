//! Ports: only what the container itself answers counts.

use std::time::Duration;

use devstack::engine::{BuildProgress, BuildRequest};
use devstack::ready::Reason;
use devstack::source::Source;
use devstack::stack::{Build, BuildContext, BuildFile, Check, HttpCheck};
use futures_util::StreamExt as _;
use indexmap::IndexMap;

use crate::lab::{LONG, Recipe, engine, image};

const SHORT: Duration = Duration::from_millis(700);

fn http(path: &str) -> HttpCheck {
    HttpCheck {
        path: path.to_owned(),
        port: None,
        status: Vec::new(),
        body: None,
        headers: IndexMap::new(),
        method: "GET".to_owned(),
    }
}

#[tokio::test]
async fn a_published_port_that_nobody_listens_on_is_not_answered() {
    let lab = image("busybox:1")
        .shell("while [ ! -e /go ]; do sleep 0.05; done; nc -ll -p 8080 -e cat")
        .publish(8080)
        .start()
        .await;
    let check = [Check::Tcp { port: 8080 }];
    let error = lab.wait(&check, SHORT).await.expect_err("nobody listens");
    assert!(matches!(error.reason, Reason::Deadline(_)));
    assert!(error.answers[0].1.concat().contains("refused"), "{error:?}");
    lab.ask("touch /go").await;
    lab.wait(&check, LONG).await.expect("answered");
    lab.wait(&[Check::FromImage], LONG).await.expect("answered");
}

#[tokio::test]
async fn a_port_on_the_containers_loopback_address_is_not_reachable() {
    let lab = image("busybox:1")
        .shell("httpd -f -p 127.0.0.1:8080")
        .publish(8080)
        .start()
        .await;
    lab.wait(&[Check::Tcp { port: 8080 }], SHORT)
        .await
        .expect_err("nobody else can reach it");
}

#[tokio::test]
async fn a_container_without_a_network_is_asked_itself() {
    let lab = image("busybox:1")
        .shell("while [ ! -e /go ]; do sleep 0.05; done; httpd -f -p 8080")
        .network("none")
        .start()
        .await;
    let check = [Check::Tcp { port: 8080 }];
    let error = lab.wait(&check, SHORT).await.expect_err("nobody listens");
    assert_eq!(error.answers[0].1, ["nothing listens on port 8080"]);
    lab.ask("touch /go").await;
    lab.wait(&check, LONG).await.expect("it listens");
}

#[tokio::test]
async fn http_looks_at_status_body_and_headers() {
    let lab = image("nginx:1.26")
        .file(
            "/etc/nginx/conf.d/default.conf",
            "server { listen 80; location = /moved { return 302 /x; } \
             location = /key { if ($http_x_key = open) { return 200 'welcome 7'; } return 403; } \
             location = /post { if ($request_method != POST) { return 405; } return 201 made; } \
             location / { return 503; } }",
        )
        .start()
        .await;
    lab.wait(&[Check::Http(http("/moved"))], LONG)
        .await
        .expect("a redirect is an answer");
    let mut key = http("/key");
    let error = lab
        .wait(&[Check::Http(key.clone())], SHORT)
        .await
        .expect_err("without the key");
    assert_eq!(error.answers[0].1, ["GET /key answered with 403 Forbidden"]);
    key.headers.insert("X-Key".to_owned(), "open".to_owned());
    key.body = Some("^nobody".to_owned());
    let error = lab
        .wait(&[Check::Http(key.clone())], SHORT)
        .await
        .expect_err("another body");
    assert_eq!(error.answers[0].1, ["the body does not match `^nobody`"]);
    key.body = Some(r"welcome \d".to_owned());
    key.status = vec![(200, 200)];
    lab.wait(&[Check::Http(key)], LONG).await.expect("let in");
    let mut post = http("/post");
    post.method = "POST".to_owned();
    post.status = vec![(201, 201), (204, 204)];
    lab.wait(&[Check::Http(post)], LONG).await.expect("posted");
    let mut sick = http("/sick?x=1");
    sick.status = vec![(500, 599)];
    lab.wait(&[Check::Http(sick)], LONG)
        .await
        .expect("as expected");
    lab.wait(&[Check::FromImage], LONG).await.expect("its port");
}

#[tokio::test]
async fn a_port_that_does_not_speak_http_is_said_so() {
    let lab = image("redis:8").start().await;
    lab.ready().await;
    let mut check = http("/");
    check.port = Some(6379);
    let error = lab
        .wait(&[Check::Http(check)], SHORT)
        .await
        .expect_err("no HTTP");
    assert!(
        error.answers[0]
            .1
            .concat()
            .starts_with("not answered as HTTP"),
        "{error:?}"
    );
}

/// An image that holds one program and nothing else gets one exec a probe.
#[tokio::test]
async fn images_without_a_shell_are_probed_too() {
    let engine = engine().await;
    let folder = tempfile::tempdir().expect("a folder");
    let base = image("busybox:1").name();
    let tag = format!("devstack-data-bare:{}", std::process::id());
    let build = Build {
        context: BuildContext::Folder(folder.path().to_owned()),
        dockerfile: BuildFile::Inline(format!(
            "FROM {base} AS base\nFROM scratch\nCOPY --from=base /bin/busybox /bin/busybox\n"
        )),
        args: IndexMap::new(),
        target: None,
        tags: Vec::new(),
        labels: IndexMap::new(),
        cache_from: Vec::new(),
        network: None,
        extra_hosts: Vec::new(),
        shm_size: None,
        platform: None,
        pull: false,
        no_cache: false,
        additional_contexts: IndexMap::new(),
        secrets: IndexMap::new(),
        ssh: Vec::new(),
        span: Source::new("devstack.yaml", "build").span(0, 5),
    };
    drop(image("busybox:1").shell("sleep 1000").start().await);
    let mut steps = engine.build(BuildRequest {
        tag: tag.clone(),
        build,
        labels: Vec::new(),
        certificates: None,
    });
    let mut is_done = false;
    while let Some(step) = steps.next().await {
        is_done |= matches!(step.expect("built"), BuildProgress::Done(_));
    }
    assert!(is_done);
    {
        let lab = Recipe::of(tag.clone())
            .command(&["/bin/busybox", "sleep", "1000"])
            .start()
            .await;
        let probe = |word: &str| Check::Exec {
            command: vec!["/bin/busybox".to_owned(), word.to_owned()],
        };
        lab.wait(&[probe("true")], LONG).await.expect("it holds");
        let error = lab.wait(&[probe("nonsense")], SHORT).await.expect_err("no");
        assert_eq!(error.answers[0].1, ["nonsense: applet not found"]);
        let missing = Check::Exec {
            command: vec!["psql".to_owned()],
        };
        let error = lab.wait(&[missing], SHORT).await.expect_err("no psql");
        assert!(error.answers[0].1.concat().contains("psql"), "{error:?}");
    }
    engine.remove_image(&tag).await.expect("removed");
}
