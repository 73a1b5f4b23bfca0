//! ARCHITECTURE.md and LICENSE keep up with the code.

use std::collections::BTreeSet;

use super::workspace::Workspace;

const MAP: &str = "ARCHITECTURE.md";
const LICENCE: &str = "Apache License";
/// Where each foreign crate has its line of reason.
const DEPENDENCIES: &str = "## Dependencies";
/// The numbered list of what always holds.
const INVARIANTS: &str = "## Invariants";
/// What stands before the name of the test that guards an invariant.
const TEST: &str = "test: `";

/// A licence that is missing or another one.
pub(super) fn check_licence(workspace: &Workspace) -> Vec<String> {
    let there = workspace.document("LICENSE").contains(LICENCE);
    if there { Vec::new() } else { vec![format!("LICENSE with the text of the {LICENCE} 2.0 is missing")] }
}

/// Crates of ours that no row of a table names.
pub(super) fn check_crates(workspace: &Workspace) -> Vec<String> {
    let rows: Vec<&str> = workspace.document(MAP).lines().filter(|line| line.starts_with('|')).collect();
    let named = |name: &str| rows.iter().any(|row| row.starts_with(&format!("| `{name}` |")));
    let missing = workspace.crates.iter().filter(|ours| !named(ours.short()));
    missing
        .map(|ours| format!("{MAP} has no row `| \\`{}\\` | ...`", ours.short()).replace('\\', ""))
        .collect()
}

/// Foreign crates without a line of reason, and lines for crates that nobody uses any more.
pub(super) fn check_dependencies(workspace: &Workspace) -> Vec<String> {
    let ours: BTreeSet<&str> = workspace.crates.iter().map(|ours| ours.name.as_str()).collect();
    let used: BTreeSet<&str> =
        workspace.crates.iter().flat_map(|ours| ours.uses.iter().map(String::as_str)).collect();
    let section = section(workspace.document(MAP), DEPENDENCIES);
    let reasoned: BTreeSet<&str> = section.lines().flat_map(|line| quoted(subject(line))).collect();
    let missing = used.iter().filter(|name| !ours.contains(*name) && !reasoned.contains(*name));
    let stale = reasoned.iter().filter(|name| !used.contains(*name));
    missing
        .map(|name| format!("{MAP} has no line for `{name}` below {DEPENDENCIES}"))
        .chain(stale.map(|name| format!("{MAP} has a line for `{name}`, which no crate uses")))
        .collect()
}

/// Invariants that name no test, or one that isn't there.
pub(super) fn check_invariants(workspace: &Workspace) -> Vec<String> {
    let invariants = parse_invariants(section(workspace.document(MAP), INVARIANTS));
    if invariants.is_empty() {
        return vec![format!("{MAP} has no numbered list below {INVARIANTS}")];
    }
    let mut problems = Vec::new();
    for invariant in &invariants {
        let number = invariant.split('.').next().unwrap_or_default();
        let mut tests = invariant.split(TEST).skip(1).filter_map(|rest| rest.split('`').next()).peekable();
        if tests.peek().is_none() {
            problems.push(format!("{MAP}: invariant {number} names no test: {TEST}CRATE::NAME`"));
        }
        let missing = tests.filter(|test| !exists(workspace, test));
        problems.extend(
            missing.map(|test| format!("{MAP}: invariant {number} names `{test}`, which doesn't exist")),
        );
    }
    problems
}

/// The text below a heading, as far as the next one of its rank.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let Some((_, rest)) = text.split_once(&format!("{heading}\n")) else { return "" };
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

/// What a row of a table or an item of a list is about: its first cell, or what stands before the colon.
fn subject(line: &str) -> &str {
    let line = line.trim();
    if let Some(row) = line.strip_prefix('|') {
        return row.split('|').next().unwrap_or_default();
    }
    line.strip_prefix("- ").and_then(|item| item.split(": ").next()).unwrap_or_default()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The items of a numbered list, each with the lines that go on with it, in one line.
fn parse_invariants(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && line[digits..].starts_with(". ") {
            items.push(line.to_owned());
        } else if let Some(item) = items.last_mut() {
            item.push(' ');
            item.push_str(line);
        }
    }
    items
}

/// Whether a function of that name is there, behind an attribute that makes a test of it or in a macro that does.
fn exists(workspace: &Workspace, test: &str) -> bool {
    let declaration = format!("fn {}(", test.rsplit("::").next().unwrap_or(test));
    workspace.sources.values().any(|text| {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.iter().enumerate().filter(|(_, line)| line.contains(&declaration)).any(|(place, _)| {
            let attributes = lines[..place].iter().rev().take_while(|line| line.starts_with("#["));
            attributes.into_iter().any(|line| line.contains("test"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect_none;
    use super::super::workspace::Crate;
    use super::*;

    #[test]
    fn the_licence_is_there() {
        expect_none(check_licence);
    }

    #[test]
    fn the_map_names_every_crate() {
        expect_none(check_crates);
    }

    #[test]
    fn the_map_has_a_reason_for_each_dependency() {
        expect_none(check_dependencies);
    }

    #[test]
    fn each_invariant_names_a_test_that_exists() {
        expect_none(check_invariants);
    }

    const GOOD: &str = "## Crates\n| `plan` | what should happen |\n## Dependencies\n| `serde` | formats |\n\
                        - `tokio`, `bytes`: input and output like `nothing`\n\n\
                        ## Invariants\n\n1. Plans are equal\n   when inputs are (test: `plan::equal_inputs`).\n\n## More\n";
    const TESTS: &str = "#[test]\n#[ignore = \"slow\"]\nfn equal_inputs() {}\nfn no_test() {}\n";

    #[test]
    fn a_map_that_keeps_up_has_no_problem() {
        let workspace = workspace(GOOD);
        assert!(check_crates(&workspace).is_empty());
        assert!(check_dependencies(&workspace).is_empty());
        assert_eq!(check_invariants(&workspace), Vec::<String>::new());
    }

    #[test]
    fn a_map_that_does_not_keep_up_is_found_out() {
        let rows = GOOD.replace("`plan` |", "`planner` |").replace("serde", "serde_yaml");
        let problems = (check_crates(&workspace(&rows)), check_dependencies(&workspace(&rows)));
        assert_eq!(problems.0, ["ARCHITECTURE.md has no row `| `plan` | ...`"]);
        assert_eq!(
            problems.1,
            [
                "ARCHITECTURE.md has no line for `serde` below ## Dependencies",
                "ARCHITECTURE.md has a line for `serde_yaml`, which no crate uses",
            ]
        );
        let other = workspace(&GOOD.replace("equal_inputs", "no_test"));
        assert_eq!(
            check_invariants(&other),
            ["ARCHITECTURE.md: invariant 1 names `plan::no_test`, which doesn't exist"]
        );
        let none = workspace(&GOOD.replace("test: ", ""));
        assert_eq!(
            check_invariants(&none),
            ["ARCHITECTURE.md: invariant 1 names no test: test: `CRATE::NAME`"]
        );
        assert_eq!(
            check_invariants(&workspace("")),
            ["ARCHITECTURE.md has no numbered list below ## Invariants"]
        );
        assert_eq!(check_licence(&workspace("")).len(), 1);
    }

    fn workspace(map: &str) -> Workspace {
        let uses = ["serde", "tokio", "bytes"].map(str::to_owned).to_vec();
        let ours = Crate { name: "landfall-plan".to_owned(), directory: "crates/plan".to_owned(), uses };
        let mut workspace = Workspace { crates: vec![ours], ..Workspace::default() };
        workspace.documents.insert(MAP.to_owned(), map.to_owned());
        workspace.sources.insert("crates/plan/src/lib.rs".to_owned(), TESTS.to_owned());
        workspace
    }
}
