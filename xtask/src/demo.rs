//! `cargo xtask demo`: from a clone to a running system and its picture, in one command.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use crate::expect_only;
use crate::failure::{Failure, While};
use crate::process::{announce, cargo, program, root, run, say, target};
use crate::setup;

/// The example, in the workspace.
const EXAMPLE: &str = "examples/lidar";
/// What `landfall` is asked for, in the example's directory.
const STEPS: &[&[&str]] = &[&["up"]];
/// The example's own last step, if it has one: a program beside its bill of materials.
const LAST: &str = "demo";

/// `cargo xtask demo`.
pub(crate) fn run_demo(arguments: &[String]) -> Result<(), Failure> {
    expect_only(&[], arguments)?;
    setup::ensure()?;
    announce("building landfall: cargo build --release --package landfall");
    run(&mut cargo(&["build", "--release", "--package", "landfall"]))?;

    let example = root().join(EXAMPLE);
    let binaries = target().join("release");
    let landfall = binaries.join("landfall");
    for step in STEPS {
        announce(&format!("landfall {} in {EXAMPLE}", step.join(" ")));
        run(program(&landfall, step).current_dir(&example))?;
    }
    let last = example.join(LAST);
    if last.is_file() {
        announce(&format!("{EXAMPLE}/{LAST}"));
        run(program(&last, &[]).current_dir(&example).env("PATH", path_with(&binaries)?))?;
    }
    say(&format!("\nIt runs. Type next, in {EXAMPLE}:"));
    say(&format!("  {0} ps      what runs, and whether it is well", landfall.display()));
    say(&format!("  {0} logs    what it says", landfall.display()));
    say(&format!("  {0} down    to take it down", landfall.display()));
    Ok(())
}

/// The search path with a directory in front.
fn path_with(directory: &Path) -> Result<OsString, Failure> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(directory.to_owned()).chain(env::split_paths(&path)))
        .while_trying("put landfall into the search path")
}
