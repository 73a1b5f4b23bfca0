//! Problems as people see them, with the text underlined, and as programs read them.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde_json::{Value, json};

use crate::Source;
use crate::excerpt::{Excerpts, Lines};
use crate::problem::{Problem, Problems, Severity};

/// The most problems that are shown at once.
const MAX_SHOWN: usize = 50;

/// Whether the terminal shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    Plain,
    /// With ANSI's colours.
    Ansi,
}

impl Problems {
    /// The problems for people: file, line, column, the text underlined, the reason, what to type.
    pub fn render(&self, source: &Source<'_>, colour: Colour) -> String {
        let theme = match colour {
            Colour::Plain => GraphicalTheme::unicode_nocolor(),
            Colour::Ansi => GraphicalTheme::unicode(),
        };
        let handler =
            GraphicalReportHandler::new_themed(theme).with_links(false).with_width(110).with_context_lines(1);
        let excerpts = Excerpts::new(source);
        let mut text = String::new();
        for problem in self.iter().take(MAX_SHOWN) {
            let shown = Shown { problem, source: &excerpts };
            // Writing into a String can't fail.
            let _ = handler.render_report(&mut text, &shown);
            text.push('\n');
        }
        if self.len() > MAX_SHOWN {
            text.push_str(&format!("and {} more\n", self.len() - MAX_SHOWN));
        }
        text
    }

    /// The problems for programs: lines and columns count from 1, columns in characters; `end` is behind the last
    /// character.
    pub fn to_json(&self, source: &Source<'_>) -> Value {
        let lines = Lines::new(source.text);
        self.iter().map(|problem| problem_json(problem, source.name, &lines)).collect()
    }
}

fn problem_json(problem: &Problem, file: &str, lines: &Lines<'_>) -> Value {
    let place = |span: &std::ops::Range<usize>| {
        let ((line, column), (end_line, end_column)) = (lines.place(span.start), lines.place(span.end));
        json!({ "line": line, "column": column, "end": { "line": end_line, "column": end_column } })
    };
    let mut value = json!({
        "severity": problem.severity.name(),
        "code": problem.code,
        "file": file,
        "path": problem.path,
        "message": problem.message,
    });
    let related = problem.related.iter().map(|related| {
        let mut value = place(&related.span);
        value["message"] = related.label.as_str().into();
        value
    });
    if let Some(span) = &problem.span {
        for (key, part) in place(span).as_object().into_iter().flatten() {
            value[key] = part.clone();
        }
    }
    if let Some(help) = &problem.help {
        value["help"] = help.as_str().into();
    }
    if !problem.related.is_empty() {
        value["related"] = related.collect();
    }
    value
}

/// A problem with its source, as the renderer wants it.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    source: &'a Excerpts<'a>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.problem.span.as_ref().map(|_| self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.problem.span.clone()?;
        let main = LabeledSpan::new_primary_with_span(self.problem.label.clone(), span);
        let related = self.problem.related.iter();
        let related = related
            .map(|related| LabeledSpan::new_with_span(Some(related.label.clone()), related.span.clone()));
        Some(Box::new(std::iter::once(main).chain(related)))
    }
}
