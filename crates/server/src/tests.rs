//! The control plane without Docker: deployments, failures and crashes on the fake engine.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod crashes;
mod deployments;
mod rig;
