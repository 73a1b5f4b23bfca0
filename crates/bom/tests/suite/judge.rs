//! Does with a document what `landfall check` does, and looks at the answer.

use landfall_bom::{Colour, Problems, Source, check_supported, parse};

/// Does with a document what `landfall check` does, and looks at the answer.
pub(crate) fn judge(name: &str, text: &str) {
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
