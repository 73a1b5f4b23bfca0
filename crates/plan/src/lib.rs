//! What should happen: from a release and an observation to the steps between them, without doing any of it.
//!
//! Everything here is a pure function. [`blueprint`] lowers a release, for one environment, to the groups that an
//! engine runs; [`plan`] compares blueprints with what was observed and gives the steps; [`verify`] checks a plan
//! without using any of the planner's code. The crate forbids what `model` forbids.

pub mod blueprint;
pub mod difference;
pub mod graph;
pub mod plan;
pub mod planner;
pub mod verify;

pub use blueprint::{Blueprint, BlueprintError, BlueprintInput, blueprint};
pub use plan::{Action, Change, ChangeKind, Plan, Step, StepId};
pub use planner::{DataPolicy, Input, plan};
pub use verify::verify;
