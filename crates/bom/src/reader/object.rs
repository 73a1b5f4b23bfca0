//! Reads mappings: known keys, named components, and choices between keys.

use landfall_model::name::Name;
use serde_json::{Map, Value};

use super::Reader;
use super::placeholder;
use super::scalar::shortened;
use super::shape::listed;
use super::variables::is_variable;
use crate::compose_words;
use crate::nearest::did_you_mean;
use crate::node::{Entry, Node};
use crate::schema::EXTENSION;

/// What a key of a mapping is.
enum Key {
    /// A key that the schema names, or a name that it allows; its value is as the schema says.
    Known(&'static Value),
    /// A name that is not valid, and why; its value is as the schema says.
    Invalid(&'static Value, String),
    /// For the file's own use.
    Ignored,
    /// A key that has no meaning here.
    Unknown,
}

impl Reader<'_> {
    /// Reads a mapping.
    pub(super) fn object(&mut self, node: &Node, schema: &'static Value, definition: &str) -> Value {
        let mut object = Map::new();
        for entry in node.entries().unwrap_or_default() {
            match key(schema, &entry.key) {
                Key::Ignored => {}
                Key::Known(schema) => {
                    let value = self.entry(entry, schema);
                    object.insert(entry.key.clone(), value);
                }
                Key::Invalid(schema, reason) => {
                    let message = format!("`{}` is not a name", shortened(&entry.key));
                    let problem = self.problem_at(entry, "name", message).help(reason);
                    self.problems.push(problem);
                    // Nothing but the problem will ever ask for this path.
                    let entry = Entry { key: shortened(&entry.key), ..entry.clone() };
                    self.entry(&entry, schema);
                }
                Key::Unknown => self.unknown_key(entry, schema, definition),
            }
        }
        self.add_missing(node, schema, &mut object);
        self.check_order(node, definition, &object);
        object.into()
    }

    /// Reads a mapping that has exactly one key of several.
    pub(super) fn choice(&mut self, node: &Node, branches: &'static [Value]) -> Value {
        let name = |branch: &'static Value| branch["required"][0].as_str().unwrap_or_default();
        let names: Vec<_> = branches.iter().map(name).collect();
        let mut found = Map::new();
        for entry in node.entries().unwrap_or_default() {
            let Some(branch) = branches.iter().find(|branch| name(branch) == entry.key) else {
                self.unknown(entry, &names, None);
                continue;
            };
            let value = self.entry(entry, &branch["properties"][&entry.key]);
            if found.is_empty() {
                found.insert(entry.key.clone(), value);
            } else {
                let message = format!("only one of {} can be here", listed(&names));
                let problem = self.problem_at(entry, "one-of", message);
                self.problems.push(problem.help("keep one of them"));
            }
        }
        let is_empty = node.entries().is_none_or(<[Entry]>::is_empty);
        if found.is_empty() && !is_empty {
            // The key that is there instead has been named already.
            return placeholder::of_schema(&branches[0]);
        }
        if found.is_empty() {
            let span = self.places.key(&self.path).unwrap_or(node.span.clone());
            let message = format!("{} needs {}", self.subject(), listed(&names));
            let problem = self.problem("missing-key", span, message);
            self.problems.push(problem);
            return placeholder::of_schema(&branches[0]);
        }
        found.into()
    }

    fn entry(&mut self, entry: &Entry, schema: &'static Value) -> Value {
        self.within(&entry.key, Some(&entry.key_span), &entry.value, |reader| {
            reader.value(&entry.value, schema)
        })
    }

    fn problem_at(&self, entry: &Entry, code: &'static str, message: String) -> crate::problem::Problem {
        let dot = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{}", self.path, entry.key);
        crate::problem::Problem::new(code, path, Some(entry.key_span.clone()), message)
    }

    fn unknown_key(&mut self, entry: &Entry, schema: &'static Value, definition: &str) {
        let known: Vec<_> =
            schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        self.unknown(entry, &known, compose_words::hint(definition, &entry.key));
    }

    fn unknown(&mut self, entry: &Entry, known: &[&str], hint: Option<&str>) {
        if self.problems.is_full() {
            return;
        }
        let message = format!("`{}` has no meaning here", shortened(&entry.key));
        let problem = self.problem_at(entry, "unknown-key", message).label("unknown key");
        let help = hint.map(str::to_owned).or_else(|| did_you_mean(&entry.key, known.iter().copied()));
        self.problems
            .push(problem.help(help.unwrap_or_else(|| format!("what can be here: {}", known.join(", ")))));
    }

    fn add_missing(&mut self, node: &Node, schema: &'static Value, object: &mut Map<String, Value>) {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if object.contains_key(key) {
                continue;
            }
            let property = &schema["properties"][key];
            let span = match self.places.key(&self.path) {
                Some(span) if !self.path.is_empty() => span,
                _ => node.span.start..node.span.start,
            };
            let mut problem = self.problem("missing-key", span, format!("{} has no `{key}`", self.subject()));
            if self.path.is_empty() {
                problem.path = key.to_owned();
            }
            let about = property["description"].as_str().unwrap_or_default();
            self.problems.push(problem.help(format!("add `{key}:` {}", lower_first(about))));
            object.insert(key.to_owned(), placeholder::of_schema(property));
        }
    }

    /// A scale's bounds stand in order; the type would put them right without a word.
    fn check_order(&mut self, node: &Node, definition: &str, object: &Map<String, Value>) {
        if definition != "ScaleLong" {
            return;
        }
        let minimum = object.get("min").and_then(Value::as_u64).unwrap_or(1);
        let Some(maximum) = object.get("max").and_then(Value::as_u64).filter(|maximum| *maximum < minimum)
        else {
            return;
        };
        let place = node.entries().unwrap_or_default().iter().find(|entry| entry.key == "max");
        let span = place.map_or(node.span.clone(), |entry| entry.value.span.clone());
        let message = format!("at most {maximum} is less than at least {minimum}");
        let problem = self
            .problem("scale", span, message)
            .help("`max` is never less than `min`, which is 1 if left out");
        self.problems.push(problem);
    }
}

fn key(schema: &'static Value, key: &str) -> Key {
    if let Some(property) = schema["properties"].get(key) {
        return Key::Known(property);
    }
    let mut patterns = schema["patternProperties"].as_object().into_iter().flatten();
    match patterns.next() {
        Some((pattern, _)) if pattern == EXTENSION => {
            return if key.starts_with("x-") { Key::Ignored } else { Key::Unknown };
        }
        Some((_, values)) => {
            return match Name::new(key) {
                Ok(_) => Key::Known(values),
                Err(error) => Key::Invalid(values, error.to_string()),
            };
        }
        None => {}
    }
    match &schema["additionalProperties"] {
        values @ Value::Object(_) if schema["propertyNames"].is_null() || is_variable(key) => {
            Key::Known(values)
        }
        values @ Value::Object(_) => {
            Key::Invalid(values, "a variable's name has no `=` and no white space".to_owned())
        }
        _ => Key::Unknown,
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        format!("({}{})", first.to_lowercase(), chars.as_str().trim_end_matches('.'))
    })
}
