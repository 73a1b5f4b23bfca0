//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;

/// The most problems that are kept of one file; behind so many, nobody reads on.
pub(crate) const MAX_PROBLEMS: usize = 1_000;

/// Whether a problem stops the file from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file can't be used.
    Error,
    /// The file can be used, though this is hardly meant.
    Warning,
}

impl Severity {
    /// The severity's name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it stops the file from being used.
    pub severity: Severity,
    /// What kind of problem it is, in a word that stays the same from version to version.
    pub code: &'static str,
    /// The path of what it is about, as in [`crate::Places`].
    pub path: String,
    /// The bytes of the file that are wrong.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What stands beside the underlined text.
    pub label: Option<String>,
    /// What to type next.
    pub help: Option<String>,
    /// Other places that have to do with it.
    pub related: Vec<Related>,
}

/// Another place that has to do with a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The bytes of the file.
    pub span: Range<usize>,
    /// What it has to do with it.
    pub label: String,
}

impl Problem {
    pub(crate) fn new(
        code: &'static str,
        path: impl Into<String>,
        span: Option<Range<usize>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            code,
            path: path.into(),
            span,
            message: message.into(),
            label: None,
            help: None,
            related: Vec::new(),
        }
    }

    pub(crate) fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(crate) fn related(mut self, span: Option<Range<usize>>, label: impl Into<String>) -> Self {
        self.related.extend(span.map(|span| Related { span, label: label.into() }));
        self
    }

    /// Puts every span within `text` and on one line.
    fn finish(&mut self, text: &str) {
        let spans = self.span.iter_mut().chain(self.related.iter_mut().map(|related| &mut related.span));
        for span in spans {
            *span = first_line(text, span);
        }
    }
}

fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    let line = text[start..end].lines().next().unwrap_or("");
    start..start + line.trim_end().len()
}

/// Every problem of a file, in the order of their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The problems, in the order of their places.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The problems but those of one kind.
    pub(crate) fn without(mut self, code: &str) -> Self {
        self.0.retain(|problem| problem.code != code);
        self
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_PROBLEMS
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if !self.is_full() {
            self.0.push(problem);
        }
    }

    pub(crate) fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }

    pub(crate) fn finish(mut self, text: &str) -> Self {
        self.0.iter_mut().for_each(|problem| problem.finish(text));
        self.0.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
        self
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        let mut all = Self::default();
        all.extend(problems);
        all
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("no problems"),
            [problem] => f.write_str(&problem.message),
            [problem, rest @ ..] => write!(f, "{} (and {} more)", problem.message, rest.len()),
        }
    }
}

impl std::error::Error for Problems {}
