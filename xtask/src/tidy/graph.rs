//! Who may use whom: our crates by a table, and foreign interfaces each behind a fence.

use super::workspace::Workspace;

/// The crates of ours that each may use. Arrows point up this table only; an edge that isn't here is forbidden,
/// in tests and build scripts too.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("bom", &["model"]),
    ("plan", &["model"]),
    ("engine", &["model"]),
    ("build", &["model", "engine"]),
    ("discovery", &["model"]),
    ("api", &["model", "plan"]),
    ("server", &["model", "bom", "plan", "engine", "build", "discovery", "api"]),
    ("cli", &["model", "bom", "plan", "engine", "build", "discovery", "api", "server"]),
    ("xtask", &[]),
];

/// Foreign crates, and the crates of ours that may name them. A name that ends in `*` stands for all that begin so.
const FENCES: &[(&str, &[&str])] = &[
    ("axum", &["server", "discovery"]),
    ("bollard*", &["engine"]),
    ("clap*", &["cli"]),
    ("gix*", &["build"]),
    ("hickory-*", &["discovery"]),
    ("miette", &["bom", "cli"]),
    ("minijinja", &["plan"]),
    ("reqwest", &["cli"]),
    ("serde-saphyr", &["bom"]),
    ("sqlx*", &["server"]),
];

/// Edges that the table doesn't have, crates that it doesn't know, and lines of it for crates that are gone.
pub(super) fn check_edges(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for ours in &workspace.crates {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == ours.short()) else {
            problems.push(format!("`{}` is not in the table of xtask/src/tidy/graph.rs", ours.short()));
            continue;
        };
        let used = workspace.crates.iter().filter(|other| ours.uses.contains(&other.name));
        let forbidden = used.filter(|other| !allowed.contains(&other.short()));
        problems
            .extend(forbidden.map(|other| format!("`{}` must not use `{}`", ours.short(), other.short())));
    }
    let gone = EDGES.iter().filter(|(name, _)| !workspace.crates.iter().any(|ours| ours.short() == *name));
    problems.extend(gone.map(|(name, _)| format!("`{name}` is in the table, and there is no such crate")));
    problems
}

/// Foreign crates that are named outside their fence.
pub(super) fn check_fences(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for ours in &workspace.crates {
        for (fenced, homes) in FENCES.iter().filter(|(_, homes)| !homes.contains(&ours.short())) {
            let named = ours.uses.iter().filter(|foreign| stands_for(fenced, foreign));
            problems.extend(named.map(|foreign| {
                format!(
                    "`{}` must not use `{foreign}`, which belongs to {}",
                    ours.short(),
                    homes.join(" and ")
                )
            }));
        }
    }
    problems
}

fn stands_for(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::super::expect_none;
    use super::super::workspace::Crate;
    use super::*;

    #[test]
    fn crates_use_only_those_of_ours_that_the_table_allows() {
        expect_none(check_edges);
    }

    #[test]
    fn each_foreign_interface_is_named_in_its_crate_only() {
        expect_none(check_fences);
    }

    #[test]
    fn the_table_points_upwards() {
        for (place, (name, allowed)) in EDGES.iter().enumerate() {
            for used in *allowed {
                let above = EDGES[..place].iter().any(|(earlier, _)| earlier == used);
                assert!(above, "`{name}` uses `{used}`, which is not above it");
            }
        }
    }

    #[test]
    fn an_edge_that_is_not_in_the_table_is_found_by_name() {
        let problems =
            check_edges(&workspace(&[("model", &["landfall-engine"]), ("engine", &["landfall-model"])]));
        assert!(problems.contains(&"`model` must not use `engine`".to_owned()), "{problems:?}");
        assert!(!problems.iter().any(|problem| problem.contains("`engine` must not")), "{problems:?}");
        let problems = check_edges(&workspace(&[("novelty", &[])]));
        assert!(problems[0].starts_with("`novelty` is not in the table"), "{problems:?}");
    }

    #[test]
    fn a_foreign_crate_outside_its_fence_is_found_by_name() {
        let problems =
            check_fences(&workspace(&[("plan", &["hickory-proto"]), ("discovery", &["hickory-proto"])]));
        assert_eq!(problems, ["`plan` must not use `hickory-proto`, which belongs to discovery"]);
    }

    fn workspace(crates: &[(&str, &[&str])]) -> Workspace {
        let crates = crates.iter().map(|(short, uses)| Crate {
            name: format!("landfall-{short}"),
            directory: format!("crates/{short}"),
            uses: uses.iter().map(|&used| used.to_owned()).collect(),
        });
        Workspace { crates: crates.collect(), ..Workspace::default() }
    }
}
