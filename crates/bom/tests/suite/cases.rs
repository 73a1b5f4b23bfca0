//! Each document in `tests/cases` has beside it what is said about it.

use landfall_bom::{Colour, Problems, Source, check_supported, parse};

use crate::documents;

/// What `landfall check` would say.
fn report(source: &Source<'_>) -> Problems {
    match parse(source) {
        Err(problems) => problems,
        Ok(bom) => {
            let unsupported = check_supported(&bom);
            if unsupported.is_empty() { bom.warnings } else { unsupported }
        }
    }
}

#[test]
fn what_is_said_about_each_case() {
    let cases = documents("cases");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../cases");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, text) in cases {
        let source = Source { name: &name, text: &text };
        let problems = report(&source);
        assert!(!problems.is_empty(), "nothing is said about {name}");
        let rendered = problems.render(&source, Colour::Plain);
        assert!(!rendered.contains("Failed to read contents"), "{name}: a place is outside the file");
        settings.set_description(text.lines().next().unwrap_or_default());
        settings.bind(|| insta::assert_snapshot!(name.as_str(), rendered));
    }
}

#[test]
fn programs_get_lines_and_columns() {
    let text = "landscape: x\nservices:\n  ü: { image: a }\n  api: { image: a, depends_on: [dbb] }\n  db: { image: a }\n";
    let source = Source { name: "landfall.yaml", text };
    let problems = parse(&source).expect_err("invalid");
    insta::assert_json_snapshot!(problems.to_json(&source), @"");
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let source = Source { name: "landfall.yaml", text: "landscape: X" };
    let problems = parse(&source).expect_err("invalid");
    assert!(problems.render(&source, Colour::Ansi).contains("\u{1b}["));
    assert!(!problems.render(&source, Colour::Plain).contains("\u{1b}["));
}
