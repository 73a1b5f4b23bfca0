//! Names: what is answered (pure), how it is written on the wire (pure), and the sockets at which it is asked.

pub mod answer;
pub mod holder;
pub mod listener;
pub mod message;
pub mod name;
pub mod responder;
pub mod upstream;
