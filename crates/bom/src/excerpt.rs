//! The lines of a file that a message shows.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::Source;

/// The most bytes that are shown to the left and right of what is underlined; a file may be one long line.
const MAX_BESIDE: usize = 160;

/// A file whose excerpts are whole lines.
#[derive(Debug)]
pub(crate) struct Excerpts<'a> {
    name: &'a str,
    lines: Lines<'a>,
}

impl<'a> Excerpts<'a> {
    pub(crate) fn new(source: &Source<'a>) -> Self {
        Self { name: source.name, lines: Lines::new(source.text) }
    }
}

impl SourceCode for Excerpts<'_> {
    /// The lines around `span` for the reader's eyes; or `span` alone, where no lines around it are asked for,
    /// because the renderer then wants to know its line and column.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.lines.text;
        let (mut start, mut end) = (span.offset(), span.offset() + span.len());
        if end > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (line, mut column) = self.lines.place(start);
        if (before, after) != (0, 0) {
            let near = text.floor_char_boundary(start.saturating_sub(MAX_BESIDE));
            start = self.lines.starts[line - 1].max(near);
            column = self.lines.place(start).1;
            let far = text.ceil_char_boundary((end + MAX_BESIDE).min(text.len()));
            end += text[end..far].find(['\r', '\n']).unwrap_or(far - end);
        }
        let data = &text.as_bytes()[start..end];
        let count = data.iter().filter(|byte| **byte == b'\n').count();
        let place = (start, end - start).into();
        let (line, column) = (line - 1, column - 1);
        Ok(Box::new(MietteSpanContents::new_named(self.name.to_owned(), data, place, line, column, count)))
    }
}

/// Where the lines of a text begin.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub(crate) fn place(&self, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts[line - 1];
        (line, self.text[start..byte].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, span: (usize, usize), expected: (&str, usize, usize)) {
        let excerpts = Excerpts::new(&Source { name: "landfall.yaml", text });
        let contents = excerpts.read_span(&span.into(), 1, 1).expect("within");
        let shown = String::from_utf8_lossy(contents.data());
        assert_eq!((&*shown, contents.line(), contents.column()), expected);
    }

    #[test]
    fn excerpts_are_whole_lines_but_not_endless_ones() {
        check("a: 1\nbé: 2\nc: 3\n", (8, 2), ("bé: 2", 1, 0));
        check("a: 1\r\nb: 2\r\n", (6, 1), ("b: 2", 1, 0));
        check("a: 1", (4, 0), ("a: 1", 0, 0));
        let long = format!("{}x{}", "y".repeat(1_000), "z".repeat(1_000));
        check(&long, (1_000, 1), (&long[840..1_161], 0, 840));
    }
}
