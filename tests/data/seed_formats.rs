//! Seeds in the other formats of each family: archives, rows, snapshots, definitions.

use std::path::Path;

use devstack::catalog::Table;
use devstack::seed::{SeedFailure, SeedProblem};
use devstack::stack::{Compression, Seed, SeedKind};

use crate::lab::{Lab, image, seed_of, seed_rows};

async fn postgres() -> Lab {
    let lab = image("postgres:17")
        .env("POSTGRES_USER", "shop")
        .env("POSTGRES_PASSWORD", "dev")
        .env("POSTGRES_DB", "orders")
        .start()
        .await;
    lab.ready().await;
    lab
}

async fn psql(lab: &Lab, statement: &str) -> String {
    lab.ask(&format!("psql -XAtq -U shop orders -c \"{statement}\""))
        .await
}

async fn mariadb() -> Lab {
    let lab = image("mariadb:11.8")
        .env("MARIADB_USER", "shop")
        .env("MARIADB_PASSWORD", "dev")
        .env("MARIADB_DATABASE", "orders")
        .env("MARIADB_RANDOM_ROOT_PASSWORD", "1")
        .start()
        .await;
    lab.ready().await;
    lab
}

async fn mysql(lab: &Lab, statement: &str) -> String {
    lab.ask(&format!(
        "MYSQL_PWD=dev mariadb -N -h 127.0.0.1 -u shop orders -e \"{statement}\""
    ))
    .await
}

fn table(name: &str) -> Table {
    Table {
        name: name.to_owned(),
        columns: Vec::new(),
        delimiter: ',',
        header: true,
    }
}

fn message(failure: &SeedFailure) -> String {
    match &failure.problem {
        SeedProblem::Statement { error, .. } => {
            format!("{}\n{}", error.message, error.details.join("\n"))
        }
        other => panic!("{other:?}"),
    }
}

fn line(failure: &SeedFailure) -> String {
    match &failure.problem {
        SeedProblem::Statement {
            place: Some(place), ..
        } => place.to_string(),
        other => panic!("{other:?}"),
    }
}

const ALL: &str = "select count(*), sum(a), count(distinct b) from people, (select count(*) from pg_indexes where tablename = 'people') i";

/// Archives of a database with a table, an index, an owner that is not there, and the answer to [`ALL`].
async fn archives(folder: &Path) -> String {
    let lab = postgres().await;
    psql(&lab, "create role prod; create table people (a int primary key, b text); create index on people (b); alter table people owner to prod; grant select on people to prod; insert into people select n, 'x' || n from generate_series(1, 20000) n").await;
    let answer = psql(&lab, ALL).await;
    lab.ask("cd /tmp && pg_dump -U shop -Fc orders -f custom && pg_dump -U shop -Ft orders -f tarred && pg_dump -U shop -Fd orders -f folder && tar -czf folder.tgz folder && gzip -k custom && zstd -q tarred")
        .await;
    for (inside, name) in [
        ("custom", "custom.sql"),
        ("custom.gz", "custom.dump.gz"),
        ("tarred", "backup"),
        ("tarred.zst", "backup.tar.zst"),
        ("folder.tgz", "folder.tgz"),
    ] {
        std::fs::write(folder.join(name), lab.read(&format!("/tmp/{inside}")).await)
            .expect("written");
    }
    let folder = folder.join("unpacked");
    std::fs::create_dir(&folder).expect("made");
    for file in lab.ask("ls /tmp/folder").await.lines() {
        let bytes = lab.read(&format!("/tmp/folder/{file}")).await;
        std::fs::write(folder.join(file), bytes).expect("written");
    }
    answer
}

#[tokio::test]
async fn archives_of_pg_dump_are_restored_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let answer = archives(folder.path()).await;
    let lab = postgres().await;
    for name in [
        "custom.sql",
        "custom.dump.gz",
        "backup",
        "backup.tar.zst",
        "folder.tgz",
        "unpacked",
    ] {
        let seed = seed_of(&folder.path().join(name), None);
        lab.seed(std::slice::from_ref(&seed))
            .await
            .unwrap_or_else(|error| panic!("{name}: {:#?}", error.diagnostic()));
        assert_eq!(psql(&lab, ALL).await, answer, "{name}");
        assert_eq!(lab.ask("ls /tmp").await, "", "{name}");
        // A second time what is there is in the way.
        let failure = lab.seed(&[seed]).await.expect_err("there already");
        let message = message(&failure);
        assert!(
            message.contains("relation \"people\" already exists")
                && message.contains("object: TABLE people"),
            "{name}: {message}"
        );
        psql(&lab, "drop table people").await;
    }
}

#[tokio::test]
async fn an_archive_that_is_not_whole_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    archives(folder.path()).await;
    let lab = postgres().await;
    let path = folder.path().join("custom.sql");
    let whole = std::fs::read(&path).expect("read");
    std::fs::write(&path, &whole[..whole.len() - 2000]).expect("cut");
    let failure = lab.seed(&[seed_of(&path, None)]).await.expect_err("cut");
    assert!(
        message(&failure).contains("end of file"),
        "{}",
        message(&failure)
    );
    let path = folder.path().join("other.tar");
    std::fs::write(&path, lab_tar()).expect("written");
    let failure = lab
        .seed(&[seed_of(&path, None)])
        .await
        .expect_err("another archive");
    assert!(
        message(&failure).contains("there is no toc.dat in it"),
        "{}",
        message(&failure)
    );
}

fn lab_tar() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    archive
        .append_data(&mut header, "notes", &b"x"[..])
        .expect("archived");
    archive.into_inner().expect("archived")
}

#[tokio::test]
async fn rows_go_into_their_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let (postgres, mariadb) = tokio::join!(postgres(), mariadb());
    let create =
        "create table people (id int primary key, name varchar(20), note text default 'none')";
    psql(&postgres, create).await;
    mysql(&mariadb, create).await;
    let files: [(&str, &str, Table); 4] = [
        (
            "a.csv",
            "\u{feff}name,id\r\n\"O'Neil, \"\"x\"\"\",1\r\n,2\r\n\"\",3\r\n\"two\nlines\\n\",4\r\n",
            table("people"),
        ),
        (
            "b.csv.gz",
            "5;five;f\n6;six;s\n",
            Table {
                delimiter: ';',
                header: false,
                ..table("people")
            },
        ),
        (
            "c.tsv",
            "x\ty\n7\té",
            Table {
                columns: vec!["id".to_owned(), "name".to_owned()],
                delimiter: '\t',
                ..table("people")
            },
        ),
        ("d.csv", "id,name\n", table("people")),
    ];
    for (name, text, table) in files {
        let seed = seed_rows(folder.path(), name, text, table).await;
        for lab in [&postgres, &mariadb] {
            lab.seed(std::slice::from_ref(&seed))
                .await
                .unwrap_or_else(|error| panic!("{name}: {:#?}", error.diagnostic()));
        }
    }
    let rows = psql(
        &postgres,
        "select id, coalesce(name, '-'), note from people order by id",
    )
    .await;
    assert_eq!(
        rows,
        "1|O'Neil, \"x\"|none\n2|-|none\n3||none\n4|two\nlines\\n|none\n5|five|f\n6|six|s\n7|é|none"
    );
    let rows = mysql(
        &mariadb,
        "select id, coalesce(hex(name), '-'), note from people order by id",
    )
    .await;
    assert_eq!(
        rows,
        "1\t4F274E65696C2C20227822\tnone\n2\t-\tnone\n3\t\tnone\n4\t74776F0A6C696E65735C6E\tnone\n5\t66697665\tf\n6\t736978\ts\n7\tC3A9\tnone"
    );
}

/// MySQL has loading of local files switched off, and says some things otherwise than MariaDB.
#[tokio::test]
async fn mysql_takes_sql_and_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = image("mysql:9")
        .env("MYSQL_ROOT_PASSWORD", "root")
        .env("MYSQL_USER", "shop")
        .env("MYSQL_PASSWORD", "dev")
        .env("MYSQL_DATABASE", "orders")
        .start()
        .await;
    lab.ready().await;
    let ask = async |statement: &str| {
        lab.ask(&format!(
            "MYSQL_PWD=dev mysql -N -h 127.0.0.1 -u shop orders -e \"{statement}\""
        ))
        .await
    };
    assert_eq!(ask("select @@local_infile").await, "0");
    let sql = "create table people (id int primary key, age int);\ninsert into people values (1, 1);\nselec 1;\n";
    let seed = crate::lab::seed_file(folder.path(), "schema.sql.gz", sql).await;
    let failure = lab.seed(&[seed]).await.expect_err("wrong");
    assert_eq!(line(&failure), "schema.sql.gz:3:1");
    let rows =
        async |text: &str| seed_rows(folder.path(), "people.csv", text, table("people")).await;
    let seed = rows("age,id\n2,2\n,3\n").await;
    lab.seed(&[seed])
        .await
        .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
    assert_eq!(ask("select count(*), sum(age) from people").await, "3\t3");
    let seed = rows("age,id\n4,4\nold,5\n").await;
    let failure = lab.seed(&[seed]).await.expect_err("wrong");
    assert_eq!(line(&failure), "people.csv:3:1");
    assert!(
        message(&failure).contains("Incorrect integer value"),
        "{}",
        message(&failure)
    );
    assert_eq!(ask("select count(*) from people").await, "3");
    // What was turned down while it ran is as it was.
    assert_eq!(
        lab.ask("MYSQL_PWD=root mysql -N -u root -e 'select @@global.innodb_flush_log_at_trx_commit, @@global.sync_binlog'").await,
        "1\t1"
    );
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (postgres, mariadb) = tokio::join!(postgres(), mariadb());
    let create = "create table people (id int primary key, age int)";
    psql(&postgres, create).await;
    mysql(&mariadb, create).await;
    // Some are on two lines, so that rows and lines differ.
    let mut rows: Vec<String> = (1..=30_000)
        .map(|number| format!("{number},\"1\n\""))
        .collect();
    rows[20_999] = "21000,old".to_owned();
    let text = format!("id,age\n{}\n", rows.join("\n"));
    let text = text.replace("\"1\n\"", "1").replacen("7,1", "7,\"\n1\"", 1);
    let seed = seed_rows(folder.path(), "bad.csv.xz", &text, table("people")).await;
    for (lab, words) in [
        (&postgres, "invalid input syntax"),
        (&mariadb, "Incorrect integer value"),
    ] {
        let failure = lab
            .seed(std::slice::from_ref(&seed))
            .await
            .expect_err("wrong");
        assert!(message(&failure).contains(words), "{}", message(&failure));
        assert_eq!(line(&failure), "bad.csv.xz:21002:1");
    }
    assert_eq!(psql(&postgres, "select count(*) from people").await, "0");
    assert_eq!(mysql(&mariadb, "select count(*) from people").await, "0");

    let seed = seed_rows(
        folder.path(),
        "short.csv",
        "id,age\n1,1\n2\n",
        table("people"),
    )
    .await;
    for lab in [&postgres, &mariadb] {
        let failure = lab
            .seed(std::slice::from_ref(&seed))
            .await
            .expect_err("short");
        assert_eq!(line(&failure), "short.csv:3:1");
    }
    let seed = seed_rows(
        folder.path(),
        "open.csv",
        "id,age\n1,1\n2,\"2\n",
        table("people"),
    )
    .await;
    for lab in [&postgres, &mariadb] {
        lab.seed(std::slice::from_ref(&seed))
            .await
            .expect_err("a quote is open");
    }
    let seed = seed_rows(folder.path(), "id.csv", "id,age\n1,1\n", table("nobody")).await;
    for lab in [&postgres, &mariadb] {
        let failure = lab
            .seed(std::slice::from_ref(&seed))
            .await
            .expect_err("no table");
        assert!(
            message(&failure).contains("nobody"),
            "{}",
            message(&failure)
        );
    }
}

async fn cache(name: &str) -> Lab {
    let lab = image(name)
        .command(&[
            "redis-server",
            "--requirepass",
            "s3cret",
            "--appendonly",
            "yes",
        ])
        .start()
        .await;
    lab.ready().await;
    lab
}

async fn redis(lab: &Lab, command: &str) -> String {
    lab.ask(&format!(
        "REDISCLI_AUTH=s3cret VALKEYCLI_AUTH=s3cret redis-cli {command}"
    ))
    .await
}

#[tokio::test]
async fn a_snapshot_of_redis_is_loaded_key_by_key() {
    let folder = tempfile::tempdir().expect("a folder");
    for (from, to) in [
        ("redis:8", "redis:8"),
        ("valkey/valkey:8", "valkey/valkey:8"),
        ("redis:8", "valkey/valkey:8"),
        ("valkey/valkey:8", "redis:8"),
    ] {
        let source = cache(from).await;
        let fill = "\
            for n in $(seq 1 3000); do echo \"SET plain:$n value-$n\"; echo \"RPUSH list$((n % 3)) $n\"; echo \"ZADD z $n m$n\"; done; \
            for n in $(seq 1 20); do echo \"SADD ints $n\"; echo \"SADD words w$n\"; echo \"HSET h f$n v$n\"; echo \"ZADD few $n.5 m$n\"; echo \"XADD s * a $n\"; done; \
            echo \"SET long $(printf 'ab%.0s' $(seq 1 5000))\"; echo \"SET aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1\"; \
            echo 'SET 12345 number'; echo 'PFADD hll a b c'; echo 'EXPIREAT plain:1 4102444800'; echo 'XGROUP CREATE s g 0'; echo 'XREADGROUP GROUP g c COUNT 3 STREAMS s >'; \
            echo 'SELECT 3'; echo 'SET other 1'; echo 'SELECT 0'; echo 'SAVE'";
        source
            .ask(&format!("({fill}) | REDISCLI_AUTH=s3cret VALKEYCLI_AUTH=s3cret redis-cli >/tmp/filled; tail -n 1 /tmp/filled | grep -q OK"))
            .await;
        let path = folder.path().join("dump.rdb");
        std::fs::write(&path, source.read("/data/dump.rdb").await).expect("written");
        let target = cache(to).await;
        target
            .seed(&[seed_of(&path, None)])
            .await
            .unwrap_or_else(|error| panic!("{from} to {to}: {:#?}", error.diagnostic()));
        for command in [
            "DBSIZE",
            "-n 3 GET other",
            "LRANGE list1 0 -1",
            "ZRANGE z 0 -1 WITHSCORES",
            "GET long",
            "GET 12345",
            "PFCOUNT hll",
            "XRANGE s - +",
            "XPENDING s g",
            "EXPIRETIME plain:1",
            "SCARD words",
        ] {
            assert_eq!(
                redis(&target, command).await,
                redis(&source, command).await,
                "{command}"
            );
        }
        for command in ["HGETALL h", "SMEMBERS words", "SMEMBERS ints"] {
            let sorted = |text: String| {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                lines.sort();
                lines
            };
            assert_eq!(
                sorted(redis(&target, command).await),
                sorted(redis(&source, command).await),
                "{command}"
            );
        }
    }
    let lab = cache("redis:8").await;
    let path = folder.path().join("cut.rdb");
    let whole = std::fs::read(folder.path().join("dump.rdb")).expect("read");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("cut");
    let failure = lab.seed(&[seed_of(&path, None)]).await.expect_err("cut");
    assert!(
        message(&failure).contains("breaks off"),
        "{}",
        message(&failure)
    );
}

async fn broker() -> Lab {
    let lab = image("rabbitmq:4").start().await;
    lab.ready().await;
    lab
}

#[tokio::test]
async fn definitions_of_rabbitmq_are_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = broker().await;
    let path = folder.path().join("definitions.json");
    let text = r#"{ "vhosts": [{ "name": "shop" }],
        "users": [{ "name": "app", "password": "dev", "tags": "" }],
        "permissions": [{ "user": "app", "vhost": "shop", "configure": ".*", "write": ".*", "read": ".*" }],
        "queues": [{ "name": "orders", "vhost": "shop", "durable": true, "auto_delete": false, "arguments": {} }] }"#;
    std::fs::write(&path, text).expect("written");
    lab.seed(&[seed_of(&path, None)])
        .await
        .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
    let queues = lab.ask("rabbitmqctl -q -p shop list_queues name").await;
    assert!(queues.lines().any(|line| line == "orders"), "{queues}");
    std::fs::write(&path, text.replace("\"shop\" }]", "\"shop\" }")).expect("written");
    let failure = lab.seed(&[seed_of(&path, None)]).await.expect_err("broken");
    let words = message(&failure);
    assert!(words.to_lowercase().contains("json"), "{words}");
    std::fs::write(
        &path,
        text.replace(
            "\"vhost\": \"shop\", \"durable\"",
            "\"vhost\": \"nowhere\", \"durable\"",
        ),
    )
    .expect("written");
    let failure = lab
        .seed(&[seed_of(&path, None)])
        .await
        .expect_err("no such host");
    let words = message(&failure);
    assert!(words.contains("nowhere"), "{words}");
}

#[tokio::test]
async fn requests_are_sent_and_their_answers_judged() {
    use devstack::stack::{RequestBody, SeedRequest};
    let folder = tempfile::tempdir().expect("a folder");
    let server = "
import http.server
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        if self.headers.get('Transfer-Encoding'):
            body = b''
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size); self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers['Content-Length']))
        text = ' '.join([self.path, self.headers.get('Content-Type', '-'), self.headers.get('X-Key', '-'), str(len(body)), body[:9].decode()])
        open('/tmp/log', 'a').write(text + chr(10))
        answer = b'no such thing' if self.path == '/bad' else b'fine'
        self.send_response(422 if self.path == '/bad' else 201)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
http.server.ThreadingHTTPServer(('', 8000), H).serve_forever()
";
    let lab = image("python:3.13-slim")
        .file("/server.py", server)
        .command(&["python3", "/server.py"])
        .start()
        .await;
    lab.wait(
        &[devstack::stack::Check::Tcp { port: 8000 }],
        crate::lab::LONG,
    )
    .await
    .expect("listens");
    let big = "0123456789\n".repeat(1 << 20);
    std::fs::write(folder.path().join("big.ndjson"), &big).expect("written");
    let packed = crate::lab::seed_file(folder.path(), "big.json.gz", &big).await;
    let SeedKind::File { path: packed, .. } = packed.kind else {
        panic!("a file");
    };
    let request = |path: &str, body: RequestBody| Seed {
        kind: SeedKind::Http(SeedRequest {
            method: "POST".to_owned(),
            path: path.to_owned(),
            port: 8000,
            headers: [("X-Key".to_owned(), "k".to_owned())].into_iter().collect(),
            body,
            expect: vec![(200, 299)],
        }),
        ..seed_of(Path::new("/"), None)
    };
    lab.seed(&[
        request("/text", RequestBody::Text("{\"a\": 1}".to_owned())),
        request(
            "/file",
            RequestBody::File {
                path: folder.path().join("big.ndjson"),
                compression: Compression::None,
            },
        ),
        request(
            "/packed",
            RequestBody::File {
                path: packed,
                compression: Compression::Gzip,
            },
        ),
    ])
    .await
    .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
    let size = big.len();
    assert_eq!(
        lab.ask("cat /tmp/log").await,
        format!(
            "/text application/json k 8 {{\"a\": 1}}\n/file application/x-ndjson k {size} 012345678\n/packed application/json k {size} 012345678"
        )
    );
    let failure = lab
        .seed(&[request("/bad", RequestBody::Text("x".to_owned()))])
        .await
        .expect_err("refused");
    let diagnostic = failure.diagnostic();
    assert!(
        diagnostic.message.ends_with("with status 422"),
        "{}",
        diagnostic.message
    );
    assert_eq!(diagnostic.evidence[0].lines, ["no such thing"]);
}
