//! What the rules find, by path; the file's places are put to it afterwards.

use std::collections::BTreeSet;
use std::ops::Range;

use landfall_model::text::Reference;

use crate::places::Places;
use crate::problem::{MAX_PROBLEMS, Problem, Problems, Severity};

/// One thing that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    severity: Severity,
    code: &'static str,
    spot: Spot,
    message: String,
    label: Option<String>,
    help: Option<String>,
    related: Vec<(Spot, String)>,
    about: Vec<String>,
}

/// What is underlined.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Spot {
    /// The value at a path.
    Value(String),
    /// The key at a path.
    Key(String),
    /// One reference within the text at a path.
    Reference(String, Reference),
}

impl Finding {
    /// An error about the value at `path`.
    pub fn at(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(code, Spot::Value(path.into()), message.into())
    }

    /// An error about the key at `path`.
    pub fn at_key(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(code, Spot::Key(path.into()), message.into())
    }

    /// An error about a reference in the text at `path`.
    pub fn at_reference(
        code: &'static str,
        path: impl Into<String>,
        reference: &Reference,
        message: impl Into<String>,
    ) -> Self {
        Self::new(code, Spot::Reference(path.into(), reference.clone()), message.into())
    }

    fn new(code: &'static str, spot: Spot, message: String) -> Self {
        let (severity, label, help) = (Severity::Error, None, None);
        Self { severity, code, spot, message, label, help, related: Vec::new(), about: Vec::new() }
    }

    /// The same as a warning.
    pub fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// With what stands beside the underlined text.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// With what to type next.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// With what to type next, if that is known.
    pub fn help_if(self, help: Option<String>) -> Self {
        Self { help: help.or(self.help), ..self }
    }

    /// With another place that has to do with it: the value at `path`.
    pub fn related(mut self, path: impl Into<String>, label: impl Into<String>) -> Self {
        self.related.push((Spot::Value(path.into()), label.into()));
        self
    }

    /// With another place that has to do with it: the key at `path`.
    pub fn related_key(mut self, path: impl Into<String>, label: impl Into<String>) -> Self {
        self.related.push((Spot::Key(path.into()), label.into()));
        self
    }

    /// The same, about a reference in the text.
    pub fn within(self, reference: &Reference) -> Self {
        Self { spot: Spot::Reference(self.spot.path().to_owned(), reference.clone()), ..self }
    }

    /// It depends on what the component at `path` says, and says nothing if that couldn't be read.
    pub fn about(mut self, path: impl Into<String>) -> Self {
        self.about.push(path.into());
        self
    }

    fn into_problem(self, places: &Places, text: &str) -> Problem {
        let path = self.spot.path().to_owned();
        let mut problem = Problem::new(self.code, path, self.spot.span(places, text), self.message);
        for (spot, label) in self.related {
            problem = problem.related(spot.span(places, text), label);
        }
        Problem { severity: self.severity, label: self.label, help: self.help, ..problem }
    }
}

impl Spot {
    fn path(&self) -> &str {
        match self {
            Self::Value(path) | Self::Key(path) | Self::Reference(path, _) => path,
        }
    }

    fn span(&self, places: &Places, text: &str) -> Option<Range<usize>> {
        match self {
            Self::Value(path) => places.value(path),
            Self::Key(path) => places.key(path),
            Self::Reference(path, reference) => {
                let span = places.value(path)?;
                Some(
                    text.get(span.clone())
                        .and_then(|text| reference_within(text, reference))
                        .map_or(span.clone(), |within| span.start + within.start..span.start + within.end),
                )
            }
        }
    }
}

/// The bytes of `{{ reference }}` within a piece of source.
fn reference_within(text: &str, reference: &Reference) -> Option<Range<usize>> {
    let mut found = text.match_indices("{{").filter_map(|(open, _)| {
        let close = open + text[open..].find("}}")?;
        let inside = text[open + 2..close].trim();
        (inside.parse::<Reference>().as_ref() == Ok(reference)).then_some(open..close + 2)
    });
    found.next()
}

/// What the rules found in a landscape.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    damaged: BTreeSet<String>,
    blind: bool,
}

impl Findings {
    /// For a landscape that was read in spite of `problems`: a component of which a part couldn't be read stands
    /// there with something else in that place, so nothing is said about it.
    pub(crate) fn new(problems: &Problems) -> Self {
        let component = |problem: &Problem| {
            let mut parts = problem.path.splitn(3, '.');
            Some(format!("{}.{}", parts.next()?, parts.next()?))
        };
        let damaged = problems.iter().filter_map(component).collect();
        let harmless = ["landfall", "landscape", "description", "cost"];
        let whole = |problem: &Problem| {
            let at_top = !problem.path.contains('.') && problem.code != "duplicate-key";
            at_top && !harmless.contains(&problem.path.as_str())
        };
        Self { found: Vec::new(), damaged, blind: problems.iter().any(whole) }
    }

    /// Adds a finding.
    pub fn add(&mut self, finding: Finding) {
        let about_damaged = finding.about.iter().any(|path| self.is_damaged(path));
        let damaged = self.blind || about_damaged || self.is_damaged(finding.spot.path());
        if !damaged && self.found.len() < MAX_PROBLEMS {
            self.found.push(finding);
        }
    }

    fn is_damaged(&self, path: &str) -> bool {
        let mut dots = path.match_indices('.').map(|(at, _)| at);
        let end = dots.nth(1).unwrap_or(path.len());
        self.damaged.contains(&path[..end])
    }

    /// The findings so far.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.found.iter()
    }

    pub(crate) fn locate(self, places: &Places, text: &str) -> Vec<Problem> {
        self.found.into_iter().map(|finding| finding.into_problem(places, text)).collect()
    }
}
