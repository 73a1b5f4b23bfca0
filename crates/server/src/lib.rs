//! Keeping it so: the control plane (`landfall serve`) with its store, its reconcile loops and its API.
//!
//! It decides nothing that `plan` can decide and runs nothing that the data plane must run: it may be killed at any
//! instruction, and everything it had begun is finished or undone when it is started again.

pub mod data_plane;
mod deploy;
pub mod error;
mod execute;
mod http;
mod journal;
mod reconcile;
mod serve;
pub mod store;
#[cfg(test)]
mod tests;
mod views;
mod world;

pub use data_plane::AgentLaunch;
pub use error::{Error, Result};
pub use serve::{ServerConfig, serve, socket};
