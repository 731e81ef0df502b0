//! Any text as a manifest: no panic, no refusal without a place, and what is accepted means the same when it is written
//! in its canonical form and read again.
//!
//! The manifests of `corpus/` and of the differential test are mutated, as texts and as trees, over words that the
//! language knows. A bounded number of them is tried; `FUZZ_SECONDS=600 cargo test --release --test fuzz -- --nocapture`
//! goes on for that long, from another start each time, and says how many there were.

mod corpus;
mod mutation;
mod oracle;
mod random;

use std::time::{Duration, Instant, SystemTime};

use corpus::Corpus;
use oracle::{Oracle, Verdict};
use random::Random;

/// How many texts are tried when no time is given.
const BOUNDED: usize = 800;

/// How many things that went wrong are told before it ends.
const TOLD: usize = 20;

#[test]
#[expect(
    clippy::print_stdout,
    reason = "how much was tried is the answer of a long run"
)]
fn any_text_is_understood_or_refused_with_a_place() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .map(Duration::from_secs);
    let seed = match seconds {
        None => 1,
        Some(_) => SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(1, |since| since.as_secs()),
    };
    let corpus = Corpus::read();
    let oracle = Oracle::new();
    let mut random = Random::new(seed);
    let begun = Instant::now();
    let (mut tried, mut accepted, mut slowest) = (0_usize, 0_usize, Duration::ZERO);
    let mut wrong = Vec::new();
    let goes_on = |tried: usize| match seconds {
        None => tried < BOUNDED,
        Some(seconds) => begun.elapsed() < seconds,
    };
    while goes_on(tried) {
        let text = match corpus.texts.get(tried) {
            Some(text) => text.clone(),
            None => mutation::any(&corpus, &mut random),
        };
        let one = Instant::now();
        let verdict = oracle.judge(&text);
        slowest = slowest.max(one.elapsed());
        tried += 1;
        match verdict {
            Verdict::Accepted => accepted += 1,
            Verdict::Refused => {}
            Verdict::Wrong(why) => wrong.push(format!("{why}\n--- of\n{text}\n---")),
        }
        if wrong.len() >= TOLD {
            break;
        }
    }
    println!("start {seed}: {tried} texts, {accepted} accepted, the slowest took {slowest:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(accepted * 20 > tried, "hardly anything was accepted");
}
