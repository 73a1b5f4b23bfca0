//! Reads texts, words and numbers.

use std::ops::Range;

use serde_json::Value;

use super::Reader;
use super::placeholder;
use super::shape::{Form, Shape, listed};
use crate::kinds::{Flaw, Kind as TextKind};
use crate::nearest::did_you_mean;
use crate::node::Node;

impl Reader<'_> {
    /// Reads a text with a form of its own.
    pub(super) fn kind(&mut self, node: &Node, kind: &'static TextKind) -> Value {
        let spelling = node.spelling().unwrap_or_default();
        // A whole number may be spelled 1e3.
        let whole = node.number().filter(|_| kind.types.contains(&"integer")).and_then(whole_number);
        let whole = whole.map(|whole| whole.to_string());
        let spelling = whole.as_deref().unwrap_or(spelling);
        let Err(flaw) = (kind.check)(spelling) else { return spelling.into() };
        let problem = self.flawed(&node.span, spelling, kind, flaw);
        self.problems.push(problem);
        placeholder::of(&Shape { definition: kind.definition, form: Form::Kind(kind) })
    }

    /// The problem of a text that is not what it should be.
    pub(super) fn flawed(
        &self,
        span: &Range<usize>,
        spelling: &str,
        kind: &TextKind,
        flaw: Flaw,
    ) -> crate::problem::Problem {
        match flaw.within {
            Some(within) => {
                let span = self.within_text(span, spelling, &within);
                // The model's message says what is wrong, and behind a semicolon what would be right.
                match flaw.message.split_once("; ") {
                    Some((message, help)) => self.problem("reference", span, message).help(help),
                    None => self.problem("reference", span, flaw.message),
                }
            }
            None => {
                let message = format!("`{}` is not {}", shortened(spelling), kind.noun);
                self.problem(code_of(kind), span.clone(), message).help(flaw.message)
            }
        }
    }

    /// Where a part of a text stands in the file: quotes, escapes and the folding of lines lie between the two.
    fn within_text(&self, span: &Range<usize>, spelling: &str, part: &Range<usize>) -> Range<usize> {
        let (Some(raw), Some(wanted)) = (self.text.get(span.clone()), spelling.get(part.clone())) else {
            return span.clone();
        };
        let earlier = spelling[..part.start].matches(wanted).count();
        match raw.match_indices(wanted).nth(earlier) {
            Some((at, _)) => span.start + at..span.start + at + wanted.len(),
            None => span.clone(),
        }
    }

    /// Reads one of a few words.
    pub(super) fn word(&mut self, node: &Node, words: &[&'static str]) -> Value {
        let spelling = node.spelling().unwrap_or_default();
        if words.contains(&spelling) {
            return spelling.into();
        }
        let message = format!("`{}` should be {}", shortened(spelling), listed(words));
        let problem = self.problem("unknown-word", node.span.clone(), message);
        let help = if spelling.parse::<f64>().is_ok() {
            Some(format!("if the number is meant, write {spelling} without quotes"))
        } else {
            did_you_mean(spelling, words.iter().copied())
        };
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
        words.first().copied().unwrap_or_default().into()
    }

    /// Reads a number within its bounds.
    pub(super) fn number(&mut self, node: &Node, schema: &'static Value) -> Value {
        let Some(number) = node.number() else { return Value::Null };
        let whole = schema["type"] == "integer";
        let value = number.as_f64().unwrap_or(f64::NAN);
        let bound = |key: &str| schema[key].as_f64();
        let (minimum, maximum) = (bound("minimum").unwrap_or(f64::MIN), bound("maximum").unwrap_or(f64::MAX));
        let message = if whole && value.fract() != 0.0 {
            format!("{} should be a whole number", self.subject())
        } else if !(minimum..=maximum).contains(&value) {
            match minimum == maximum {
                true => format!("{} should be {minimum}", self.subject()),
                false => format!("{} should be from {minimum} to {maximum}", self.subject()),
            }
        } else {
            // Within the bounds of the schema, a whole number fits into 32 bits.
            return if whole { (value as u64).into() } else { Value::Number(number.clone()) };
        };
        let problem = self.problem("out-of-range", node.span.clone(), message);
        self.problems.push(problem);
        placeholder::of_schema(schema)
    }
}

/// A number that is whole and not negative.
fn whole_number(number: &serde_json::Number) -> Option<u64> {
    let whole = |value: &f64| value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(value);
    number.as_u64().or_else(|| number.as_f64().filter(whole).map(|value| value as u64))
}

/// The code of a problem with a text of this kind: what it should have been.
fn code_of(kind: &TextKind) -> &'static str {
    match kind.definition {
        "Name" => "name",
        "Duration" => "duration",
        "Size" => "size",
        "Percent" => "percent",
        "Money" | "Rate" => "money",
        "FileMode" => "mode",
        "FileOwner" => "owner",
        _ => "text",
    }
}

/// A text that is short enough for a message.
pub(super) fn shortened(text: &str) -> String {
    let short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}
