//! Tables without borders.

use super::{Line, Palette, Role};

/// Space between columns.
const GAP: usize = 2;
/// A column is not made narrower than this.
const NARROWEST: usize = 12;

/// A cell's lines, one below the other.
type Cell = Vec<Line>;

/// Rows under headings. Columns without any text are left out.
#[derive(Debug, Clone)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    whole: Option<usize>,
}

impl Table {
    /// A table without rows.
    pub fn new(headings: &[&'static str]) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
            whole: None,
        }
    }

    /// Never wraps what is in this column: people copy it.
    #[must_use]
    pub fn whole(mut self, column: usize) -> Self {
        self.whole = Some(column);
        self
    }

    /// Adds a row; a cell for each heading.
    pub fn row(&mut self, cells: Vec<Line>) {
        self.cells(cells.into_iter().map(|line| vec![line]).collect());
    }

    /// Adds a row; for each heading a cell of any number of lines.
    pub fn cells(&mut self, cells: Vec<Vec<Line>>) {
        let filled = |cell: Cell| cell.into_iter().filter(|line| !line.is_empty()).collect();
        self.rows.push(cells.into_iter().map(filled).collect());
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Its lines, none wider than `columns`.
    ///
    /// What does not fit is wrapped within its column; where the window is too narrow for that, each row becomes
    /// a block of `heading: text` lines. Without any limit, which is off a terminal, a row is one line.
    pub fn lines(&self, columns: usize, palette: Palette) -> Vec<Line> {
        let used: Vec<usize> = (0..self.headings.len())
            .filter(|&column| self.column(column).any(|cell| !cell.is_empty()))
            .collect();
        if columns == usize::MAX {
            return self.on_one_line_each().aligned_in(&used, columns, palette);
        }
        self.aligned_in(&used, columns, palette)
    }

    fn aligned_in(&self, used: &[usize], columns: usize, palette: Palette) -> Vec<Line> {
        match self.widths(used, columns) {
            Some(widths) => self.aligned(used, &widths),
            None => self.stacked(used, columns, palette),
        }
    }

    /// The same table with the lines of a cell one behind the other.
    fn on_one_line_each(&self) -> Self {
        let mut table = self.clone();
        for cell in table.rows.iter_mut().flatten() {
            let mut lines = std::mem::take(cell).into_iter();
            let Some(mut line) = lines.next() else {
                continue;
            };
            for further in lines {
                line.push(Role::Plain, ", ");
                line.append(further);
            }
            cell.push(line);
        }
        table
    }

    fn column(&self, column: usize) -> impl Iterator<Item = &Cell> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    /// The widths of the used columns, the widest narrowed until all fit; none if they cannot.
    fn widths(&self, used: &[usize], columns: usize) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = used
            .iter()
            .map(|&column| {
                let lines = self.column(column).flatten();
                let cells = lines.map(Line::width).max().unwrap_or(0);
                cells.max(self.headings[column].len())
            })
            .collect();
        let gaps = GAP * used.len().saturating_sub(1);
        loop {
            let total = widths.iter().sum::<usize>() + gaps;
            if total <= columns {
                return Some(widths);
            }
            // The first column names the row and keeps its width.
            let narrowed = widths.iter_mut().zip(used).skip(1);
            let narrowed = narrowed.filter(|(_, column)| Some(**column) != self.whole);
            let (widest, _) = narrowed.max_by_key(|(width, _)| **width)?;
            if *widest <= NARROWEST {
                return None;
            }
            *widest = widest
                .saturating_sub(total - columns)
                .max((*widest / 2).max(NARROWEST));
        }
    }

    fn aligned(&self, used: &[usize], widths: &[usize]) -> Vec<Line> {
        let headings = used
            .iter()
            .map(|&column| vec![Line::of(Role::Dim, self.headings[column])])
            .collect();
        let rows = self.rows.iter().map(|row| {
            used.iter()
                .map(|&column| row.get(column).cloned().unwrap_or_default())
                .collect()
        });
        std::iter::once(headings)
            .chain(rows)
            .flat_map(|cells: Vec<Cell>| aligned_row(cells, widths))
            .collect()
    }

    fn stacked(&self, used: &[usize], columns: usize, palette: Palette) -> Vec<Line> {
        let mut lines = Vec::new();
        for row in &self.rows {
            for (index, &column) in used.iter().enumerate() {
                let cell = row.get(column).cloned().unwrap_or_default();
                if index == 0 {
                    lines.extend(cell.into_iter().map(|line| line.cut(columns, palette)));
                } else if !cell.is_empty() {
                    let mut heading = Line::of(Role::Dim, format!("  {}: ", self.headings[column]));
                    match cell.as_slice() {
                        [only] if heading.width() + only.width() <= columns => {
                            heading.append(only.clone());
                            lines.push(heading);
                        }
                        _ => {
                            lines.push(heading.cut(columns, palette));
                            let parts = cell.into_iter();
                            for part in parts.flat_map(|line| line.wrap(columns.saturating_sub(4)))
                            {
                                let mut line = Line::of(Role::Plain, "    ");
                                line.append(part);
                                lines.push(line);
                            }
                        }
                    }
                }
            }
        }
        lines
    }
}

/// One row, over several lines where cells are wrapped.
fn aligned_row(cells: Vec<Cell>, widths: &[usize]) -> Vec<Line> {
    let fitted = |line: Line, width| {
        if line.width() > width {
            line.wrap(width)
        } else {
            vec![line]
        }
    };
    let cells: Vec<Cell> = cells
        .into_iter()
        .zip(widths)
        .map(|(cell, &width)| {
            let lines = cell.into_iter();
            lines.flat_map(|line| fitted(line, width)).collect()
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|index| {
            let mut line = Line::new();
            let mut start = 0;
            for (cell, width) in cells.iter().zip(widths) {
                if let Some(part) = cell.get(index).filter(|part| !part.is_empty()) {
                    line.pad(start);
                    line.append(part.clone());
                }
                start += width + GAP;
            }
            line
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALETTE: Palette = Palette {
        colour: false,
        unicode: true,
    };

    fn table() -> Table {
        let mut table = Table::new(&["service", "state", "address", "url"]);
        for [service, state, url] in [
            ["db", "ready", "postgres://shop:dev@127.0.0.1:5432/shop"],
            ["日本", "exited (1)", ""],
        ] {
            let cells = [service, state, "", url].map(|text| Line::of(Role::Plain, text));
            table.row(cells.to_vec());
        }
        table
    }

    fn text(columns: usize) -> String {
        let lines: Vec<String> = table()
            .lines(columns, PALETTE)
            .iter()
            .map(|line| line.paint(PALETTE))
            .collect();
        assert!(
            lines
                .iter()
                .all(|line| super::super::width(line) <= columns),
            "{lines:#?}"
        );
        lines.join("\n")
    }

    #[test]
    fn columns_are_aligned_by_display_width_and_empty_ones_left_out() {
        assert_eq!(
            text(80),
            "\
service  state       url
db       ready       postgres://shop:dev@127.0.0.1:5432/shop
日本     exited (1)"
        );
    }

    #[test]
    fn a_wide_cell_is_wrapped_in_its_column() {
        assert_eq!(
            text(44),
            "\
service  state       url
db       ready       postgres://shop:dev@127
                     .0.0.1:5432/shop
日本     exited (1)"
        );
    }

    #[test]
    fn a_column_that_stays_whole_is_not_wrapped_and_lines_of_a_cell_stay_below_each_other() {
        let mut table = Table::new(&["service", "address", "notes"]).whole(1);
        let line = |text: &str| Line::of(Role::Plain, text);
        table.cells(vec![
            vec![line("db")],
            vec![
                line("postgres://shop@localhost:5432/shop"),
                line("devstack console db"),
            ],
            vec![line("changed in the manifest")],
        ]);
        let text = |columns| {
            let lines = table.lines(columns, PALETTE);
            let lines: Vec<String> = lines.iter().map(|line| line.paint(PALETTE)).collect();
            lines.join("\n")
        };
        assert_eq!(
            text(60),
            "\
service  address                              notes
db       postgres://shop@localhost:5432/shop  changed in the
         devstack console db                  manifest"
        );
        assert_eq!(
            text(45),
            "\
db
  address: 
    postgres://shop@localhost:5432/shop
    devstack console db
  notes: changed in the manifest"
        );
        assert_eq!(
            text(usize::MAX),
            "\
service  address                                                   notes
db       postgres://shop@localhost:5432/shop, devstack console db  changed in the manifest"
        );
    }

    #[test]
    fn a_narrow_window_gets_blocks() {
        assert_eq!(
            text(30),
            "\
db
  state: ready
  url: 
    postgres://shop:dev@127.0.
    0.1:5432/shop
日本
  state: exited (1)"
        );
    }
}
