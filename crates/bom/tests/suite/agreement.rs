//! The reader and an independent validator agree on which documents the schema allows.

use jsonschema::Validator;
use landfall_bom::{Source, parse, schema};
use serde_json::{Value, json};

use crate::documents;

/// What the reader says that the schema doesn't: the words of references, the order of bounds, and the rules.
fn breaks_schema(code: &str) -> bool {
    let of_the_schema = [
        "duration",
        "missing-key",
        "mode",
        "money",
        "name",
        "newer-format",
        "no-value",
        "one-of",
        "out-of-range",
        "owner",
        "percent",
        "size",
        "text",
        "unknown-key",
        "unknown-word",
        "variable",
        "wrong-type",
    ];
    of_the_schema.contains(&code)
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).expect("the schema is valid")
}

fn check(validator: &Validator, document: &Value) {
    let text = document.to_string();
    let refused = match parse(&Source { name: "landfall.json", text: &text }) {
        Ok(_) => Vec::new(),
        Err(problems) => problems
            .iter()
            .filter(|problem| breaks_schema(problem.code))
            .map(|problem| problem.message.clone())
            .collect(),
    };
    let errors: Vec<_> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(
        refused.is_empty(),
        errors.is_empty(),
        "{document}\nreader: {refused:#?}\nschema: {errors:#?}"
    );
}

/// Small documents that have every key of a large one: one key of one component in each, and what goes with it.
fn parts(document: &Value) -> Vec<Value> {
    let required = ["image", "build", "host", "port", "generate", "file"];
    let mut parts = Vec::new();
    for (section, components) in document.as_object().expect("a mapping") {
        parts.push(json!({ "landscape": "x", section: if components.is_object() { json!({}) } else { components.clone() } }));
        for (name, component) in components.as_object().into_iter().flatten() {
            for key in component.as_object().into_iter().flatten().map(|(key, _)| key) {
                let mut component = component.clone();
                let object = component.as_object_mut().expect("a mapping");
                object.retain(|other, _| other == key || required.contains(&other.as_str()));
                parts.push(json!({ "landscape": "x", section: { name: component } }));
            }
        }
    }
    parts
}

/// The document with one value at a time replaced by each of `others`, or removed, or given a key more.
fn variants(document: &Value, others: &[Value]) -> Vec<Value> {
    let mut all = others.to_vec();
    match document {
        Value::Object(object) => {
            for (key, value) in object {
                let with = |value: Value| {
                    let mut object = object.clone();
                    object.insert(key.clone(), value);
                    Value::Object(object)
                };
                all.extend(variants(value, others).into_iter().map(with));
                let mut object = object.clone();
                object.remove(key);
                all.push(Value::Object(object));
            }
            let mut object = object.clone();
            object.insert("nonsense".to_owned(), json!({}));
            all.push(Value::Object(object));
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let with = |value: Value| {
                    let mut items = items.clone();
                    items[index] = value;
                    Value::Array(items)
                };
                all.extend(variants(value, others).into_iter().map(with));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn right_documents_are_right_by_the_schema_too() {
    let validator = validator();
    for (name, text) in documents("valid") {
        let bom = parse(&Source { name: &name, text: &text }).expect("right");
        let canonical = serde_json::to_value(&bom.landscape).expect("canonical");
        assert!(validator.is_valid(&canonical), "{name}");
        check(&validator, &canonical);
    }
}

#[test]
fn reader_and_schema_agree_on_every_change_of_a_document() {
    let validator = validator();
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(70000),
        json!(-1),
        json!(0.5),
        json!(5e9),
        json!(""),
        json!("x"),
        json!("X y"),
        json!("5s"),
        json!("1."),
        json!("256mib"),
        json!(" 60 % "),
        json!("400 USD/month"),
        json!("0.1 USD/GB/h"),
        json!("0640"),
        json!("1:2"),
        json!("A=b"),
        json!("auto"),
        json!([]),
        json!(["a"]),
        json!([{}]),
        json!({}),
        json!({ "file": "x" }),
        json!({ "min": 1 }),
    ];
    let (name, text) =
        documents("valid").into_iter().find(|(name, _)| name == "everything.json").expect("there");
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    check(&validator, &document);
    let variants: Vec<_> = parts(&document).iter().flat_map(|part| variants(part, &others)).collect();
    assert!(variants.len() > 4_000, "only {} variants", variants.len());
    variants.iter().for_each(|variant| check(&validator, variant));
}
