//! What containers of an image do, as a test wants it.

use std::collections::BTreeMap;

use landfall_model::observed::EngineHealth;
use landfall_model::spec::GroupId;

use crate::LogSource;

/// What a container is launched with, secrets opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Its group.
    pub group: GroupId,
    /// Its number within the group.
    pub number: u32,
    /// The entry point's words, where the group has any, and the command's.
    pub words: Vec<String>,
    /// Whether an init runs it, which starts even if the command can't be.
    pub init: bool,
    /// The image's variables and the group's.
    pub environment: BTreeMap<String, String>,
    /// Files by path: content, mode and owner.
    pub files: BTreeMap<String, (String, u32, (u32, u32))>,
    /// How often it was started, this time included.
    pub starts: u32,
}

/// What a container does when it is started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// Why it can't be started at all.
    pub refusal: Option<String>,
    /// What it writes.
    pub output: Vec<(LogSource, String)>,
    /// Its exit code, if it ends at once. It runs on otherwise.
    pub exit: Option<i64>,
    /// What the image's own HEALTHCHECK finds at first; starting if nothing is said.
    pub health: Option<EngineHealth>,
}

/// What a command that is run in a container says, and its exit code.
pub type Outcome = (Vec<(LogSource, String)>, i64);

/// What containers of an image do.
pub trait Program: Send + Sync {
    /// What a container does when it is started.
    fn start(&self, launch: &Launch) -> Behaviour;

    /// What a command does that is run in it with the given input. No command is known unless a program knows it.
    fn exec(&self, launch: &Launch, words: &[String], input: &[u8]) -> Outcome {
        let _unused = (launch, input);
        (vec![(LogSource::Stderr, format!("{}: not found\n", words.join(" ")))], 127)
    }
}

/// A program that runs until it is told otherwise and says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Serving;

impl Program for Serving {
    fn start(&self, _launch: &Launch) -> Behaviour {
        Behaviour::default()
    }
}

impl<F: Fn(&Launch) -> Behaviour + Send + Sync> Program for F {
    fn start(&self, launch: &Launch) -> Behaviour {
        self(launch)
    }
}
