//! The report of a check-up: a line a check under the heading of its group, details only where something is wrong.

use super::{Line, Palette, Role, Symbol, harmless, render_diagnostic};
use crate::doctor::{Finding, FindingState};

/// What details are set in.
const INDENT: usize = 6;
/// The report is not made narrower than this.
const NARROWEST: usize = 30;

/// The report, each line ended by a line break; `columns` is the window's width.
pub fn render_findings(findings: &[Finding], columns: usize, palette: Palette) -> String {
    let columns = columns.max(NARROWEST);
    let names = findings.iter().map(|finding| super::width(&finding.check));
    let name_width = names.max().unwrap_or_default();
    let mut text = String::new();
    let mut group = None;
    let mut rest = findings;
    while let Some(first) = rest.first() {
        if group != Some(first.group) {
            if group.is_some() {
                text.push('\n');
            }
            group = Some(first.group);
            push(
                &mut text,
                &Line::of(Role::Strong, first.group.title()),
                palette,
            );
        }
        let alike = rest
            .iter()
            .take_while(|other| same_reason(first, other))
            .count()
            .max(1);
        if alike > 1 {
            skipped(&mut text, &rest[..alike], columns, palette);
        } else {
            line(&mut text, first, name_width, columns, palette);
            details(&mut text, first, columns, palette);
        }
        rest = &rest[alike..];
    }
    text
}

/// How many checks came out how, in words.
pub fn count_findings(findings: &[Finding]) -> String {
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state() == state)
            .count()
    };
    let named = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    };
    let parts: Vec<String> = [
        named(count(FindingState::Ok), "fine", "fine"),
        named(count(FindingState::Warning), "warning", "warnings"),
        named(count(FindingState::Error), "problem", "problems"),
        named(count(FindingState::Skipped), "not checked", "not checked"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let all = named(findings.len(), "check", "checks").unwrap_or_else(|| "no checks".to_owned());
    format!("{all}: {}", parts.join(", "))
}

/// Whether both were left out for one reason.
fn same_reason(one: &Finding, other: &Finding) -> bool {
    let both = [one, other]
        .iter()
        .all(|finding| finding.state() == FindingState::Skipped);
    both && one.group == other.group && one.summary() == other.summary()
}

fn symbol(state: FindingState) -> Symbol {
    match state {
        FindingState::Ok => Symbol::Good,
        FindingState::Skipped => Symbol::Skipped,
        FindingState::Warning => Symbol::Warning,
        FindingState::Error => Symbol::Bad,
    }
}

fn push(text: &mut String, line: &Line, palette: Palette) {
    text.push_str(line.paint(palette).trim_end());
    text.push('\n');
}

fn mark(state: FindingState, palette: Palette) -> Line {
    let symbol = symbol(state);
    Line::of(Role::Plain, "  ")
        .and(Role::of(symbol), palette.symbol(symbol))
        .and(Role::Plain, " ")
}

fn line(text: &mut String, finding: &Finding, name_width: usize, columns: usize, palette: Palette) {
    let state = finding.state();
    let role = match state {
        FindingState::Ok | FindingState::Warning => Role::Plain,
        FindingState::Error => Role::Strong,
        FindingState::Skipped => Role::Dim,
    };
    let mut head = mark(state, palette).and(Role::Dim, finding.check.as_str());
    head.pad(4 + name_width + 2);
    let start = head.width();
    let room = columns.saturating_sub(start).max(NARROWEST / 2);
    let summary = Line::of(role, harmless(finding.summary()));
    for (index, part) in summary.wrap(room).into_iter().enumerate() {
        let mut row = if index == 0 {
            head.clone()
        } else {
            Line::new()
        };
        row.pad(start);
        row.append(part);
        push(text, &row, palette);
    }
}

/// Several checks that were left out for one reason, in one line.
fn skipped(text: &mut String, findings: &[Finding], columns: usize, palette: Palette) {
    let names: Vec<&str> = findings
        .iter()
        .map(|finding| finding.check.as_str())
        .collect();
    let said = format!("{}: {}", names.join(", "), harmless(findings[0].summary()));
    for (index, part) in Line::of(Role::Dim, said)
        .wrap(columns - 4)
        .into_iter()
        .enumerate()
    {
        let mut row = if index == 0 {
            mark(FindingState::Skipped, palette)
        } else {
            Line::of(Role::Plain, "    ")
        };
        row.append(part);
        push(text, &row, palette);
    }
}

/// Place, evidence, notes and fix, as they are told of every problem.
fn details(text: &mut String, finding: &Finding, columns: usize, palette: Palette) {
    let Some(problem) = finding.diagnostic() else {
        return;
    };
    if let Some(compared) = finding.compared() {
        let row = Line::of(Role::Plain, " ".repeat(INDENT)).and(Role::Dim, harmless(&compared));
        push(text, &row, palette);
    }
    let mut untitled = problem.clone();
    // The first line repeats what the check's line says.
    "-".clone_into(&mut untitled.message);
    let notes = std::mem::take(&mut untitled.notes);
    let fix = untitled.fix.take();
    let told = render_diagnostic(&untitled, columns.saturating_sub(INDENT), palette);
    for row in told.lines().skip(1) {
        text.push_str(&" ".repeat(INDENT - 2));
        text.push_str(row);
        text.push('\n');
    }
    for note in notes.iter().flat_map(|note| note.lines()) {
        titled(text, Role::Strong, "note: ", note, Some(columns), palette);
    }
    // What is there to copy stays in one piece.
    for line in fix.iter().flat_map(|fix| fix.lines()) {
        titled(text, Role::Good, "fix: ", line, None, palette);
    }
}

/// A detail, wrapped below its title to so many columns.
fn titled(
    text: &mut String,
    role: Role,
    title: &str,
    said: &str,
    columns: Option<usize>,
    palette: Palette,
) {
    let start = INDENT + super::width(title);
    let said = Line::of(Role::Plain, harmless(said));
    let parts = match columns {
        Some(columns) => said.wrap(columns.saturating_sub(start).max(NARROWEST / 2)),
        None => vec![said],
    };
    for (index, part) in parts.into_iter().enumerate() {
        let mut row = Line::of(Role::Plain, " ".repeat(INDENT));
        if index == 0 {
            row.push(role, title);
        }
        row.pad(start);
        row.append(part);
        push(text, &row, palette);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::doctor::Group;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok(Group::Engine, "found", "unix:///var/run/docker.sock"),
            Finding::problem(
                Group::Engine,
                "disk",
                Diagnostic::error("the engine's disk is full: 2.1 MB of 59 MB are free")
                    .note("volumes hold data")
                    .fix("docker image prune"),
            )
            .found("2.1 MB")
            .needed("4.0 GB"),
            Finding::skipped(Group::Network, "registry", "no engine answers"),
            Finding::skipped(Group::Network, "names", "no engine answers"),
            Finding::problem(
                Group::Network,
                "proxy",
                Diagnostic::warning("a proxy is set here, but the engine has none")
                    .note("the engine does not read your shell's variables")
                    .fix("systemctl edit docker   (and name it there)"),
            ),
        ]
    }

    const PALETTE: Palette = Palette {
        colour: false,
        unicode: true,
    };

    #[test]
    fn details_stand_only_where_something_is_wrong() {
        assert_eq!(
            render_findings(&findings(), 80, PALETTE),
            "\
Engine
  ✓ found     unix:///var/run/docker.sock
  ✗ disk      the engine's disk is full: 2.1 MB of 59 MB are free
      found 2.1 MB, needed 4.0 GB
      note: volumes hold data
      fix: docker image prune

Network
  – registry, names: no engine answers
  ⚠ proxy     a proxy is set here, but the engine has none
      note: the engine does not read your shell's variables
      fix: systemctl edit docker   (and name it there)
"
        );
        assert_eq!(
            count_findings(&findings()),
            "5 checks: 1 fine, 1 warning, 1 problem, 2 not checked"
        );
    }

    #[test]
    fn other_terminals_get_ascii_and_narrow_ones_wrapped_lines() {
        let ascii = Palette {
            colour: false,
            unicode: false,
        };
        let text = render_findings(&findings(), 40, ascii);
        assert!(text.is_ascii(), "{text}");
        assert!(
            text.contains("  x disk      the engine's disk is full:\n"),
            "{text}"
        );
        assert!(text.contains("  ! proxy"), "{text}");
        let note = "      note: the engine does not read\n            your shell's variables\n";
        assert!(text.contains(note), "{text}");
        // A terminal that breaks a line still copies it as one.
        let fix = "      fix: systemctl edit docker   (and name it there)\n";
        assert!(text.contains(fix), "{text}");
        let narrow = |line: &str| line.len() <= 40 || line.starts_with("      fix: ");
        assert!(text.lines().all(narrow), "{text}");
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let colour = Palette {
            colour: true,
            unicode: true,
        };
        let coloured = render_findings(&findings(), 80, colour);
        assert!(coloured.contains("\u{1b}["));
        let plain = render_findings(&findings(), 80, PALETTE);
        assert_eq!(console::strip_ansi_codes(&coloured), plain);
    }
}
