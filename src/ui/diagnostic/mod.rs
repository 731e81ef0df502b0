//! The one renderer of problems: cause, place with its line, evidence, notes, fix.
//!
//! ```text
//! error: `db` stopped before it was ready (exit code 1 after 0.8 s)
//!  --> devstack.yaml:7:26
//!   |
//! 7 |       POSTGRES_PASSWORD: ${DB_PASSWORD}
//!   |                          ^^^^^^^^^^^^^^ is empty: DB_PASSWORD is not set
//!   log: Error: Database is uninitialized and superuser password is not specified.
//!   fix: add DB_PASSWORD to .env
//! ```

mod excerpt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use self::excerpt::Excerpt;
use super::{Palette, Role, harmless};
use crate::diagnostic::{Diagnostic, Severity};

/// What of one line of evidence is shown at most, in characters.
const LONGEST_EVIDENCE: usize = 1000;

/// A problem as text, each line ended by a line break.
pub fn render_diagnostic(diagnostic: &Diagnostic, columns: usize, palette: Palette) -> String {
    let renderer = if palette.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(columns.max(20));
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let excerpts = Excerpt::of(diagnostic);
    let mut group = Group::with_title(level.primary_title(harmless_lines(&diagnostic.message)));
    for excerpt in &excerpts {
        let annotations = excerpt.marks.iter().map(|mark| {
            let kind = if mark.primary {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let annotation = kind.span(mark.start..mark.end);
            match mark.text.as_str() {
                "" => annotation,
                text => annotation.label(text),
            }
        });
        group = group.element(
            Snippet::source(excerpt.text.as_str())
                .line_start(excerpt.first_line)
                .path(excerpt.name.as_str())
                .annotations(annotations),
        );
    }
    let mut text = renderer.render(&[group]);
    for excerpt in &excerpts {
        if let Some((shown, real)) = &excerpt.moved {
            text = text.replacen(shown, real, 1);
        }
    }
    text.push('\n');
    for evidence in &diagnostic.evidence {
        let lines = evidence.lines.iter().map(|line| shorten(&harmless(line)));
        push_block(
            &mut text,
            palette,
            Role::Busy,
            &harmless(&evidence.title),
            lines,
        );
    }
    for note in &diagnostic.notes {
        push_block(
            &mut text,
            palette,
            Role::Strong,
            "note",
            note.lines().map(harmless),
        );
    }
    if let Some(fix) = &diagnostic.fix {
        push_block(
            &mut text,
            palette,
            Role::Good,
            "fix",
            fix.lines().map(harmless),
        );
    }
    text
}

/// `  title: line`, further lines below the first.
fn push_block(
    text: &mut String,
    palette: Palette,
    role: Role,
    title: &str,
    lines: impl Iterator<Item = String>,
) {
    let indent = " ".repeat(super::width(title) + 4);
    for (index, line) in lines.enumerate() {
        if index == 0 {
            text.push_str("  ");
            text.push_str(&palette.paint(role, &format!("{title}:")));
            text.push(' ');
        } else {
            text.push_str(&indent);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

fn harmless_lines(text: &str) -> String {
    text.lines().map(harmless).collect::<Vec<_>>().join("\n")
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(LONGEST_EVIDENCE) {
        Some((at, _)) => format!("{} ... ({} bytes more)", &line[..at], line.len() - at),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    const PLAIN: Palette = Palette {
        colour: false,
        unicode: true,
    };

    fn render(diagnostic: &Diagnostic) -> String {
        render_diagnostic(diagnostic, 80, PLAIN)
    }

    const MANIFEST: &str = "\
name: shop
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: ${DB_PASSWORD}
";

    #[test]
    fn a_failure_explains_itself() {
        let source = Source::new("devstack.yaml", MANIFEST);
        let at = MANIFEST.find("${").expect("it is there");
        let diagnostic =
            Diagnostic::error("`db` stopped before it was ready (exit code 1 after 0.8 s)")
                .at(
                    &source.span(at, at + 14),
                    "is empty: DB_PASSWORD is not set",
                )
                .evidence(
                    "log",
                    vec!["Error: Database is uninitialized".into(), "bye".into()],
                )
                .note("the container is kept for a look")
                .fix("add DB_PASSWORD to .env  (see .env.example)");
        assert_eq!(
            render(&diagnostic),
            "\
error: `db` stopped before it was ready (exit code 1 after 0.8 s)
 --> devstack.yaml:7:26
  |
7 |       POSTGRES_PASSWORD: ${DB_PASSWORD}
  |                          ^^^^^^^^^^^^^^ is empty: DB_PASSWORD is not set
  log: Error: Database is uninitialized
       bye
  note: the container is kept for a look
  fix: add DB_PASSWORD to .env  (see .env.example)
"
        );
    }

    #[test]
    fn a_problem_without_a_place_is_told_without_one() {
        let diagnostic = Diagnostic::warning("the cache is off").fix("turn it on");
        assert_eq!(
            render(&diagnostic),
            "warning: the cache is off\n  fix: turn it on\n"
        );
    }

    #[test]
    fn related_places_of_the_same_file_share_the_excerpt() {
        let source = Source::new("devstack.yaml", MANIFEST);
        let diagnostic = Diagnostic::error("`db` waits for itself")
            .at(&source.line_span(4).slice(4, 22), "here")
            .related(&source.line_span(3).slice(2, 4), "this service");
        assert_eq!(
            render(&diagnostic),
            "\
error: `db` waits for itself
 --> devstack.yaml:4:5
  |
3 |   db:
  |   -- this service
4 |     image: postgres:17
  |     ^^^^^^^^^^^^^^^^^^ here
"
        );
    }

    #[test]
    fn related_places_of_another_file_get_their_own() {
        let source = Source::new("devstack.yaml", MANIFEST);
        let other = Source::excerpt("seeds/orders.sql.gz", "insert into nowhere;\n", 7000);
        let diagnostic = Diagnostic::error("seed failed")
            .at(
                &other.line_span(7000),
                "relation \"nowhere\" does not exist",
            )
            .related(&source.line_span(3).slice(2, 4), "a seed of this service");
        assert_eq!(
            render(&diagnostic),
            "\
error: seed failed
    --> seeds/orders.sql.gz:7000:1
     |
7000 | insert into nowhere;
     | ^^^^^^^^^^^^^^^^^^^^ relation \"nowhere\" does not exist
     |
    ::: devstack.yaml:3:3
     |
   3 |   db:
     |   -- a seed of this service
"
        );
    }

    #[test]
    fn a_block_is_marked_on_its_first_line() {
        let source = Source::new("devstack.yaml", MANIFEST);
        let from = MANIFEST.find("environment").expect("it is there");
        let diagnostic =
            Diagnostic::error("no").at(&source.span(from, MANIFEST.len()), "this block");
        assert_eq!(
            render(&diagnostic),
            "\
error: no
 --> devstack.yaml:5:5
  |
5 |     environment:
  |     ^^^^^^^^^^^^ this block
"
        );
    }

    #[test]
    fn the_end_of_a_file_and_an_empty_file_can_be_marked() {
        for (text, line, column) in [("a:\n", 2, 1), ("a:", 1, 3), ("", 1, 1)] {
            let source = Source::new("a.yaml", text);
            let diagnostic = Diagnostic::error("no value")
                .at(&source.span(text.len(), text.len()), "expected here");
            let shown = render(&diagnostic);
            assert!(
                shown.contains(&format!("a.yaml:{line}:{column}")),
                "{shown}"
            );
            assert!(shown.contains("^ expected here"), "{shown}");
        }
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_mark_in_place() {
        let source = Source::new("a.yaml", "\tname: 日本 bad\n");
        let at = source.text().find("bad").expect("it is there");
        let shown = render(&Diagnostic::error("no").at(&source.span(at, at + 3), ""));
        assert_eq!(
            shown,
            "\
error: no
 --> a.yaml:1:11
  |
1 |     name: 日本 bad
  |                ^^^
"
        );
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_mark_and_keeps_its_column() {
        for (before, after) in [(500, 500), (3_000_000, 3_000_000), (3_000_000, 0)] {
            let text = format!("{}BAD{}\n", "x".repeat(before), "y".repeat(after));
            let source = Source::new("a.sql", text);
            let shown =
                render(&Diagnostic::error("no").at(&source.span(before, before + 3), "here"));
            assert!(
                shown.contains(&format!("a.sql:1:{}\n", before + 1)),
                "{shown}"
            );
            assert!(shown.contains("BAD"), "{shown}");
            assert!(shown.lines().all(|line| line.len() < 90), "{shown}");
        }
    }

    #[test]
    fn places_far_apart_in_one_file_stay_cheap() {
        let text = "a: 1\n".repeat(200_000);
        let source = Source::new("a.yaml", text);
        let shown = render(
            &Diagnostic::error("twice")
                .at(&source.line_span(199_999), "again")
                .related(&source.line_span(2), "first"),
        );
        assert!(shown.contains("a.yaml:199999:1"), "{shown}");
        assert!(shown.contains("a.yaml:2:1"), "{shown}");
    }

    #[test]
    fn control_characters_do_nothing() {
        let source = Source::new("a\u{1b}[2J.yaml", "x: \u{1b}[31mred\u{7}\u{202e}\n");
        let diagnostic = Diagnostic::error("bad \u{1b}[2J value\nsecond line")
            .at(&source.line_span(1), "h\u{1b}[0mere")
            .evidence("log\u{7}", vec!["\u{1b}]0;title\u{7}boom\u{8}".into()])
            .note("n\u{1b}[1mote")
            .fix("f\u{1b}[1mix");
        let shown = render(&diagnostic);
        assert!(
            !shown.chars().any(|c| c.is_control() && c != '\n'),
            "{shown:?}"
        );
        assert!(
            shown.contains("second line") && shown.contains("boom"),
            "{shown}"
        );
    }

    #[test]
    fn long_evidence_is_cut() {
        let shown = render(&Diagnostic::error("no").evidence("log", vec!["z".repeat(100_000)]));
        assert!(shown.len() < 1200, "{}", shown.len());
        assert!(shown.contains("(99000 bytes more)"));
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let source = Source::new("devstack.yaml", MANIFEST);
        let diagnostic = Diagnostic::error("no")
            .at(&source.line_span(4), "here")
            .note("a")
            .fix("b");
        let colour = Palette {
            colour: true,
            unicode: true,
        };
        let coloured = render_diagnostic(&diagnostic, 80, colour);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(console::strip_ansi_codes(&coloured), render(&diagnostic));
    }

    #[test]
    fn a_problem_serialises_with_its_place() {
        let source = Source::new("devstack.yaml", MANIFEST);
        let diagnostic = Diagnostic::error("no").at(&source.line_span(4).slice(4, 9), "here");
        assert_eq!(
            serde_json::to_value(&diagnostic).expect("plain data")["place"],
            serde_json::json!({
                "span": { "file": "devstack.yaml", "line": 4, "column": 5 },
                "text": "here"
            })
        );
    }
}
