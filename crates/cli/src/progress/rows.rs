//! Lines that change while something is going on, one for each thing that is worked on.

use std::time::Duration;

use console::truncate_str;
use indicatif::{ProgressBar, ProgressStyle};

use crate::screen::Screen;

/// How often a line shows that something is going on.
const TICK: Duration = Duration::from_millis(100);
/// The widest line.
const WIDTH: usize = 100;

/// Lines that change. Where nobody could see that, nothing is shown.
pub(crate) struct Rows<'a> {
    screen: &'a Screen,
    rows: Vec<Row>,
}

/// A line, and what it is about.
struct Row {
    key: String,
    bar: ProgressBar,
    ended: bool,
}

impl<'a> Rows<'a> {
    /// No lines yet.
    pub(crate) const fn new(screen: &'a Screen) -> Self {
        Self { screen, rows: Vec::new() }
    }

    /// Whether anybody sees the lines.
    pub(crate) fn are_seen(&self) -> bool {
        self.screen.live().is_some()
    }

    /// Shows what is going on with `key`.
    pub(crate) fn update(&mut self, key: &str, text: &str) {
        if let Some(row) = self.row(key) {
            row.bar.set_message(shorten(key, text));
        }
    }

    /// Shows how it ended with `key`.
    pub(crate) fn end(&mut self, key: &str, text: &str) {
        if let Some(row) = self.row(key).filter(|row| !row.ended) {
            row.ended = true;
            row.bar.disable_steady_tick();
            row.bar.set_style(style("  {msg}"));
            row.bar.set_message(shorten(key, text));
        }
    }

    /// Leaves the lines of what has ended where they are, and takes the others away.
    pub(crate) fn leave(&mut self) {
        let ended = self.rows.iter().filter(|row| row.ended);
        let texts: Vec<String> = ended.map(|row| format!("  {}", row.bar.message())).collect();
        self.clear();
        if !texts.is_empty() {
            self.screen.talk(&texts.join("\n"));
        }
    }

    /// Takes every line away.
    pub(crate) fn clear(&mut self) {
        for row in std::mem::take(&mut self.rows) {
            row.bar.finish_and_clear();
            if let Some(live) = self.screen.live() {
                live.remove(&row.bar);
            }
        }
    }

    fn row(&mut self, key: &str) -> Option<&mut Row> {
        let live = self.screen.live()?;
        let at = match self.rows.iter().position(|row| row.key == key) {
            Some(at) => at,
            None => {
                let bar = live.add(ProgressBar::new_spinner().with_style(style("{spinner:.cyan} {msg}")));
                bar.enable_steady_tick(TICK);
                self.rows.push(Row { key: key.to_owned(), bar, ended: false });
                self.rows.len() - 1
            }
        };
        self.rows.get_mut(at)
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("our templates are valid")
}

fn shorten(key: &str, text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    truncate_str(&format!("{key:<16} {line}"), WIDTH, "…").into_owned()
}
