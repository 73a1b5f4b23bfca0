//! The smallest valid value, put where something can't be read.

use serde_json::{Map, Value, json};

use super::shape::{Form, Shape};

/// A valid value of this shape.
pub(super) fn of(shape: &Shape) -> Value {
    match &shape.form {
        Form::Any(branches) | Form::Choice(branches) => branches.first().map_or(Value::Null, of_schema),
        Form::Kind(kind) => kind.examples.first().copied().unwrap_or_default().into(),
        Form::Words(words) => words.first().copied().unwrap_or_default().into(),
        Form::Object(schema) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let value = |key: &str| (key.to_owned(), of_schema(&schema["properties"][key]));
            required.map(value).collect::<Map<_, _>>().into()
        }
        Form::List(_) => json!([]),
        Form::Number { schema, whole: true } => schema["minimum"].as_u64().unwrap_or(0).into(),
        Form::Number { schema, whole: false } => schema["minimum"].as_f64().unwrap_or(0.0).into(),
        Form::Text(_) => "".into(),
        Form::Bool => false.into(),
        Form::Empty | Form::Anything => json!({}),
    }
}

/// A valid value of what `schema` asks for.
pub(super) fn of_schema(schema: &'static Value) -> Value {
    of(&Shape::of(schema))
}
