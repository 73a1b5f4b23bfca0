//! The agent end to end: real sockets on loopback addresses, and an engine in memory.

#[path = "../../src/fixture.rs"]
mod fixture;
mod garbage;
mod lifecycle;
mod names;
mod upstream;
mod world;
