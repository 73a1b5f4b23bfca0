//! `cargo xtask test`: every check there is, each to its end, and what came of them.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::expect_only;
use crate::failure::{Failure, While};
use crate::process::{announce, cargo, find, program, run, say, target};
use crate::setup;
use crate::tidy;

/// Leaves out what needs Docker.
const QUICK: &str = "--quick";
/// What tests on Docker look for: they end at once where it is set.
const WITHOUT_DOCKER: &str = "LANDFALL_WITHOUT_DOCKER";
/// The version that `deny.toml` is written for, installed where there is none.
const DENY_VERSION: &str = "0.20.2";

/// A check of `cargo xtask test`.
struct Check {
    name: &'static str,
    run: fn(Extent) -> Result<(), Failure>,
}

/// How much is tested.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    WithoutDocker,
}

const ALL: &[Check] = &[
    Check { name: "cargo fmt", run: |_| run(&mut cargo(&["fmt", "--all", "--check"])) },
    Check { name: "cargo clippy", run: |_| run(&mut cargo(CLIPPY)) },
    Check { name: "tidy", run: |_| tidy::run(&[]) },
    Check { name: "cargo test", run: |extent| run(&mut tests(extent)) },
    // Advisories are left out: they need a fresh copy of a repository on GitHub, and would turn red by themselves.
    Check { name: "cargo deny", run: |_| run(&mut deny()?) },
];
const CLIPPY: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

/// What came of a check.
struct Outcome {
    name: &'static str,
    took: Duration,
    result: Result<(), Failure>,
}

/// `cargo xtask test [--quick]`.
pub(crate) fn run_all(arguments: &[String]) -> Result<(), Failure> {
    expect_only(&[QUICK], arguments)?;
    let extent = if arguments.is_empty() { Extent::Whole } else { Extent::WithoutDocker };
    let mut outcomes = Vec::new();
    if extent == Extent::Whole {
        let outcome = conduct("setup", setup::ensure);
        if outcome.result.is_err() {
            // Every test on Docker would say the same at length.
            return conclude(&[outcome]);
        }
        outcomes.push(outcome);
    }
    outcomes.extend(ALL.iter().map(|check| conduct(check.name, || (check.run)(extent))));
    conclude(&outcomes)
}

fn conduct(name: &'static str, check: impl FnOnce() -> Result<(), Failure>) -> Outcome {
    announce(name);
    let begin = Instant::now();
    let result = check();
    if let Err(failure) = &result {
        say(&format!("{name}: {failure}"));
    }
    Outcome { name, took: begin.elapsed(), result }
}

fn conclude(outcomes: &[Outcome]) -> Result<(), Failure> {
    write!(std::io::stdout(), "{}", render_outcomes(outcomes))
        .while_trying("print what came of the checks")?;
    let failed: Vec<_> =
        outcomes.iter().filter(|outcome| outcome.result.is_err()).map(|outcome| outcome.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("failed: {}", failed.join(", ")))) }
}

fn render_outcomes(outcomes: &[Outcome]) -> String {
    let line = |outcome: &Outcome| {
        let word = if outcome.result.is_ok() { "ok" } else { "FAILED" };
        format!("{:<14} {word:<6} {:>7.1} s\n", outcome.name, outcome.took.as_secs_f64())
    };
    std::iter::once("\n".to_owned()).chain(outcomes.iter().map(line)).collect()
}

fn tests(extent: Extent) -> Command {
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if extent == Extent::WithoutDocker {
        command.env(WITHOUT_DOCKER, "1");
    }
    command
}

/// `cargo deny`, which is installed beside what is built if the machine has none.
fn deny() -> Result<Command, Failure> {
    let arguments = ["check", "bans", "licenses", "sources"];
    let tools = target().join("tools");
    let ours = tools.join("bin/cargo-deny");
    if let Some(theirs) = find("cargo-deny") {
        return Ok(program(theirs, &arguments));
    }
    if !ours.is_file() {
        announce(&format!(
            "cargo-deny is missing: cargo install cargo-deny {DENY_VERSION}, into {}",
            tools.display()
        ));
        // Unoptimised: a third of the time to build, and still quick enough for a tree like ours.
        let directory = tools.display().to_string();
        run(&mut cargo(&[
            "install",
            "--locked",
            "--debug",
            "cargo-deny",
            "--version",
            DENY_VERSION,
            "--root",
            &directory,
        ]))?;
    }
    Ok(program(ours, &arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_failed() {
        let ok = Outcome { name: "tidy", took: Duration::from_millis(1_240), result: Ok(()) };
        let bad =
            Outcome { name: "cargo fmt", took: Duration::from_secs(61), result: Err(Failure::new("no")) };
        let table = render_outcomes(&[ok, bad]);
        assert_eq!(table, "\ntidy           ok         1.2 s\ncargo fmt      FAILED    61.0 s\n");
    }
}
