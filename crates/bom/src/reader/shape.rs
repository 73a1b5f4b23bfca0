//! What a piece of the schema asks for, in the few forms that our schema has.

use serde_json::Value;

use crate::kinds::Kind as TextKind;
use crate::node::{Kind, Node};
use crate::schema;

/// What a piece of the schema asks for.
pub(super) struct Shape {
    /// The name of the definition it stands in, if it has one.
    pub(super) definition: &'static str,
    /// The form of the value.
    pub(super) form: Form,
}

/// The forms of values.
pub(super) enum Form {
    /// One of several, told apart by the type of the value.
    Any(&'static [Value]),
    /// A text with a form of its own.
    Kind(&'static TextKind),
    /// One of a few words.
    Words(Vec<&'static str>),
    /// A mapping with exactly one key of several.
    Choice(&'static [Value]),
    /// A mapping.
    Object(&'static Value),
    /// A list of what the schema says.
    List(&'static Value),
    /// A number, whole or not.
    Number { schema: &'static Value, whole: bool },
    /// Text, written with one of these types.
    Text(Vec<&'static str>),
    /// `true` or `false`.
    Bool,
    /// No value, for a component that needs none.
    Empty,
    /// Anything.
    Anything,
}

impl Shape {
    /// What `schema` asks for.
    pub(super) fn of(schema: &'static Value) -> Self {
        Self::named("", schema)
    }

    fn named(definition: &'static str, schema: &'static Value) -> Self {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            return match TextKind::defined_as(name) {
                Some(kind) => Self { definition: name, form: Form::Kind(kind) },
                None => Self::named(name, &schema::shared()["$defs"][name]),
            };
        }
        Self { definition, form: Form::of(schema) }
    }

    /// Whether a value has the right type, be it valid or not.
    pub(super) fn accepts(&self, node: &Node) -> bool {
        match (&self.form, &*node.kind) {
            (Form::Any(branches), _) => branches.iter().any(|branch| Self::of(branch).accepts(node)),
            (Form::Kind(kind), kind_of) => kind.types.iter().any(|name| has_type(kind_of, name)),
            (Form::Text(types), kind_of) => types.iter().any(|name| has_type(kind_of, name)),
            (Form::Words(_), Kind::Text(_))
            | (Form::Choice(_) | Form::Object(_), Kind::Map(_))
            | (Form::List(_), Kind::List(_))
            | (Form::Number { .. }, Kind::Number(..))
            | (Form::Bool, Kind::Bool(..))
            | (Form::Empty, Kind::Null)
            | (Form::Anything, _) => true,
            _ => false,
        }
    }

    /// The form in words, with its article.
    pub(super) fn describe(&self) -> String {
        match &self.form {
            Form::Any(branches) => {
                let mut forms: Vec<_> = branches.iter().map(Self::of).collect();
                forms.retain(|shape| !matches!(shape.form, Form::Empty));
                forms.iter().map(Self::describe).collect::<Vec<_>>().join(" or ")
            }
            Form::Kind(kind) => kind.noun.to_owned(),
            Form::Words(words) => listed(words),
            Form::Choice(branches) => {
                let keys: Vec<_> =
                    branches.iter().filter_map(|branch| branch["required"][0].as_str()).collect();
                format!("a mapping with {}", listed(&keys))
            }
            Form::Object(schema) => {
                let required: Vec<_> =
                    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                match required.as_slice() {
                    [] => "a mapping".to_owned(),
                    keys => format!("a mapping with `{}`", keys.join("`, `")),
                }
            }
            Form::List(_) => "a list".to_owned(),
            Form::Number { whole: true, .. } => "a whole number".to_owned(),
            Form::Number { whole: false, .. } => "a number".to_owned(),
            Form::Text(_) => "text".to_owned(),
            Form::Bool => "true or false".to_owned(),
            Form::Empty | Form::Anything => "a value".to_owned(),
        }
    }

    /// Whether a number would do.
    pub(super) fn takes_numbers(&self) -> bool {
        match &self.form {
            Form::Any(branches) => branches.iter().any(|branch| Self::of(branch).takes_numbers()),
            form => matches!(form, Form::Number { .. }),
        }
    }

    /// Whether this text would do.
    pub(super) fn takes_text(&self, text: &str) -> bool {
        match &self.form {
            Form::Any(branches) => branches.iter().any(|branch| Self::of(branch).takes_text(text)),
            Form::Kind(kind) => (kind.check)(text).is_ok(),
            form => matches!(form, Form::Text(_)),
        }
    }

    /// Whether a list would do.
    pub(super) fn takes_lists(&self) -> bool {
        match &self.form {
            Form::Any(branches) => branches.iter().any(|branch| Self::of(branch).takes_lists()),
            form => matches!(form, Form::List(_)),
        }
    }
}

impl Form {
    fn of(schema: &'static Value) -> Self {
        let branches = |key: &str| schema[key].as_array().map(Vec::as_slice);
        if let Some(branches) = branches("anyOf") {
            return Self::Any(branches);
        }
        if let Some(branches) = branches("oneOf") {
            let words: Vec<_> = branches.iter().filter_map(|branch| branch["const"].as_str()).collect();
            return if words.len() == branches.len() { Self::Words(words) } else { Self::Choice(branches) };
        }
        let types: Vec<_> = match &schema["type"] {
            Value::String(name) => vec![name.as_str()],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        match types.as_slice() {
            [] => Self::Anything,
            ["object"] => Self::Object(schema),
            ["array"] => Self::List(&schema["items"]),
            ["integer"] => Self::Number { schema, whole: true },
            ["number"] => Self::Number { schema, whole: false },
            ["boolean"] => Self::Bool,
            ["null"] => Self::Empty,
            _ => Self::Text(types),
        }
    }
}

fn has_type(kind: &Kind, name: &str) -> bool {
    match kind {
        Kind::Text(_) => name == "string",
        Kind::Bool(..) => name == "boolean",
        Kind::Number(number, _) => {
            name == "number" || (name == "integer" && number.as_f64().is_some_and(|n| n.fract() == 0.0))
        }
        Kind::Null | Kind::List(_) | Kind::Map(_) => false,
    }
}

/// "`a`, `b` or `c`".
pub(super) fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => format!("`{word}`"),
        [words @ .., last] => format!("`{}` or `{last}`", words.join("`, `")),
    }
}
