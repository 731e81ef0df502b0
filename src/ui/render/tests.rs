//! The views, from made-up runs to the characters on the screen.

use std::time::Duration;

use indexmap::IndexMap;

use super::frame::Frame;
use super::recording::{Recording, broken_shop, crowd, shop};
use super::run::Run;
use super::{View, render};
use crate::event::{Board, Event, EventKind, Outcome, StepKind};
use crate::ui::{Captured, Output, Palette, Terminal, TerminalFacts, width};

const UNICODE: Palette = Palette {
    colour: false,
    unicode: true,
};
const ASCII: Palette = Palette {
    colour: false,
    unicode: false,
};

/// The frame of the live view right after the events up to `now`.
fn frame(events: &[Event], now: u64, columns: usize, rows: usize, palette: Palette) -> String {
    let (mut board, mut run) = (Board::default(), Run::default());
    for event in events.iter().filter(|event| event.at <= now) {
        board.apply(event);
        run.apply(event);
    }
    let lines = Frame {
        columns,
        rows,
        now,
        palette,
    }
    .lines(&board, &run);
    let lines: Vec<String> = lines.iter().map(|line| line.paint(palette)).collect();
    assert!(lines.len() <= rows.max(2), "{lines:#?}");
    for line in &lines {
        assert!(width(line) <= columns, "{line:?}");
    }
    lines.join("\n")
}

/// What a whole run leaves on the two streams; time passes as the events say.
async fn shown(view: View, events: Vec<Event>, variables: &[(&str, &str)]) -> (Captured, Board) {
    let environment: IndexMap<String, String> = variables
        .iter()
        .map(|&(name, value)| (name.into(), value.into()))
        .collect();
    let terminal = Terminal::new(TerminalFacts::default(), &environment);
    let (output, captured) = Output::captured(terminal);
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let player = tokio::spawn(async move {
        let mut now = 0;
        for event in events {
            tokio::time::sleep(Duration::from_millis(event.at - now)).await;
            now = event.at;
            if sender.send(event).is_err() {
                break;
            }
        }
    });
    let board = render(view, receiver, &output).await;
    player.await.expect("the player does not panic");
    (captured, board)
}

#[test]
fn the_live_view_shows_what_each_service_does() {
    insta::assert_snapshot!(frame(&shop(), 2600, 100, 24, UNICODE), @r"
    ⠦ pull nginx:1.26  10.4 MB  4.0 MB/s                                                             2 s
    ⠦ db     pull postgres:17  86%  39.0 MB of 45.0 MB  15.0 MB/s  1 s left  3/5 layers              2 s
    ✓ cache  ready after 0.3 s
    ⠦ api    build ./api  5/7  RUN npm ci --no-audit --no-fund  added 325 packages                   2 s
    · web    waiting for api, pull nginx:1.26                                                        2 s
    up shop · 1/4 ready · 2/12 steps · 2 s
    ");
}

#[test]
fn the_live_view_shows_seeds_and_waits() {
    insta::assert_snapshot!(frame(&shop(), 7000, 80, 24, UNICODE), @r"
    ⠋ pull nginx:1.26  12.0 MB  4.0 MB/s                                         6 s
    ⠋ db     seed orders.sql.gz  50%  9.0 MB of 18.0 MB  9.0 MB/s  1 s left  orders…
    ✓ cache  ready after 0.3 s
    ⠋ api    build ./api  6/7  RUN npm ci --no-audit --no-fund  added 390 pack…  6 s
    · web    waiting for api, pull nginx:1.26                                    7 s
    up shop · 1/4 ready · 6/12 steps · 7 s
    ");
}

#[test]
fn the_live_view_shows_the_last_answer_of_a_probe() {
    insta::assert_snapshot!(frame(&shop(), 5800, 80, 24, ASCII), @r"
    - pull nginx:1.26  12.0 MB  4.0 MB/s                                         5 s
    - db     wait until ready  the database system is starting up                2 s
    + cache  ready after 0.3 s
    - api    build ./api  6/7  RUN npm ci --no-audit --no-fund  added 390 pa...  5 s
    . web    waiting for api, pull nginx:1.26                                    5 s
    up shop, 1/4 ready, 5/12 steps, 5 s
    ");
}

#[test]
fn a_narrow_window_cuts_lines() {
    insta::assert_snapshot!(frame(&shop(), 2600, 40, 24, UNICODE), @r"
    ⠦ pull nginx:1.26  10.4 MB  4.0 MB…  2 s
    ⠦ db     pull postgres:17  86%  39…  2 s
    ✓ cache  ready after 0.3 s
    ⠦ api    build ./api  5/7  RUN npm…  2 s
    · web    waiting for api, pull ngi…  2 s
    up shop · 1/4 ready · 2/12 steps · 2 s
    ");
}

#[test]
fn a_low_window_shows_the_busy_ones_and_counts_the_rest() {
    insta::assert_snapshot!(frame(&crowd(40), 1950, 60, 8, UNICODE), @r"
    ⠏ service-030  wait until ready
    ⠏ service-031  wait until ready
    ⠏ service-032  wait until ready
    ⠏ service-033  wait until ready
    ⠏ service-034  wait until ready
    ⠏ service-035  wait until ready
    … 34 more: 4 working, 30 ready
    up shop · 30/40 ready · 30/40 steps · 1 s
    ");
}

#[test]
fn no_window_is_too_small() {
    for columns in 0..12 {
        for rows in 0..5 {
            frame(&shop(), 2600, columns, rows, ASCII);
            frame(&crowd(40), 1000, columns, rows, UNICODE);
        }
    }
}

#[test]
fn the_live_view_shows_failures_and_what_they_stop() {
    insta::assert_snapshot!(frame(&broken_shop(), 1005, 60, 24, UNICODE), @r"
    ✗ db   failed
    – api  skipped, because db failed
    up shop · 1/3 steps · 1 s
    ");
}

#[test]
fn the_live_view_says_who_holds_the_lock_and_that_it_is_stopping() {
    let mut run = Recording::new(
        &["db"],
        &[(StepKind::Start, Some("db"), "start db", "", &[])],
    );
    run.run(
        1,
        EventKind::LockWaiting {
            holder: "devstack up (pid 4711)".into(),
        },
    );
    let held = frame(&run.events(), 3000, 80, 24, UNICODE);
    assert!(
        held.ends_with("waiting for devstack up (pid 4711) · 3 s"),
        "{held}"
    );
    run.starts(3100, 0).run(3200, EventKind::Cancelling);
    let stopping = frame(&run.events(), 3300, 80, 24, UNICODE);
    assert!(
        stopping.contains("stopping (Ctrl-C again leaves at once)"),
        "{stopping}"
    );
}

#[tokio::test(start_paused = true)]
async fn plain_is_a_line_an_event_and_a_table() {
    let (captured, board) = shown(View::Plain, shop(), &[("LANG", "C.UTF-8")]).await;
    assert_eq!(board.outcome, Some(Outcome::Done));
    insta::assert_snapshot!(captured.stderr(), @r"
    shop  | up: 12 steps
    shop  | create network shop_default
    db    | pull postgres:17 (not there yet)
    api   | build ./api (never built)
    shop  | pull nginx:1.26 (not there yet)
    shop  | create network shop_default: done (40 ms)
    cache | start shop-cache-1
    cache | start shop-cache-1: done (0.2 s)
    cache | ready after 0.3 s
    api   | added 65 packages
    api   | added 130 packages
    api   | added 195 packages
    db    | pull postgres:17: 63%  28.5 MB of 45.0 MB  15.0 MB/s  2 s left  3/5 layers (2 s)
    api   | added 260 packages
    api   | build ./api: 4/7  RUN npm ci --no-audit --no-fund (2 s)
    shop  | pull nginx:1.26: 8.0 MB  4.0 MB/s (2 s)
    api   | added 325 packages
    api   | added 390 packages
    db    | pull postgres:17: done (3.1 s)
    db    | create shop-db-1 (not there yet)
    db    | create shop-db-1: done (79 ms)
    db    | start shop-db-1
    db    | start shop-db-1: done (0.2 s)
    db    | wait until ready
    db    | wait until ready: the database system is starting up (2 s)
    db    | seed orders.sql.gz (never applied)
    api   | build ./api: 6/7  RUN npm ci --no-audit --no-fund (7 s)
    shop  | pull nginx:1.26: 12.0 MB  4.0 MB/s (7 s)
    db    | seed orders.sql.gz: 100%  18.0 MB of 18.0 MB  9.0 MB/s  orders.sql.gz (2 s)
    db    | seed orders.sql.gz: done (2.1 s)
    db    | ready after 4.6 s
    shop  | pull nginx:1.26: attempt 1 failed, next in 0.5 s: connection reset by peer
    shop  | pull nginx:1.26: done (8.9 s)
    api   | build ./api: done (9.0 s)
    api   | start shop-api-1
    api   | start shop-api-1: done (0.3 s)
    api   | wait until ready
    api   | ready after 1.1 s
    web   | start shop-web-1
    web   | start shop-web-1: done (0.3 s)
    web   | ready after 0.4 s
    ✓ shop is ready · 10 s
    ");
    insta::assert_snapshot!(captured.stdout(), @r"
    service  state  address                                  ready after
    db       ready  postgres://shop:dev@127.0.0.1:5432/shop  4.6 s
    cache    ready                                           0.3 s
    api      ready  127.0.0.1:8000 → 8000                    1.1 s
    web      ready  http://127.0.0.1:8080/                   0.4 s
    ");
}

#[tokio::test(start_paused = true)]
async fn what_a_program_prints_is_alone_on_standard_output() {
    for mut events in [shop(), broken_shop()] {
        for event in &mut events {
            if let EventKind::RunStarted { command, .. } = &mut event.kind {
                "run".clone_into(command);
            }
        }
        let (captured, board) = shown(View::Plain, events, &[("LANG", "C.UTF-8")]).await;
        assert_eq!(captured.stdout(), "");
        if board.outcome == Some(Outcome::Done) {
            let said = captured.stderr();
            assert!(
                said.ends_with("✓ shop: what it needs is ready · 10 s\n"),
                "{said}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn plain_explains_a_failure_where_it_happens() {
    let (captured, _) = shown(View::Plain, broken_shop(), &[]).await;
    insta::assert_snapshot!(captured.stderr(), @r"
    shop | up: 3 steps
    db   | start shop-db-1
    db   | start shop-db-1: done (0.2 s)
    db   | wait until ready
    db   | wait until ready: failed
    error: `db` stopped before it was ready (exit code 1 after 0.8 s)
     --> devstack.yaml:4:26
      |
    4 |       POSTGRES_PASSWORD: ${DB_PASSWORD}
      |                          ^^^^^^^^^^^^^^ is empty: DB_PASSWORD is not set
      log: Error: Database is uninitialized
      fix: add DB_PASSWORD to .env
    api  | start shop-api-1: skipped, because db failed
    x shop: up failed (db failed; api skipped), 1.0 s
    ");
    insta::assert_snapshot!(captured.stdout(), @r"
    service  state
    db       exited (1)
    api      not created
    ");
}

#[tokio::test(start_paused = true)]
async fn plain_has_no_control_characters_whatever_a_container_prints() {
    let mut run = Recording::new(&["db"], &[(StepKind::Build, Some("db"), "build", "", &[])]);
    run.starts(0, 0).step(
        1,
        0,
        EventKind::Output {
            line: "\u{1b}[2J50%\r100%\u{7}".into(),
        },
    );
    let (captured, _) = shown(View::Plain, run.events(), &[]).await;
    let text = captured.stderr();
    assert!(
        !text.chars().any(|c| c.is_control() && c != '\n'),
        "{text:?}"
    );
    assert!(text.contains("100%"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn json_is_one_event_a_line_and_names_its_schema() {
    let events = broken_shop();
    let count = events.len();
    let (captured, _) = shown(View::Json, events, &[]).await;
    assert_eq!(captured.stderr(), "");
    let stdout = captured.stdout();
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(lines.len(), count);
    assert_eq!(lines[0]["event"], "run_started");
    assert_eq!(lines[0]["schema"], 1);
    let failed = lines
        .iter()
        .find(|line| line["event"] == "step_failed")
        .expect("one failed");
    assert_eq!(failed["service"], "db");
    assert_eq!(failed["diagnostic"]["place"]["span"]["line"], 4);
    assert_eq!(lines[count - 1]["outcome"], "failed");
}

#[tokio::test(start_paused = true)]
async fn quiet_tells_problems_only() {
    let (captured, _) = shown(View::Quiet, shop(), &[]).await;
    assert_eq!(captured.stderr() + &captured.stdout(), "");
    let (captured, _) = shown(View::Quiet, broken_shop(), &[]).await;
    assert!(
        captured
            .stderr()
            .starts_with("error: `db` stopped before it was ready")
    );
    assert_eq!(captured.stdout(), "");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_breaks_off_still_gives_its_board() {
    let events: Vec<Event> = shop().into_iter().filter(|event| event.at < 500).collect();
    for view in [View::Plain, View::Json, View::Quiet] {
        let (_, board) = shown(view, events.clone(), &[]).await;
        assert_eq!(board.outcome, None);
        assert_eq!(board.rows.len(), 4);
    }
}
