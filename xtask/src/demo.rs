//! `cargo xtask demo`: from a clone to a running system and its picture, in one command.

use serde_json::Value;

use crate::expect_only;
use crate::failure::{Failure, While};
use crate::process::{announce, cargo, output, program, root, run, say, target};
use crate::setup::{self, packages};

/// The example, in the workspace.
const EXAMPLE: &str = "examples/lidar";
/// What `landfall` is asked for, in the example's directory.
const STEPS: &[&[&str]] = &[&["up"]];
/// The service of the example that people reach it by.
const FRONT: &str = "viewer";
/// The example's last step, a program beside its bill of materials: it is given the address of [`FRONT`], sends data
/// there and prints where to look at what came of it.
const LAST: &str = "demo";

/// `cargo xtask demo`.
pub(crate) fn run_demo(arguments: &[String]) -> Result<(), Failure> {
    expect_only(&[], arguments)?;
    setup::ensure()?;
    packages::ensure("curl", &["curl"])?;
    announce("building landfall: cargo build --release --package landfall");
    run(&mut cargo(&["build", "--release", "--package", "landfall"]))?;

    let example = root().join(EXAMPLE);
    let landfall = target().join("release/landfall");
    for step in STEPS {
        announce(&format!("landfall {} in {EXAMPLE}", step.join(" ")));
        run(program(&landfall, step).current_dir(&example))?;
    }
    let environment = output(program(&landfall, &["ps", "--json"]).current_dir(&example))?;
    let address = parse_address(&environment, FRONT)?;
    announce(&format!("{EXAMPLE}/{LAST} {address}"));
    run(program(example.join(LAST), &[&address]).current_dir(&example))?;
    say(&format!("\nIt runs. Type next, in {EXAMPLE}:"));
    say(&format!("  {} ps      what runs, and whether it is well", landfall.display()));
    say(&format!("  {} down    to take it down", landfall.display()));
    Ok(())
}

/// The address of a service's first instance that has one, from what `landfall ps --json` says.
fn parse_address(environment: &str, service: &str) -> Result<String, Failure> {
    let environment: Value =
        serde_json::from_str(environment).while_trying("understand `landfall ps --json`")?;
    let instances = environment["instances"].as_array().into_iter().flatten();
    let urls =
        instances.filter(|instance| instance["component"] == service).map(|instance| &instance["urls"][0]);
    let address = urls.filter_map(Value::as_str).next();
    address.map(str::to_owned).ok_or_else(|| {
        Failure::new(format!("`{service}` has no address; `landfall ps` in {EXAMPLE} shows what runs"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_that_of_the_service() {
        let environment = r#"{ "instances": [
            { "component": "api", "urls": ["http://localhost:1"] },
            { "component": "viewer", "urls": [] },
            { "component": "viewer", "urls": ["http://localhost:2"] }
        ] }"#;
        assert_eq!(parse_address(environment, "viewer").unwrap(), "http://localhost:2");
        let failure = parse_address(environment, "db").unwrap_err();
        assert!(failure.to_string().starts_with("`db` has no address"), "{failure}");
    }
}
