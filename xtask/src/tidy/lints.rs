//! Lints: every crate takes the workspace's, and pure crates forbid what touches the world.

use super::workspace::Workspace;

/// The crates that say nothing but what follows from what they are told.
const PURE: &[&str] = &["model", "bom", "plan", "api"];
/// What a pure crate's `clippy.toml` must forbid at least.
const FORBIDDEN: &[&str] = &[
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "std::env::var",
    "std::fs::read",
    "std::fs::read_to_string",
    "std::fs::write",
    "std::fs::File::open",
    "std::fs::File::create",
    "std::collections::HashMap",
    "std::collections::HashSet",
];

/// Crates whose manifest doesn't take the workspace's lints.
pub(super) fn check_inherited(workspace: &Workspace) -> Vec<String> {
    let manifests = workspace.crates.iter().map(|ours| format!("{}/Cargo.toml", ours.directory));
    manifests
        .filter(|path| {
            let lines: Vec<&str> = workspace.document(path).lines().map(str::trim).collect();
            !lines.windows(2).any(|pair| pair == ["[lints]", "workspace = true"])
        })
        .map(|path| format!("{path} lacks `[lints]` with `workspace = true`"))
        .collect()
}

/// Pure crates without the root's thresholds (a crate's `clippy.toml` takes the place of the root's) or a prohibition.
pub(super) fn check_pure(workspace: &Workspace) -> Vec<String> {
    let root = workspace.document("clippy.toml");
    let mut problems = Vec::new();
    for ours in workspace.crates.iter().filter(|ours| PURE.contains(&ours.short())) {
        let path = format!("{}/clippy.toml", ours.directory);
        let Some(text) = workspace.documents.get(&path) else {
            problems.push(format!("{path} is missing: copy crates/model/clippy.toml"));
            continue;
        };
        let thresholds = root.lines().filter(|line| line.contains(" = "));
        let missing = thresholds.filter(|threshold| !text.lines().any(|line| line == *threshold));
        problems.extend(missing.map(|threshold| format!("{path} lacks the root's `{threshold}`")));
        let allowed = FORBIDDEN.iter().filter(|item| !text.contains(&format!("path = \"{item}\"")));
        problems.extend(allowed.map(|item| format!("{path} doesn't forbid `{item}`")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::expect_none;
    use super::super::workspace::Crate;
    use super::*;

    #[test]
    fn every_crate_takes_the_lints_of_the_workspace() {
        expect_none(check_inherited);
    }

    #[test]
    fn pure_crates_forbid_the_world() {
        expect_none(check_pure);
    }

    #[test]
    fn a_prohibition_or_threshold_that_is_missing_is_found() {
        let ours =
            Crate { name: "landfall-plan".to_owned(), directory: "crates/plan".to_owned(), uses: Vec::new() };
        let mut workspace = Workspace { crates: vec![ours], ..Workspace::default() };
        assert_eq!(
            check_pure(&workspace),
            ["crates/plan/clippy.toml is missing: copy crates/model/clippy.toml"]
        );
        assert_eq!(
            check_inherited(&workspace),
            ["crates/plan/Cargo.toml lacks `[lints]` with `workspace = true`"]
        );

        let forbidden: String =
            FORBIDDEN.iter().skip(1).map(|item| format!("{{ path = \"{item}\" }},\n")).collect();
        let mut put = |path: &str, text: &str| workspace.documents.insert(path.to_owned(), text.to_owned());
        put("clippy.toml", "too-many-lines-threshold = 60\n");
        put("crates/plan/clippy.toml", &format!("too-many-lines-threshold = 600\n{forbidden}"));
        assert_eq!(
            check_pure(&workspace),
            [
                "crates/plan/clippy.toml lacks the root's `too-many-lines-threshold = 60`",
                "crates/plan/clippy.toml doesn't forbid `std::time::Instant::now`",
            ]
        );
    }
}
