//! The tree that every input format is read into: values that know their places, keys in the order of the file.

use std::ops::Range;
use std::rc::Rc;

use crate::problem::Problem;

/// The deepest nesting that is read; a bill of materials needs eight.
pub(crate) const MAX_DEPTH: usize = 64;

/// The most values that are read, counting what an alias stands for each time, and long texts as several.
pub(crate) const MAX_WEIGHT: usize = 200_000;

/// A value and its place. Cloning is cheap: what an alias stands for is shared.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The bytes in the source.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) kind: Rc<Kind>,
    /// The number of values in it, itself included.
    pub(crate) weight: usize,
    /// The levels of lists and mappings in it, itself included.
    pub(crate) height: usize,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// No value.
    Null,
    /// `true` or `false`, with its spelling.
    Bool(bool, String),
    /// What JSON calls a number, with its spelling.
    Number(serde_json::Number, String),
    /// Any other scalar.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, without a key that is there twice.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// The key's bytes in the source.
    pub(crate) key_span: Range<usize>,
    /// The value.
    pub(crate) value: Node,
}

/// What a format makes of a text.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The document.
    pub(crate) root: Node,
    /// Problems that leave the rest readable, such as a key that is there twice.
    pub(crate) problems: Vec<Problem>,
}

impl Node {
    /// A scalar or an empty value.
    pub(crate) fn scalar(span: Range<usize>, kind: Kind) -> Self {
        let length = match &kind {
            Kind::Text(text) | Kind::Bool(_, text) | Kind::Number(_, text) => text.len(),
            Kind::Null | Kind::List(_) | Kind::Map(_) => 0,
        };
        Self { span, kind: Rc::new(kind), weight: 1 + length / 32, height: 0 }
    }

    /// What a scalar without quotes means: JSON's numbers, `true`, `false` and `null` in three spellings, else text.
    /// So `no`, `1.2.3` and `08` stay what they look like.
    pub(crate) fn plain(span: Range<usize>, text: String) -> Self {
        let kind = match text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Bool(true, text),
            "false" | "False" | "FALSE" => Kind::Bool(false, text),
            _ => match serde_json::from_str(&text) {
                Ok(number) => Kind::Number(number, text),
                Err(_) => Kind::Text(text),
            },
        };
        Self::scalar(span, kind)
    }

    /// A list.
    pub(crate) fn list(span: Range<usize>, items: Vec<Self>) -> Self {
        let weight = 1 + items.iter().map(|item| item.weight).sum::<usize>();
        let height = 1 + items.iter().map(|item| item.height).max().unwrap_or(0);
        Self { span, kind: Rc::new(Kind::List(items)), weight, height }
    }

    /// A mapping. A key that is there twice is a problem, and its first value holds.
    pub(crate) fn map(span: Range<usize>, entries: Vec<Entry>, problems: &mut Vec<Problem>) -> Self {
        let weight =
            1 + entries.iter().map(|entry| 1 + entry.key.len() / 32 + entry.value.weight).sum::<usize>();
        let height = 1 + entries.iter().map(|entry| entry.value.height).max().unwrap_or(0);
        let entries = without_duplicates(entries, problems);
        Self { span, kind: Rc::new(Kind::Map(entries)), weight, height }
    }

    /// The entries of a mapping.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &*self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// A number.
    pub(crate) fn number(&self) -> Option<&serde_json::Number> {
        match &*self.kind {
            Kind::Number(number, _) => Some(number),
            _ => None,
        }
    }

    /// A scalar as it is spelled.
    pub(crate) fn spelling(&self) -> Option<&str> {
        match &*self.kind {
            Kind::Bool(_, text) | Kind::Number(_, text) | Kind::Text(text) => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }
}

fn without_duplicates(entries: Vec<Entry>, problems: &mut Vec<Problem>) -> Vec<Entry> {
    let mut first = std::collections::BTreeMap::<String, Range<usize>>::new();
    let mut unique = Vec::with_capacity(entries.len());
    for entry in entries {
        match first.get(&entry.key) {
            None => {
                first.insert(entry.key.clone(), entry.key_span.clone());
                unique.push(entry);
            }
            Some(earlier) => {
                let message = format!("`{}` is here twice", entry.key);
                let problem = Problem::new("duplicate-key", "", Some(entry.key_span), message);
                problems.push(
                    problem
                        .label("the second one")
                        .related(Some(earlier.clone()), "the first one")
                        .help("keep one of the two"),
                );
            }
        }
    }
    unique
}
