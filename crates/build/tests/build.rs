//! Builds of whole landscapes: over a fake that shows who builds when, and over real builders.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "build/docker.rs"]
mod docker;
#[path = "build/fake.rs"]
mod fake;
#[path = "build/project.rs"]
mod project;
#[path = "build/scheduling.rs"]
mod scheduling;
