//! No input makes the reader panic, and what it says about any input has a place.

use landfall_bom::{Colour, Problems, Source, check_supported, parse};
use proptest::prelude::*;

use crate::documents;
use crate::mutate::{Numbers, mutate};

/// Does with a document what `landfall check` does, and looks at the answer.
fn judge(name: &str, text: &str) {
    let source = Source { name, text };
    let problems = parse(&source).map_or_else(|problems| problems, |bom| check_supported(&bom));
    check_places(&source, &problems);
}

fn check_places(source: &Source<'_>, problems: &Problems) {
    for problem in problems {
        let spans = problem.span.iter().chain(problem.related.iter().map(|related| &related.span));
        spans.for_each(|span| assert!(source.text.get(span.clone()).is_some(), "{problem:?}"));
        assert_ne!(problem.code, "unreadable", "schema and types differ: {problem:?}\n{}", source.text);
    }
    let rendered = problems.render(source, Colour::Plain);
    assert!(!rendered.contains("Failed to read contents"), "{rendered}");
    assert_eq!(problems.to_json(source).as_array().map(Vec::len), Some(problems.len()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn any_text_is_answered(text in any::<String>(), yaml in "[-a-z:{}\\[\\]&*!|>'\"%@,#? \n\t]{0,200}") {
        for text in [text, yaml] {
            judge("landfall.yaml", &text);
            judge("landfall.json", &text);
        }
    }
}

#[test]
fn changed_documents_are_answered() {
    let documents: Vec<_> = [documents("cases"), documents("valid")].concat();
    let texts: Vec<_> = documents.iter().map(|(_, text)| text.as_str()).collect();
    let mut numbers = Numbers::new(1);
    for _ in 0..600 {
        let text = mutate(&mut numbers, &texts);
        judge("landfall.yaml", &text);
        judge("landfall.json", &text);
    }
}
