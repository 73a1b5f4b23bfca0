//! The program on a real Docker Engine: from a bill of materials to a running system, and back to nothing.
//!
//! Needs a Docker Engine with `debian:bookworm-slim` and fails without; `LANDFALL_WITHOUT_DOCKER=1` says that this is
//! known.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and what it printed is shown then"
)]

#[path = "e2e/crashes.rs"]
mod crashes;
#[path = "e2e/daemon.rs"]
mod daemon;
#[path = "e2e/data.rs"]
mod data;
#[path = "e2e/environments.rs"]
mod environments;
#[path = "e2e/examples.rs"]
mod examples;
#[path = "e2e/failures.rs"]
mod failures;
#[path = "e2e/files.rs"]
mod files;
#[path = "e2e/jobs.rs"]
mod jobs;
#[path = "e2e/machine.rs"]
mod machine;
#[path = "e2e/output.rs"]
mod output;
#[path = "e2e/repairs.rs"]
mod repairs;
#[path = "e2e/rig.rs"]
mod rig;
#[path = "e2e/wiring.rs"]
mod wiring;
