//! What a person sees.

use crate::lab::{Lab, busybox};

#[test]
fn the_report_is_grouped_and_has_details_only_where_something_is_wrong() {
    busybox();
    let lab = Lab::with("services: { web: { image: 'busybox:1', ports: ['1:80'] } }");
    lab.file(".env.example", "A=1\n");
    let ran = lab.run(&["doctor"]);
    let text = &ran.stdout;
    assert_eq!(ran.code, 0, "{text}\n{}", ran.stderr);
    let headings: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(' ') && !line.contains(' '))
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(
        headings,
        ["Engine", "Network", "Project", "Machine"],
        "{text}"
    );
    assert!(text.contains("  ✓ version    "), "{text}");
    assert!(
        text.contains("  ⚠ variables  .env is missing, though there is .env.example\n      note: "),
        "{text}"
    );
    assert!(text.contains("      fix: cp .env.example .env\n"), "{text}");
    assert!(text.contains(" checks: "), "{text}");
    assert!(text.contains("`devstack doctor --fix` can make "), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");

    let mut ascii = lab.command(&["doctor"]);
    let output = ascii.env("LANG", "C").output().expect("runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.is_ascii(), "{text}");
    assert!(
        text.contains("  ! variables  ") && text.contains("  + version    "),
        "{text}"
    );
}
