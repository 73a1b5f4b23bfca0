//! Releases: a landscape resolved to content, so that equal content is the same release.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::ContentHash;
use crate::landscape::Landscape;
use crate::name::Name;

/// A release's number within its landscape, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReleaseNumber(pub u64);

impl fmt::Display for ReleaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// An immutable resolution of a landscape: everything that decides what runs, and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The landscape.
    pub landscape: Landscape,
    /// The images that its containers name, by that name.
    pub images: BTreeMap<String, ImageFacts>,
    /// The contents of the files that it names (templates and configs), by path.
    pub files: BTreeMap<String, String>,
    /// Which value of each secret it uses.
    pub secrets: BTreeMap<Name, u32>,
}

impl Release {
    /// The release's content hash: equal content, equal release.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(self)
    }
}

/// What has to be known of an image to plan with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// The content's digest, as the engine names it: `sha256:...`.
    pub id: String,
    /// Whether the image has a HEALTHCHECK of its own.
    #[serde(default)]
    pub healthcheck: bool,
    /// The variables that the image sets (ENV).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
}

/// Where a release came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Who made it: `user@host`.
    pub author: String,
    /// The git commit of the project, where it is in git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether the work tree differed from that commit.
    #[serde(default)]
    pub dirty: bool,
}
