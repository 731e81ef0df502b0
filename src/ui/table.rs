//! Tables without borders.

use super::{Line, Palette, Role};

/// Space between columns.
const GAP: usize = 2;
/// A column is not made narrower than this.
const NARROWEST: usize = 12;

/// Rows under headings. Columns without any text are left out.
#[derive(Debug, Clone)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Line>>,
}

impl Table {
    /// A table without rows.
    pub fn new(headings: &[&'static str]) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; a cell for each heading.
    pub fn row(&mut self, cells: Vec<Line>) {
        self.rows.push(cells);
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Its lines, none wider than `columns`.
    ///
    /// What does not fit is wrapped within its column; where the window is too narrow for that, each row becomes
    /// a block of `heading: text` lines.
    pub fn lines(&self, columns: usize, palette: Palette) -> Vec<Line> {
        let used: Vec<usize> = (0..self.headings.len())
            .filter(|&column| self.cells(column).any(|cell| !cell.is_empty()))
            .collect();
        match self.widths(&used, columns) {
            Some(widths) => self.aligned(&used, &widths),
            None => self.stacked(&used, columns, palette),
        }
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &Line> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    /// The widths of the used columns, the widest narrowed until all fit; none if they cannot.
    fn widths(&self, used: &[usize], columns: usize) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = used
            .iter()
            .map(|&column| {
                let cells = self.cells(column).map(Line::width).max().unwrap_or(0);
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
            let widest = widths.iter_mut().skip(1).max_by_key(|width| **width)?;
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
            .map(|&column| Line::of(Role::Dim, self.headings[column]))
            .collect();
        let rows = self.rows.iter().map(|row| {
            used.iter()
                .map(|&column| row.get(column).cloned().unwrap_or_default())
                .collect()
        });
        std::iter::once(headings)
            .chain(rows)
            .flat_map(|cells: Vec<Line>| aligned_row(cells, widths))
            .collect()
    }

    fn stacked(&self, used: &[usize], columns: usize, palette: Palette) -> Vec<Line> {
        let mut lines = Vec::new();
        for row in &self.rows {
            for (index, &column) in used.iter().enumerate() {
                let cell = row.get(column).cloned().unwrap_or_default();
                if index == 0 {
                    lines.push(cell.cut(columns, palette));
                } else if !cell.is_empty() {
                    let mut heading = Line::of(Role::Dim, format!("  {}: ", self.headings[column]));
                    if heading.width() + cell.width() <= columns {
                        heading.append(cell);
                        lines.push(heading);
                    } else {
                        lines.push(heading.cut(columns, palette));
                        for part in cell.wrap(columns.saturating_sub(4)) {
                            let mut line = Line::of(Role::Plain, "    ");
                            line.append(part);
                            lines.push(line);
                        }
                    }
                }
            }
        }
        lines
    }
}

/// One row, over several lines where cells are wrapped.
fn aligned_row(cells: Vec<Line>, widths: &[usize]) -> Vec<Line> {
    let cells: Vec<Vec<Line>> = cells
        .into_iter()
        .zip(widths)
        .map(|(cell, &width)| {
            if cell.width() > width {
                cell.wrap(width)
            } else {
                vec![cell]
            }
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
