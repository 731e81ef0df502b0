//! devstack beside the real Docker Compose: the same files, the same verdict, the same resolved model.
//!
//! `services.txt`, `top.txt`, `overrides.txt` and `values.txt` hold one case a line; each folder in `folders/` is a
//! project of several files. What differs on purpose stands in `differences.txt`, with the reason.

mod case;
mod difference;
mod program;

use std::collections::BTreeMap;

use case::Case;
use program::Verdict;

#[test]
fn reads_every_file_as_compose_does() {
    let compose = program::compose();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cases = case::all(folder.path());
    assert!(cases.len() > 500, "the cases were not found");
    let known = difference::known();
    let findings: BTreeMap<String, String> = program::in_parallel(&cases, |case| {
        compare(case, &compose).map(|found| (case.name.clone(), found))
    })
    .into_iter()
    .flatten()
    .collect();
    let surprises: Vec<String> = findings
        .iter()
        .filter(|(name, _)| !known.contains_key(name.as_str()))
        .map(|(name, found)| format!("{name}\n{found}"))
        .collect();
    assert!(
        surprises.is_empty(),
        "{} of {} cases differ:\n{}",
        surprises.len(),
        cases.len(),
        surprises.join("\n")
    );
    let settled: Vec<&String> = known
        .keys()
        .filter(|name| !findings.contains_key(*name))
        .collect();
    assert!(settled.is_empty(), "these differ no more: {settled:?}");
}

/// What is different, if something is.
fn compare(case: &Case, compose: &std::path::Path) -> Option<String> {
    match (
        program::of_compose(case, compose),
        program::of_devstack(case),
    ) {
        (Verdict::Accepted(theirs, their_hashes), Verdict::Accepted(ours, our_hashes)) => {
            let mut lines = difference::between(&theirs, &ours);
            if lines.is_empty() && their_hashes != our_hashes {
                lines.push(format!(
                    "    the hashes: Compose {their_hashes}, devstack {our_hashes}"
                ));
            }
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        (Verdict::Refused(_), Verdict::Refused(_)) => None,
        (Verdict::Accepted(..), Verdict::Refused(why)) => {
            Some(format!("    only devstack refuses it: {why}"))
        }
        (Verdict::Refused(why), Verdict::Accepted(..)) => {
            Some(format!("    only Compose refuses it: {why}"))
        }
    }
}
