//! What instances say and use: logs, commands run inside them, measurements.

use bytes::Bytes;

/// Which lines of an instance's output are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Whether lines are awaited once the present ones have been given.
    pub follow: bool,
    /// Only lines since this second (since 1970).
    pub since: Option<i64>,
    /// Only so many of the last lines.
    pub tail: Option<u32>,
}

/// Where a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

/// A line of an instance's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, as the engine has it: RFC 3339 with nanoseconds. Empty where the engine has none.
    pub time: String,
    /// Where it was written to.
    pub source: LogSource,
    /// The line without its end.
    pub line: String,
}

/// A command that is run in an instance.
#[derive(Debug)]
pub struct ExecRequest {
    /// The words.
    pub words: Vec<String>,
    /// The user that it runs as; the container's own if none.
    pub user: Option<String>,
    /// Whether it gets a terminal.
    pub terminal: Terminal,
    /// What it reads; nothing if none.
    pub input: Option<tokio::sync::mpsc::Receiver<ExecInput>>,
}

/// Whether a command gets a terminal, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// None.
    No,
    /// One of so many columns and rows.
    Yes {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
}

/// What is sent to a running command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecInput {
    /// Bytes for its standard input.
    Bytes(Bytes),
    /// The terminal has a new size: columns and rows.
    Resize(u16, u16),
}

/// What a running command says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecEvent {
    /// Output.
    Output(LogSource, Bytes),
    /// It ended, with this exit code. Nothing comes after it.
    Exited(i64),
}

/// What an instance uses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Processors in use: 0.5 is half of one.
    pub cpus: f64,
    /// Memory in use, in bytes, without the file cache.
    pub memory: u64,
    /// Memory that it may use, in bytes.
    pub memory_limit: u64,
    /// Bytes received over the network.
    pub received: u64,
    /// Bytes sent over the network.
    pub sent: u64,
    /// Processes and threads.
    pub pids: u64,
}
