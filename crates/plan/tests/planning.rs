//! Planning as its users see it: scenarios, and properties that hold for every landscape and every observation.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

#[path = "planning/world.rs"]
mod world;

#[path = "planning/blueprints.rs"]
mod blueprints;
#[path = "planning/properties.rs"]
mod properties;
#[path = "planning/scenarios.rs"]
mod scenarios;
