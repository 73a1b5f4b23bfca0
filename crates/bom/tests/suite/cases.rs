//! Each document in `tests/cases` has beside it what is said about it.

use landfall_bom::{Colour, Findings, Problems, RULES, Source, check_supported, parse};
use landfall_model::Landscape;

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
    insta::assert_json_snapshot!(problems.to_json(&source), @r#"
    [
      {
        "code": "name",
        "column": 3,
        "end": {
          "column": 4,
          "line": 3
        },
        "file": "landfall.yaml",
        "help": "'ü' can't stand there: a name has lower-case letters, digits, `-` and `_`, and begins and ends with a letter or digit",
        "line": 3,
        "message": "`ü` is not a name",
        "path": "services.ü",
        "severity": "error"
      },
      {
        "code": "unknown-component",
        "column": 33,
        "end": {
          "column": 36,
          "line": 4
        },
        "file": "landfall.yaml",
        "help": "did you mean `db`?",
        "line": 4,
        "message": "there is no service, job or external `dbb`",
        "path": "services.api.depends_on.0.service",
        "severity": "error"
      }
    ]
    "#);
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let source = Source { name: "landfall.yaml", text: "landscape: X" };
    let problems = parse(&source).expect_err("invalid");
    assert!(problems.render(&source, Colour::Ansi).contains("\u{1b}["));
    assert!(!problems.render(&source, Colour::Plain).contains("\u{1b}["));
}

/// Every rule has a document beside it that breaks it: without that rule, some case would read otherwise.
#[test]
fn every_rule_is_broken_by_a_case() {
    let mut silent: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    for (name, text) in documents("cases") {
        // What can't be read, or breaks another rule, still shows which rules speak.
        let Some(landscape) = lenient(&name, &text) else { continue };
        silent.retain(|name| {
            let rule = RULES.iter().find(|rule| rule.name == *name).expect("it is one of them");
            let mut findings = Findings::default();
            (rule.check)(&landscape, &mut findings);
            findings.iter().next().is_none()
        });
    }
    assert!(silent.is_empty(), "no case breaks: {silent:#?}");
}

/// The landscape of a document that may break rules, if serde can read it.
fn lenient(name: &str, text: &str) -> Option<Landscape> {
    if name.ends_with(".json") { serde_json::from_str(text).ok() } else { serde_saphyr::from_str(text).ok() }
}
