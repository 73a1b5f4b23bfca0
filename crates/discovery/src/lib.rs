//! Who is there, and well: the data plane (`landfall agent`) with its probes, its catalog and its DNS.
//!
//! The agent reads instances from the engine through [`Source`] and what is active from the [`directive`]s that the
//! control plane gives it, probes every instance, and answers names from one immutable catalog snapshot. It keeps
//! the directives on disk and goes on without the control plane.

pub mod agent;
pub mod catalog;
pub mod client;
pub mod directive;
pub mod dns;
#[cfg(test)]
mod fixture;
pub mod health;
pub mod probe;
pub mod source;
pub mod wire;

pub use agent::{AgentConfig, AgentError, Takeover, serve};
pub use client::AgentClient;
pub use source::{Source, SourceError};
