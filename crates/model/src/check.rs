//! Health checks, lowered: each kind that the bill of materials knows becomes one of few probes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::quantity::Period;

/// How and how often it is told whether an instance is well.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Check {
    /// What is asked.
    pub probe: Probe,
    /// Time from one probe to the next, once the first has succeeded.
    pub interval: Period,
    /// Time for one probe to answer.
    pub timeout: Period,
    /// Failures in a row that make an instance unwell.
    pub retries: u32,
    /// Time after the start in which failures don't count.
    pub start_period: Period,
}

/// What is asked. `http` and `tcp` are asked from outside the container, so its image needs no tool for them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Probe {
    /// `GET path` at `port`; a status from 200 to 399 is well.
    Http {
        /// The port inside the container.
        port: u16,
        /// The path, beginning with `/`.
        path: String,
    },
    /// A connection to `port` that opens is well.
    Tcp {
        /// The port inside the container.
        port: u16,
    },
    /// A command run inside the container; exit code 0 is well.
    Command {
        /// The words that are run.
        words: Vec<String>,
    },
    /// The image's own HEALTHCHECK, which the engine runs.
    Engine,
    /// Nothing: an instance that runs is well.
    Running,
}

impl Check {
    /// The interval where the bill of materials names none.
    pub const INTERVAL: Period = Period::from_secs(5);
    /// The timeout where the bill of materials names none.
    pub const TIMEOUT: Period = Period::from_secs(3);
    /// The retries where the bill of materials names none.
    pub const RETRIES: u32 = 3;
    /// The start period where the bill of materials names none.
    pub const START_PERIOD: Period = Period::from_secs(60);

    /// A check with the given probe, and the usual times.
    pub fn usual(probe: Probe) -> Self {
        Self {
            probe,
            interval: Self::INTERVAL,
            timeout: Self::TIMEOUT,
            retries: Self::RETRIES,
            start_period: Self::START_PERIOD,
        }
    }

    /// How long an instance may take from its start to its first success before a deployment gives it up.
    pub fn patience(&self) -> Period {
        let failing = u64::from(self.retries) * (self.interval.millis() + self.timeout.millis());
        Period::from_millis(self.start_period.millis() + failing)
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { port, path } => write!(f, "http :{port}{path}"),
            Self::Tcp { port } => write!(f, "tcp :{port}"),
            Self::Command { words } => write!(f, "command {}", words.join(" ")),
            Self::Engine => f.write_str("the image's HEALTHCHECK"),
            Self::Running => f.write_str("running"),
        }
    }
}

/// What is known of an instance's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Health {
    /// Not yet well, and not yet given up: within the start period, or not probed so far.
    Starting {
        /// What the last probe said, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<String>,
    },
    /// Well.
    Passing,
    /// Unwell.
    Failing {
        /// What the last probe said.
        reason: String,
    },
}

impl Health {
    /// Whether names resolve to the instance.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Passing)
    }
}
