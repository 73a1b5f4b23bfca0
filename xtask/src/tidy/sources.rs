//! The shape of source files: how long they are, how they open, what they and their types are called.

use super::workspace::Workspace;

/// The most lines that a file may have.
const LINES: usize = 500;
/// Files that may be longer: path, lines allowed, the day this was granted and why.
const LONG: &[(&str, usize, &str)] = &[];
/// Words that say nothing about what a thing is for.
const EMPTY_WORDS: &[&str] =
    &["util", "utils", "utility", "utilities", "common", "helper", "helpers", "misc", "manager", "managers"];
/// The words behind which a name is given.
const DECLARATIONS: &[&str] = &["struct", "enum", "trait", "mod", "type", "union"];

/// Files that are too long, and exceptions that are no longer needed.
pub(super) fn check_lengths(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in &workspace.sources {
        let exception = LONG.iter().find(|(long, ..)| long == path);
        let (most, lines) = (exception.map_or(LINES, |(_, most, _)| *most), text.lines().count());
        if lines > most {
            problems.push(format!("{path} has {lines} lines, and {most} is the most: divide it"));
        } else if exception.is_some() && lines <= LINES {
            problems.push(format!("{path} no longer needs its exception in xtask/src/tidy/sources.rs"));
        }
    }
    let gone = LONG.iter().filter(|(path, ..)| !workspace.sources.contains_key(*path));
    problems.extend(gone.map(|(path, ..)| format!("{path} has an exception, and there is no such file")));
    problems
}

/// Files, directories and types with names that say nothing.
pub(super) fn check_names(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in &workspace.sources {
        if path.ends_with("/mod.rs") {
            problems.push(format!("{path}: `foo.rs` beside `foo/`, never `foo/mod.rs`"));
        }
        let parts = path.trim_end_matches(".rs").split('/');
        problems.extend(
            parts.filter_map(empty_word).map(|word| format!("{path}: `{word}` says nothing in a path")),
        );
        for (number, name) in declared_names(text) {
            let word = empty_word(name).into_iter();
            problems.extend(word.map(|word| format!("{path}:{number}: `{word}` says nothing in `{name}`")));
        }
    }
    problems
}

/// Source files that don't open with the sentence that says what they are for.
pub(super) fn check_openings(workspace: &Workspace) -> Vec<String> {
    let sources = workspace.sources.iter().filter(|(path, _)| path.contains("/src/"));
    sources
        .filter(|(_, text)| {
            let opening: String = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
            !opening.trim().contains(' ')
        })
        .map(|(path, _)| format!("{path} doesn't open with a `//!` sentence that says what it is for"))
        .collect()
}

/// Lints that are allowed rather than expected, and tests that are ignored without a reason.
pub(super) fn check_attributes(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in &workspace.sources {
        for (line, number) in text.lines().map(str::trim_start).zip(1..) {
            if line.starts_with("#[allow(") || line.starts_with("#![allow(") {
                problems
                    .push(format!("{path}:{number}: `#[expect(LINT, reason = \"...\")]`, never `#[allow]`"));
            }
            if line.starts_with("#[ignore") && !line.starts_with("#[ignore = \"") {
                problems.push(format!("{path}:{number}: `#[ignore = \"REASON\"]`, never without a reason"));
            }
        }
    }
    problems
}

/// The names that a file declares, with the numbers of their lines.
fn declared_names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().zip(1..).filter_map(|(line, number)| {
        let mut words =
            line.split_whitespace().skip_while(|word| *word == "unsafe" || word.starts_with("pub"));
        let name = words.next().filter(|word| DECLARATIONS.contains(word)).and(words.next())?;
        let end = name
            .find(|character: char| !character.is_alphanumeric() && character != '_')
            .unwrap_or(name.len());
        name.get(..end).map(|name| (number, name))
    })
}

/// The first word of a name, in whichever case, that says nothing.
fn empty_word(name: &str) -> Option<&'static str> {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() {
            words.push(' ');
        }
        words.extend(if matches!(character, '_' | '-' | '.') {
            ' '.to_lowercase()
        } else {
            character.to_lowercase()
        });
    }
    words.split_whitespace().find_map(|word| EMPTY_WORDS.iter().find(|empty| **empty == word).copied())
}

#[cfg(test)]
mod tests {
    use super::super::expect_none;
    use super::*;

    #[test]
    fn files_are_short() {
        expect_none(check_lengths);
    }

    #[test]
    fn names_speak_and_there_is_no_mod_rs() {
        expect_none(check_names);
    }

    #[test]
    fn every_source_file_opens_with_a_sentence() {
        expect_none(check_openings);
    }

    #[test]
    fn lints_are_expected_and_tests_ignored_with_a_reason() {
        expect_none(check_attributes);
    }

    #[test]
    fn a_file_of_501_lines_is_too_long() {
        assert!(check_lengths(&workspace("crates/a/src/a.rs", &"//\n".repeat(500))).is_empty());
        let problems = check_lengths(&workspace("crates/a/src/a.rs", &"//\n".repeat(501)));
        assert_eq!(problems, ["crates/a/src/a.rs has 501 lines, and 500 is the most: divide it"]);
    }

    #[test]
    fn a_name_that_says_nothing_is_found_in_paths_and_types() {
        let problems =
            check_names(&workspace("crates/a/tests/common/mod.rs", "pub(crate) struct LeaseManager<T>(T);"));
        assert_eq!(
            problems,
            [
                "crates/a/tests/common/mod.rs: `foo.rs` beside `foo/`, never `foo/mod.rs`",
                "crates/a/tests/common/mod.rs: `common` says nothing in a path",
                "crates/a/tests/common/mod.rs:1: `manager` says nothing in `LeaseManager`",
            ]
        );
        let fine = "struct Commonwealth;\nmod management;\nlet util = 1;\n// struct Helper is no declaration";
        assert!(check_names(&workspace("crates/a/src/a.rs", fine)).is_empty());
    }

    #[test]
    fn a_file_without_an_opening_sentence_is_found() {
        assert!(check_openings(&workspace("crates/a/src/a.rs", "//! What it is for.\n")).is_empty());
        assert_eq!(check_openings(&workspace("crates/a/src/a.rs", "//! x\nfn main() {}\n")).len(), 1);
        assert_eq!(check_openings(&workspace("crates/a/src/a.rs", "use std::fs;\n")).len(), 1);
        assert!(check_openings(&workspace("crates/a/tests/a.rs", "use std::fs;\n")).is_empty());
    }

    #[test]
    fn an_allowed_lint_and_an_ignored_test_are_found() {
        let text = "  #[allow(dead_code)]\n#[ignore]\n#[ignore = \"takes an hour\"]\n";
        assert_eq!(check_attributes(&workspace("crates/a/src/a.rs", text)).len(), 2);
    }

    fn workspace(path: &str, text: &str) -> Workspace {
        let mut workspace = Workspace::default();
        workspace.sources.insert(path.to_owned(), text.to_owned());
        workspace
    }
}
