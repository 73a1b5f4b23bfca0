//! Colours, where there are any: every text reads the same without.

use console::{Color, Style};

/// The colours in which services' names stand before their lines.
const ACCENTS: [Color; 6] =
    [Color::Cyan, Color::Yellow, Color::Green, Color::Magenta, Color::Blue, Color::Red];

/// Whether text gets colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Paint {
    /// None.
    #[default]
    Plain,
    /// ANSI's.
    Colours,
}

impl Paint {
    /// What is well.
    pub(crate) fn good(self, text: &str) -> String {
        self.with(Style::new().green(), text)
    }

    /// What is not well.
    pub(crate) fn bad(self, text: &str) -> String {
        self.with(Style::new().red(), text)
    }

    /// What is not yet well.
    pub(crate) fn unsure(self, text: &str) -> String {
        self.with(Style::new().yellow(), text)
    }

    /// What matters less.
    pub(crate) fn dim(self, text: &str) -> String {
        self.with(Style::new().dim(), text)
    }

    /// What matters more.
    pub(crate) fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// The `number`th of several things that are to be told apart.
    pub(crate) fn accent(self, number: usize, text: &str) -> String {
        let colour = ACCENTS[number % ACCENTS.len()];
        self.with(Style::new().fg(colour), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colours => style.force_styling(true).apply_to(text).to_string(),
        }
    }
}
