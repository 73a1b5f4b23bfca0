//! The control plane without Docker: deployments, failures and crashes on the fake engine.

mod crashes;
mod deployments;
mod rig;
