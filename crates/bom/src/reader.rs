//! The reader: holds a tree against the schema, notes every problem with its place, and makes the canonical value.
//!
//! What can't be read is replaced by the smallest valid value, so that the rest of the file can be judged too.

mod object;
mod placeholder;
mod scalar;
mod shape;
mod variables;

use std::ops::Range;

use serde_json::{Value, json};

use crate::compose_words;
use crate::node::{Kind, Node};
use crate::places::Places;
use crate::problem::{Problem, Problems};
use crate::schema;
use shape::{Form, Shape};

/// What was read.
pub(crate) struct Reading {
    /// The canonical value.
    pub(crate) value: Value,
    /// Where each part stands.
    pub(crate) places: Places,
    /// What is wrong.
    pub(crate) problems: Problems,
}

/// Reads a tree as the schema has it.
pub(crate) fn read(root: &Node, text: &str) -> Reading {
    let mut reader =
        Reader { text, path: String::new(), places: Places::default(), problems: Problems::default() };
    reader.places.add(String::new(), None, root.span.clone());
    let value = reader.value(root, schema::shared());
    Reading { value, places: reader.places, problems: reader.problems }
}

struct Reader<'a> {
    text: &'a str,
    path: String,
    places: Places,
    problems: Problems,
}

impl Reader<'_> {
    /// Reads a value as `schema` has it.
    fn value(&mut self, node: &Node, schema: &'static Value) -> Value {
        let shape = Shape::of(schema);
        match shape.form {
            _ if !shape.accepts(node) => self.wrong_type(node, &shape),
            Form::Any(branches) => {
                if shape.definition == schema::VARIABLES
                    && let Kind::List(items) = &*node.kind
                {
                    return self.variables(items);
                }
                let branch = branches.iter().find(|branch| Shape::of(branch).accepts(node));
                self.value(node, branch.expect("the shape accepts what one of its branches accepts"))
            }
            Form::Kind(kind) => self.kind(node, kind),
            Form::Words(ref words) => self.word(node, words),
            Form::Choice(branches) => self.choice(node, branches),
            Form::Object(object) => self.object(node, object, shape.definition),
            Form::List(items) => self.list(node, items),
            Form::Number { schema, .. } => self.number(node, schema),
            Form::Text(_) => node.spelling().unwrap_or_default().into(),
            Form::Bool => matches!(&*node.kind, Kind::Bool(true, _)).into(),
            Form::Empty => json!({}),
            Form::Anything => Value::Null,
        }
    }

    fn list(&mut self, node: &Node, items: &'static Value) -> Value {
        let Kind::List(nodes) = &*node.kind else { return Value::Null };
        let items = nodes.iter().enumerate().map(|(index, node)| {
            self.within(&index.to_string(), None, node, |reader| reader.value(node, items))
        });
        items.collect()
    }

    /// Does something one step further down the path, and notes the place.
    fn within<T>(
        &mut self,
        step: &str,
        key: Option<&Range<usize>>,
        node: &Node,
        act: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        self.places.add(self.path.clone(), key.cloned(), node.span.clone());
        let result = act(self);
        self.path.truncate(length);
        result
    }

    fn problem(&self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem::new(code, self.path.clone(), Some(span), message)
    }

    /// The last step of the path, or what stands for the whole file.
    fn here(&self) -> &str {
        match self.path.rsplit_once('.') {
            Some((_, step)) => step,
            None if self.path.is_empty() => "the file",
            None => &self.path,
        }
    }

    fn wrong_type(&mut self, node: &Node, shape: &Shape) -> Value {
        let problem = match &*node.kind {
            Kind::Null if self.path.is_empty() => {
                let problem = self.problem("missing-key", node.span.clone(), "the file is empty");
                problem.help("begin with `landscape: NAME` and `services:`")
            }
            Kind::Null => {
                let span = self.places.key(&self.path).unwrap_or(node.span.clone());
                let problem = self.problem("no-value", span, format!("`{}` has no value", self.here()));
                problem.help(format!("write {} behind it, or remove it", shape.describe()))
            }
            _ => {
                let found = describe_node(node);
                let message =
                    format!("{} should be {}, and this is {found}", self.subject(), shape.describe());
                let problem = self.problem("wrong-type", node.span.clone(), message);
                match self.retyped(node, shape) {
                    Some(help) => problem.help(help),
                    None => problem,
                }
            }
        };
        self.problems.push(problem);
        placeholder::of(shape)
    }

    fn subject(&self) -> String {
        let here = self.here();
        match here {
            "the file" => here.to_owned(),
            _ if here.bytes().all(|byte| byte.is_ascii_digit()) => {
                let list = self.path.rsplit('.').nth(1).unwrap_or_default();
                format!("this item of `{list}`")
            }
            _ => format!("`{here}`"),
        }
    }

    /// How something of the wrong type was probably meant.
    fn retyped(&self, node: &Node, shape: &Shape) -> Option<String> {
        let spelling = node.spelling()?;
        let respelled = compose_words::respelled(shape.definition, spelling);
        let number = || spelling.parse::<f64>().is_ok();
        respelled.or_else(|| match &*node.kind {
            Kind::Text(_) if shape.takes_numbers() && number() => {
                Some(format!("write {spelling} without quotes"))
            }
            Kind::Text(_) if matches!(shape.form, Form::Bool) => match spelling.to_lowercase().as_str() {
                "yes" | "on" | "true" | "y" => Some("write true".to_owned()),
                "no" | "off" | "false" | "n" => Some("write false".to_owned()),
                _ => None,
            },
            Kind::Number(..) | Kind::Bool(..) if shape.takes_text(spelling) => {
                Some(format!("put it in quotes: \"{spelling}\""))
            }
            _ if shape.takes_lists() && shape.definition != schema::VARIABLES => {
                Some(format!("put it in brackets: [{spelling}]"))
            }
            _ => match shape.form {
                Form::Kind(kind) => (kind.check)(spelling).err().map(|flaw| flaw.message),
                _ => None,
            },
        })
    }
}

fn describe_node(node: &Node) -> &'static str {
    match &*node.kind {
        Kind::Null => "nothing",
        Kind::Bool(..) => "true or false",
        Kind::Number(..) => "a number",
        Kind::Text(_) => "text",
        Kind::List(_) => "a list",
        Kind::Map(_) => "a mapping",
    }
}
