//! Reads variables that are written as a list, Compose's other spelling: `[NAME=value]`.

use serde_json::{Map, Value};

use super::Reader;
use super::scalar::shortened;
use crate::kinds::Kind as TextKind;
use crate::node::{Kind, Node};

impl Reader<'_> {
    /// Reads a list of `NAME=value`.
    pub(super) fn variables(&mut self, items: &[Node]) -> Value {
        let mut variables = Map::new();
        for (index, item) in items.iter().enumerate() {
            let read = self.within(&index.to_string(), None, item, |reader| reader.assignment(item));
            let Some((name, value)) = read else { continue };
            self.within(&name, None, item, |_| ());
            if variables.contains_key(&name) {
                let problem =
                    self.problem("duplicate-key", item.span.clone(), format!("`{name}` is here twice"));
                self.problems.push(problem.help("keep one of the two"));
            }
            variables.entry(name).or_insert(value);
        }
        variables.into()
    }

    fn assignment(&mut self, item: &Node) -> Option<(String, Value)> {
        let written = match &*item.kind {
            Kind::Text(text) => text.split_once('=').filter(|(name, _)| is_variable(name)),
            _ => None,
        };
        let Some((name, value)) = written else {
            let text = item.spelling().map(shortened);
            let message = text.map_or("a variable in a list is NAME=value".to_owned(), |text| {
                format!("`{text}` should be NAME=value")
            });
            let problem = self.problem("variable", item.span.clone(), message);
            self.problems.push(
                problem
                    .help("a variable's value is in this file; nothing is taken from your own environment"),
            );
            return None;
        };
        let text = TextKind::defined_as("Text").expect("the model has a kind for texts");
        if let Err(flaw) = (text.check)(value) {
            let problem = self.flawed(&item.span, value, text, flaw);
            self.problems.push(problem);
            return None;
        }
        Some((name.to_owned(), value.into()))
    }
}

/// Whether a text can be a variable's name.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '=' || c.is_whitespace())
}
