//! How a line of a log looks.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::CliError;
use crate::engine::{LogLine, OutputStream};
use crate::ui::{Line, Output, Role, harmless, harmless_with_colour, width};

/// Prints lines, and knows the last that it printed of each container.
pub(super) struct Printer {
    output: Output,
    json: bool,
    timestamps: bool,
    prefix: bool,
    containers: IndexMap<String, Printed>,
    column: usize,
}

/// A container whose lines are printed.
struct Printed {
    name: String,
    service: String,
    number: u32,
    label: String,
    colour: usize,
    last: Option<Timestamp>,
}

/// A line as JSON.
#[derive(Serialize)]
struct Record<'a> {
    service: &'a str,
    container: &'a str,
    number: u32,
    stream: OutputStream,
    at: Option<Timestamp>,
    text: &'a str,
}

impl Printer {
    pub(super) fn new(output: Output, json: bool, timestamps: bool, prefix: bool) -> Self {
        Self {
            output,
            json,
            timestamps,
            prefix,
            containers: IndexMap::new(),
            column: 0,
        }
    }

    /// Makes a container known. `several` tells that its service has more than one.
    pub(super) fn add(&mut self, id: &str, name: &str, service: &str, number: u32, several: bool) {
        if self.containers.contains_key(id) {
            return;
        }
        let label = if several || number > 1 {
            format!("{}-{number}", harmless(service))
        } else {
            harmless(service)
        };
        self.column = self.column.max(width(&label));
        // Containers of one service have one colour, also after one was made anew.
        let known = self
            .containers
            .values()
            .find(|known| known.service == service);
        let colours = self
            .containers
            .values()
            .map(|known| known.colour + 1)
            .max()
            .unwrap_or(0);
        let colour = known.map_or(colours, |known| known.colour);
        self.containers.insert(
            id.to_owned(),
            Printed {
                name: name.to_owned(),
                service: service.to_owned(),
                number,
                label,
                colour,
                last: None,
            },
        );
    }

    /// The containers known.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.containers.keys().map(String::as_str)
    }

    /// The time of the last line of a container.
    pub(super) fn last(&self, id: &str) -> Option<Timestamp> {
        self.containers.get(id)?.last
    }

    /// The service of a container.
    pub(super) fn service(&self, id: &str) -> &str {
        self.containers
            .get(id)
            .map_or("", |known| known.service.as_str())
    }

    /// Prints a line; one that is not newer than the last of its container was printed before.
    pub(super) fn print(&mut self, id: &str, line: &LogLine) -> Result<(), CliError> {
        let Some(known) = self.containers.get_mut(id) else {
            return Ok(());
        };
        if line.at.is_some() && line.at <= known.last {
            return Ok(());
        }
        known.last = line.at.or(known.last);
        let terminal = self.output.terminal();
        let mut text = if self.json {
            serde_json::to_string(&Record {
                service: &known.service,
                container: &known.name,
                number: known.number,
                stream: line.stream,
                at: line.at,
                text: &line.text,
            })?
        } else {
            let palette = terminal.stdout_palette;
            let mut prefix = Line::new();
            if self.prefix {
                prefix.push(Role::Prefix(known.colour), &known.label);
                prefix.pad(self.column);
                prefix.push(Role::Dim, " | ");
            }
            if let Some(at) = line.at.filter(|_| self.timestamps) {
                prefix.push(Role::Dim, format!("{at:.3} "));
            }
            let mut text = prefix.paint(palette);
            // A file gets what the program printed; a terminal gets no more than colours.
            text.push_str(&match (terminal.stdout, palette.colour) {
                (false, _) => line.text.clone(),
                (true, true) => harmless_with_colour(&line.text),
                (true, false) => harmless(&line.text),
            });
            text
        };
        text.push('\n');
        self.output.bytes(text.as_bytes())?;
        Ok(())
    }

    /// Sees to it that what was printed is seen.
    pub(super) fn flush(&self) -> Result<(), CliError> {
        Ok(self.output.flush()?)
    }

    /// Tells that a container's log cannot be read.
    pub(super) fn warn(&self, diagnostic: &crate::diagnostic::Diagnostic) {
        self.output.report(diagnostic);
    }
}
