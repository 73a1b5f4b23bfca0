//! Lines that change while something is going on, one for each thing that is worked on.

use std::collections::BTreeMap;
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
    bars: BTreeMap<String, ProgressBar>,
}

impl<'a> Rows<'a> {
    /// No lines yet.
    pub(crate) const fn new(screen: &'a Screen) -> Self {
        Self { screen, bars: BTreeMap::new() }
    }

    /// Whether anybody sees the lines.
    pub(crate) fn are_seen(&self) -> bool {
        self.screen.live().is_some()
    }

    /// Shows what is going on with `key`.
    pub(crate) fn update(&mut self, key: &str, text: &str) {
        if let Some(bar) = self.bar(key) {
            bar.set_message(shorten(key, text));
        }
    }

    /// Shows how it ended with `key`.
    pub(crate) fn end(&mut self, key: &str, text: &str) {
        if let Some(bar) = self.bar(key).filter(|bar| !bar.is_finished()) {
            bar.set_style(ended_style());
            bar.finish_with_message(shorten(key, text));
        }
    }

    /// Leaves every line as it is.
    pub(crate) fn leave(&mut self) {
        for bar in self.bars.values().filter(|bar| !bar.is_finished()) {
            bar.set_style(ended_style());
            bar.abandon();
        }
        self.bars.clear();
    }

    fn bar(&mut self, key: &str) -> Option<&ProgressBar> {
        let live = self.screen.live()?;
        let new = || {
            let bar = live.add(ProgressBar::new_spinner().with_style(style()));
            bar.enable_steady_tick(TICK);
            bar
        };
        Some(self.bars.entry(key.to_owned()).or_insert_with(new))
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner:.cyan} {msg}").expect("the template is valid")
}

fn ended_style() -> ProgressStyle {
    ProgressStyle::with_template("  {msg}").expect("the template is valid")
}

fn shorten(key: &str, text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    truncate_str(&format!("{key:<16} {line}"), WIDTH, "…").into_owned()
}
