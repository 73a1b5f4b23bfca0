//! What people and programs get to see: data on the standard output, talk on the standard error.

pub(crate) mod paint;
pub(crate) mod table;

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;

use paint::Paint;

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colours {
    /// at a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// always
    Always,
    /// never
    Never,
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Talk {
    /// Errors only.
    Little,
    /// What is done.
    #[default]
    Usual,
    /// What is done, and every line that builds and steps write.
    Much,
}

/// Whether the result is for people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text.
    #[default]
    Text,
    /// JSON.
    Json,
}

/// The two outputs. Nothing else in this program writes to them.
pub(crate) struct Screen {
    talk: Talk,
    form: Form,
    data_paint: Paint,
    talk_paint: Paint,
    live: MultiProgress,
}

impl Screen {
    /// A screen on this process's outputs.
    pub(crate) fn new(colours: Colours, talk: Talk, form: Form) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let paint = |terminal: bool| match colours {
            Colours::Always => Paint::Colours,
            Colours::Auto if terminal && !plain && !dumb => Paint::Colours,
            Colours::Auto | Colours::Never => Paint::Plain,
        };
        let terminal = io::stderr().is_terminal() && !dumb;
        let drawn = terminal && talk == Talk::Usual;
        let target =
            if drawn { ProgressDrawTarget::stderr_with_hz(12) } else { ProgressDrawTarget::hidden() };
        Self {
            talk,
            form,
            data_paint: paint(io::stdout().is_terminal()),
            talk_paint: paint(terminal),
            live: MultiProgress::with_draw_target(target),
        }
    }

    /// Whether the result is for people or for programs.
    pub(crate) const fn form(&self) -> Form {
        self.form
    }

    /// The colours of the standard output.
    pub(crate) const fn paint(&self) -> Paint {
        self.data_paint
    }

    /// The colours of the standard error.
    pub(crate) const fn talk_paint(&self) -> Paint {
        self.talk_paint
    }

    /// The lines that change while something is going on; none if nobody could see that.
    pub(crate) fn live(&self) -> Option<&MultiProgress> {
        (!self.live.is_hidden()).then_some(&self.live)
    }

    /// Whether the standard output is a terminal.
    pub(crate) fn shows_data_to_people(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Writes text that was asked for.
    pub(crate) fn data(&self, text: &str) -> io::Result<()> {
        self.live.suspend(|| {
            let mut output = io::stdout().lock();
            output.write_all(text.as_bytes())?;
            output.flush()
        })
    }

    /// Writes bytes that a command in a container wrote.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut output = io::stdout().lock();
        output.write_all(bytes)?;
        output.flush()
    }

    /// Writes bytes that a command in a container wrote to its standard error.
    pub(crate) fn error_bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut output = io::stderr().lock();
        output.write_all(bytes)?;
        output.flush()
    }

    /// Writes a value as indented JSON.
    pub(crate) fn json(&self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        self.data(&(text + "\n"))
    }

    /// Writes a value as one line of JSON.
    pub(crate) fn json_line(&self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(value).map_err(io::Error::other)?;
        self.data(&(text + "\n"))
    }

    /// Says what is done.
    pub(crate) fn talk(&self, text: &str) {
        self.say(Talk::Usual, text);
    }

    /// Says what only somebody who asked for much wants to read.
    pub(crate) fn detail(&self, text: &str) {
        self.say(Talk::Much, text);
    }

    /// Says what must not be missed.
    pub(crate) fn shout(&self, text: &str) {
        self.say(Talk::Little, text);
    }

    /// Writes without ending the line: a question.
    pub(crate) fn ask(&self, text: &str) {
        self.live.suspend(|| write_error(text));
    }

    fn say(&self, from: Talk, text: &str) {
        if self.talk >= from {
            self.live.suspend(|| write_error(&format!("{}\n", text.trim_end_matches('\n'))));
        }
    }
}

/// Nobody is left to be told that the standard error can't be written.
fn write_error(text: &str) {
    let mut output = io::stderr().lock();
    drop(output.write_all(text.as_bytes()).and_then(|()| output.flush()));
}
