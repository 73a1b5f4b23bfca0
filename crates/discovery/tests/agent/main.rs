//! The agent end to end: real sockets on loopback addresses, and an engine in memory.
#![expect(clippy::unwrap_used, reason = "a test that can't go on says where, and ends")]

#[path = "../../src/fixture.rs"]
mod fixture;
mod garbage;
mod lifecycle;
mod names;
mod upstream;
mod world;
