//! The JSON Schema of a bill of materials, made from the model's types and put into the words that files use.

use std::sync::LazyLock;

use landfall_model::landscape::{BOM_VERSION, Landscape};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::kinds::{KINDS, Marker};

/// The definition of environment variables and build arguments, which have two spellings.
pub(crate) const VARIABLES: &str = "Variables";

/// The pattern of top-level keys that are kept for the file's own use, such as anchors.
pub(crate) const EXTENSION: &str = "^x-";

/// What a variable's name matches.
const VARIABLE: &str = r"^[^=\s]+$";

/// Components that may stand there without a value, because they need none.
const EMPTY: [&str; 3] = ["Volume", "Purpose", "ServiceOverride"];

static SCHEMA: LazyLock<Value> = LazyLock::new(build);

/// The JSON Schema (2020-12) that describes a bill of materials and that files are held against.
pub fn schema() -> Value {
    SCHEMA.clone()
}

/// The same without a copy.
pub(crate) fn shared() -> &'static Value {
    &SCHEMA
}

fn build() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Landscape>().to_value();
    tidy(&mut schema);
    schema["$id"] = format!("urn:landfall:bill-of-materials:{BOM_VERSION}").into();
    schema["properties"]["landfall"]["minimum"] = 1.into();
    schema["properties"]["landfall"]["maximum"] = BOM_VERSION.into();
    schema["patternProperties"] =
        json!({ EXTENSION: { "description": "For the file's own use, such as anchors." } });
    for component in ["Service", "Job"] {
        schema["$defs"][component]["properties"]["user"]["type"] = json!(["string", "integer"]);
    }
    if let Some(definitions) = schema["$defs"].as_object_mut() {
        add_definitions(definitions);
    }
    schema
}

fn add_definitions(definitions: &mut Map<String, Value>) {
    for kind in KINDS {
        let types = if kind.types.len() == 1 { json!(kind.types[0]) } else { json!(kind.types) };
        let mut definition =
            json!({ "description": kind.description, "type": types, "examples": kind.examples });
        if let Some(pattern) = kind.pattern {
            definition["pattern"] = pattern.into();
        }
        if kind.types.contains(&"integer") {
            definition["minimum"] = 0.into();
            definition["maximum"] = u32::MAX.into();
        }
        definitions.insert(kind.definition.to_owned(), definition);
    }
    let variables = json!({
        "description": "Variables by name, or a list of `NAME=value`.",
        "anyOf": [
            {
                "type": "object",
                "propertyNames": { "pattern": VARIABLE },
                "additionalProperties": { "$ref": "#/$defs/Text" },
            },
            { "type": "array", "items": { "type": "string", "pattern": r"^[^=\s]+=" } },
        ],
    });
    definitions.insert(VARIABLES.to_owned(), variables);
}

/// Puts what the generator says into the words of files: no `null` for what is left out, one definition for each
/// kind of text, a maximum in place of a machine's type.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => {
            object.values_mut().for_each(tidy);
            without_null(object);
            without_machine_formats(object);
            with_kinds(object);
            with_spellings(object);
        }
        _ => {}
    }
}

/// What may be left out is left out, not `null`.
fn without_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [single] = types.as_slice() {
            object["type"] = single.clone();
        }
    }
    let Some(Value::Array(branches)) = object.get_mut("anyOf") else { return };
    branches.retain(|branch| *branch != json!({ "type": "null" }));
    if let [Value::Object(single)] = branches.as_mut_slice() {
        let single = std::mem::take(single);
        object.remove("anyOf");
        single.into_iter().for_each(|(key, value)| {
            object.entry(key).or_insert(value);
        });
    }
}

fn without_machine_formats(object: &mut Map<String, Value>) {
    let maximum = match object.get("format").and_then(Value::as_str) {
        Some("uint16") => u64::from(u16::MAX),
        Some("uint32") => u64::from(u32::MAX),
        _ => return,
    };
    object.remove("format");
    object.entry("maximum").or_insert(maximum.into());
}

/// Names the definition of each text that has a form of its own.
fn with_kinds(object: &mut Map<String, Value>) {
    let marked = |marker: &Marker| match marker {
        Marker::Format(format) => object.get("format").is_some_and(|found| found == format),
        Marker::Pattern(pattern) => object.get("pattern").is_some_and(|found| found == pattern),
    };
    if let Some(kind) = KINDS.iter().find(|kind| marked(&kind.marker)) {
        ["type", "format", "pattern"].into_iter().for_each(|key| {
            object.remove(key);
        });
        object.insert("$ref".to_owned(), format!("#/$defs/{}", kind.definition).into());
    }
}

/// Adds the spellings that files have beside the canonical one.
fn with_spellings(object: &mut Map<String, Value>) {
    match object.get("additionalProperties") {
        Some(values) if *values == json!({ "$ref": "#/$defs/Text" }) => {
            object.remove("additionalProperties");
            object.remove("type");
            object.insert("$ref".to_owned(), format!("#/$defs/{VARIABLES}").into());
        }
        // Labels: what looks like a number is meant as text.
        Some(values) if *values == json!({ "type": "string" }) => {
            object["additionalProperties"] = json!({ "type": ["string", "number", "boolean"] });
        }
        _ => {}
    }
    for component in object.get_mut("patternProperties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if EMPTY.iter().any(|name| *component.1 == json!({ "$ref": format!("#/$defs/{name}") })) {
            *component.1 = json!({ "anyOf": [component.1.clone(), { "type": "null" }] });
        }
    }
}
