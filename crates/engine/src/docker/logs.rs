//! Instances' output, put together into lines again.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::Docker;
use crate::{LogLine, LogOptions, LogSource, Result};

/// The longest line in bytes; what is longer is given in pieces.
const MAX_LINE: usize = 64 * 1024;

impl Docker {
    pub(super) fn read_logs(
        &self,
        instance: &str,
        options: &LogOptions,
    ) -> BoxStream<'static, Result<LogLine>> {
        let asked = LogsOptions {
            follow: options.follow,
            stdout: true,
            stderr: true,
            timestamps: true,
            since: options.since.map_or(0, |second| i32::try_from(second).unwrap_or(i32::MAX)),
            tail: options.tail.map_or("all".to_owned(), |lines| lines.to_string()),
            ..LogsOptions::default()
        };
        let (docker, instance) = (self.clone(), instance.to_owned());
        let chunks = self.client.logs(&instance, Some(asked)).map(Some).chain(stream::once(async { None }));
        let lines = chunks.scan(Assembler::default(), move |assembler, chunk| {
            let lines: Vec<Result<LogLine>> = match chunk {
                Some(Ok(chunk)) => assembler.push(&chunk).into_iter().map(Ok).collect(),
                Some(Err(error)) => vec![Err(docker.failed(format!("read the logs of {instance}"))(error))],
                None => assembler.finish().into_iter().map(Ok).collect(),
            };
            async move { Some(stream::iter(lines)) }
        });
        lines.flatten().boxed()
    }
}

/// Lines that have begun, one for each source.
#[derive(Default)]
struct Assembler {
    stdout: Open,
    stderr: Open,
}

/// A line whose end has not come yet.
#[derive(Default)]
struct Open {
    time: String,
    bytes: Vec<u8>,
}

impl Assembler {
    /// Takes what the engine wrote at once: one or more lines, each with its time in front; a line of more than 16 KiB
    /// comes in several such pieces, of which only the last ends with a newline.
    fn push(&mut self, chunk: &LogOutput) -> Vec<LogLine> {
        let (source, open) = match chunk {
            LogOutput::StdErr { .. } => (LogSource::Stderr, &mut self.stderr),
            _ => (LogSource::Stdout, &mut self.stdout),
        };
        let mut lines = Vec::new();
        for piece in chunk.as_ref().split_inclusive(|byte| *byte == b'\n') {
            let (time, text) = split_time(piece);
            if open.bytes.is_empty() {
                open.time = time.to_owned();
            }
            let (text, ended) = text.strip_suffix(b"\n").map_or((text, false), |text| (text, true));
            open.bytes.extend_from_slice(text);
            if ended || open.bytes.len() >= MAX_LINE {
                lines.push(open.take(source));
            }
        }
        lines
    }

    /// The lines that had no end.
    fn finish(&mut self) -> Vec<LogLine> {
        let sources = [(LogSource::Stdout, &mut self.stdout), (LogSource::Stderr, &mut self.stderr)];
        let left = sources.into_iter().filter(|(_, open)| !open.bytes.is_empty());
        left.map(|(source, open)| open.take(source)).collect()
    }
}

impl Open {
    fn take(&mut self, source: LogSource) -> LogLine {
        let bytes = std::mem::take(&mut self.bytes);
        let line = String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(&bytes)).into_owned();
        LogLine { time: std::mem::take(&mut self.time), source, line }
    }
}

/// The time in front of a piece, and the rest: `2026-11-23T18:47:00.123456789Z text`.
fn split_time(piece: &[u8]) -> (&str, &[u8]) {
    let space = piece.iter().take(48).position(|byte| *byte == b' ');
    let time = space.and_then(|at| std::str::from_utf8(piece.get(..at)?).ok());
    match (time, space) {
        (Some(time), Some(at)) if is_time(time) => (time, piece.get(at + 1..).unwrap_or_default()),
        _ => ("", piece),
    }
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.starts_with(|c: char| c.is_ascii_digit()) && text.get(10..11) == Some("T")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-11-23T18:47:00.123456789Z";

    fn stdout(text: &[u8]) -> LogOutput {
        LogOutput::StdOut { message: [TIME.as_bytes(), b" ", text].concat().into() }
    }

    #[test]
    fn lines_are_put_together() {
        let mut assembler = Assembler::default();
        let lines = |lines: Vec<LogLine>| lines.into_iter().map(|line| line.line).collect::<Vec<_>>();
        assert_eq!(lines(assembler.push(&stdout(b"one\n"))), ["one"]);
        assert_eq!(lines(assembler.push(&stdout(b"tw"))), [""; 0]);
        let error = LogOutput::StdErr { message: format!("{TIME} bad\r\n").into() };
        assert_eq!(lines(assembler.push(&error)), ["bad"]);
        assert_eq!(lines(assembler.push(&stdout(b"o\n"))), ["two"]);
        assert_eq!(lines(assembler.push(&stdout(b"\xff\n"))), ["\u{fffd}"]);
        assert_eq!(lines(assembler.push(&stdout(b"\n"))), [""]);
        assert_eq!(lines(assembler.push(&stdout(b"end"))), [""; 0]);
        assert_eq!(
            assembler.finish(),
            [LogLine { time: TIME.into(), source: LogSource::Stdout, line: "end".into() }]
        );
        assert_eq!(lines(assembler.finish()), [""; 0]);
    }

    #[test]
    fn long_lines_are_bounded() {
        let mut assembler = Assembler::default();
        let piece = vec![b'x'; 16 * 1024];
        let given: Vec<usize> =
            (0..8).flat_map(|_| assembler.push(&stdout(&piece))).map(|line| line.line.len()).collect();
        assert_eq!(given, [MAX_LINE, MAX_LINE]);
    }
}
