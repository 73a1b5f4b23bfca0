//! Columns that stand below each other.

use console::measure_text_width;

/// The space between two columns.
const GAP: &str = "   ";

/// Rows of cells, each as wide as its column's widest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without a head.
    pub(crate) fn bare() -> Self {
        Self::default()
    }

    /// A table with a head.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The table as text; columns in which no row has anything are left out.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| measure_text_width(cell)).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
                line += cell;
                line += &" ".repeat(width.saturating_sub(measure_text_width(cell)));
                line += GAP;
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(&["NAME", "", "STATE"]);
        table.row(["api", "", "well"]);
        table.row(["\u{1b}[31mdatabase\u{1b}[0m", "", ""]);
        assert_eq!(table.render(), "NAME       STATE\napi        well\n\u{1b}[31mdatabase\u{1b}[0m\n");
    }
}
