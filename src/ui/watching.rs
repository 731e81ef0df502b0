//! What a session of `devstack watch` says.

use super::{Line, Output, Palette, Role, Symbol, View, duration, harmless, harmless_with_colour};
use crate::event::WatchEvent;

/// So many files of one change are named; of more, the first so many.
const NAMED: usize = 3;

/// Tells it, in the form in which runs are shown.
pub fn tell(view: View, event: &WatchEvent, output: &Output) -> std::io::Result<()> {
    match view {
        View::Quiet => Ok(()),
        View::Json => output.data(&serde_json::to_string(event)?),
        View::Live | View::Plain => {
            for line in lines(event, output.stderr_palette()) {
                output.say_line(&line);
            }
            Ok(())
        }
    }
}

fn lines(event: &WatchEvent, palette: Palette) -> Vec<Line> {
    let arrow = if palette.unicode { "→" } else { "->" };
    match event {
        WatchEvent::Watching { services, paths } => {
            let text = format!(
                "watching {} for {}; Ctrl-C leaves",
                paths.join(", "),
                services.join(", ")
            );
            vec![Line::of(Role::Dim, harmless(&text))]
        }
        WatchEvent::Synced {
            service,
            put,
            removed,
            took_ms,
        } => {
            let mut lines = Vec::new();
            let took = format!(" ({})", duration(*took_ms));
            let synced = |text: String| {
                of(service, palette)
                    .and(Role::Plain, harmless(&format!("synced {text}")))
                    .and(Role::Dim, took.clone())
            };
            if put.len() > NAMED {
                let named: Vec<&str> = put.iter().map(|one| one.file.as_str()).collect();
                lines.push(synced(format!(
                    "{} files: {}",
                    put.len(),
                    first(&named, palette)
                )));
            } else {
                let one = put.iter();
                lines.extend(one.map(|one| synced(format!("{} {arrow} {}", one.file, one.target))));
            }
            let removed_line = |text: String| {
                of(service, palette).and(Role::Plain, harmless(&format!("removed {text}")))
            };
            if removed.len() > NAMED {
                let named: Vec<&str> = removed.iter().map(String::as_str).collect();
                lines.push(removed_line(format!(
                    "{} files: {}",
                    removed.len(),
                    first(&named, palette)
                )));
            } else {
                lines.extend(removed.iter().map(|path| removed_line(path.clone())));
            }
            lines
        }
        WatchEvent::Rebuilding { service, because } => {
            vec![because_of(service, "rebuild", because, palette)]
        }
        WatchEvent::Restarting { service, because } => {
            vec![because_of(service, "restart", because, palette)]
        }
        WatchEvent::Ran {
            service,
            command,
            output,
            took_ms,
        } => {
            let ran = of(service, palette)
                .and(Role::Plain, harmless(&format!("ran {}", command.join(" "))))
                .and(Role::Dim, format!(" ({})", duration(*took_ms)));
            let printed = output.iter().map(|line| {
                let text = if palette.colour {
                    harmless_with_colour(line)
                } else {
                    harmless(line)
                };
                Line::of(Role::Dim, "    ").and(Role::Plain, text)
            });
            std::iter::once(ran).chain(printed).collect()
        }
    }
}

/// The beginning of a line about what was done for a service.
fn of(service: &str, palette: Palette) -> Line {
    Line::of(Role::Good, palette.symbol(Symbol::Good))
        .and(Role::Strong, format!(" {}", harmless(service)))
        .and(Role::Plain, "  ")
}

fn because_of(service: &str, what: &str, because: &str, palette: Palette) -> Line {
    let mark = if palette.unicode { "↻" } else { "*" };
    Line::of(Role::Busy, mark)
        .and(Role::Strong, format!(" {}", harmless(service)))
        .and(
            Role::Plain,
            harmless(&format!("  {what}: {because} changed")),
        )
}

/// The first names of a list.
fn first(names: &[&str], palette: Palette) -> String {
    format!("{}, {}", names[..NAMED].join(", "), palette.ellipsis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SyncedFile;

    fn said(event: &WatchEvent) -> Vec<String> {
        let palette = Palette {
            colour: false,
            unicode: true,
        };
        let lines = lines(event, palette);
        lines.iter().map(|line| line.paint(palette)).collect()
    }

    fn synced(files: usize, removed: &[&str]) -> Vec<String> {
        let put = (0..files)
            .map(|number| SyncedFile {
                file: format!("src/{number}.py"),
                target: format!("/app/{number}.py"),
            })
            .collect();
        said(&WatchEvent::Synced {
            service: "api".to_owned(),
            put,
            removed: removed.iter().map(|&path| path.to_owned()).collect(),
            took_ms: 38,
        })
    }

    #[test]
    fn few_files_are_named_and_many_are_counted() {
        assert_eq!(
            synced(1, &["/app/old.py"]),
            [
                "✓ api  synced src/0.py → /app/0.py (38 ms)",
                "✓ api  removed /app/old.py"
            ]
        );
        assert_eq!(
            synced(14, &[]),
            ["✓ api  synced 14 files: src/0.py, src/1.py, src/2.py, … (38 ms)"]
        );
    }

    #[test]
    fn what_is_begun_is_told_with_its_cause() {
        let rebuilding = WatchEvent::Rebuilding {
            service: "api".to_owned(),
            because: "api/Dockerfile".to_owned(),
        };
        assert_eq!(
            said(&rebuilding),
            ["↻ api  rebuild: api/Dockerfile changed"]
        );
    }

    #[test]
    fn a_command_is_told_with_what_it_printed() {
        let ran = WatchEvent::Ran {
            service: "web".to_owned(),
            command: vec!["nginx".to_owned(), "-s".to_owned(), "reload".to_owned()],
            output: vec!["reloaded\u{1b}[2J".to_owned()],
            took_ms: 1200,
        };
        assert_eq!(
            said(&ran),
            ["✓ web  ran nginx -s reload (1.2 s)", "    reloaded"]
        );
    }
}
