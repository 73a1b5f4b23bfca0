//! What the compiler doesn't check: the crate graph, the files' shapes and the documents that must keep up with them.

mod architecture;
mod graph;
mod lints;
mod sources;
mod workspace;

use crate::expect_only;
use crate::failure::Failure;
use crate::process::say;
use workspace::Workspace;

/// A rule of the house.
struct Rule {
    /// What holds where the rule is kept.
    holds: &'static str,
    /// Finds where it isn't: one sentence for each.
    check: fn(&Workspace) -> Vec<String>,
}

const ALL: &[Rule] = &[
    Rule { holds: "crates use only those of ours that the table allows", check: graph::check_edges },
    Rule { holds: "each foreign interface is named in its crate only", check: graph::check_fences },
    Rule { holds: "every crate takes the workspace's lints", check: lints::check_inherited },
    Rule { holds: "pure crates forbid the world, with the root's thresholds", check: lints::check_pure },
    Rule { holds: "files are short", check: sources::check_lengths },
    Rule {
        holds: "files and types have speaking names, and there is no mod.rs",
        check: sources::check_names,
    },
    Rule { holds: "every source file opens with a sentence", check: sources::check_openings },
    Rule { holds: "lints are expected and tests ignored with a reason", check: sources::check_attributes },
    Rule { holds: "the licence is there", check: architecture::check_licence },
    Rule { holds: "ARCHITECTURE.md names every crate", check: architecture::check_crates },
    Rule {
        holds: "ARCHITECTURE.md has a reason for each dependency",
        check: architecture::check_dependencies,
    },
    Rule { holds: "each invariant names a test that exists", check: architecture::check_invariants },
];

/// `cargo xtask tidy`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    expect_only(&[], arguments)?;
    let workspace = Workspace::observe()?;
    let mut broken = 0;
    for rule in ALL {
        let problems = (rule.check)(&workspace);
        if !problems.is_empty() {
            broken += 1;
            say(&format!("not so: {}", rule.holds));
            problems.iter().for_each(|problem| say(&format!("  {problem}")));
        }
    }
    match broken {
        0 => Ok(()),
        _ => Err(Failure::new(format!("{broken} of {} rules are broken", ALL.len()))),
    }
}

/// Fails a test with every problem that a rule finds in this workspace.
#[cfg(test)]
fn expect_none(check: fn(&Workspace) -> Vec<String>) {
    let problems = check(&Workspace::observe().unwrap());
    assert!(problems.is_empty(), "\n  {}", problems.join("\n  "));
}
