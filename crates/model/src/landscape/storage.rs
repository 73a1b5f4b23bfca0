//! Data and files: volumes, where they are mounted, and what is put into a container before it starts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::quantity::Size;

/// Data that lives apart from images, one volume for each environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// How large it may grow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Whether it stays when its environment is taken down; no if left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
    /// When its content is copied, and how many copies are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
}

/// When a volume's content is copied, and how many copies are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Before what.
    pub before: SnapshotMoment,
    /// How many are kept.
    #[schemars(range(min = 1))]
    pub keep: u32,
}

/// Before what a snapshot is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotMoment {
    /// Before a deployment that replaces what writes the volume.
    Deploy,
}

/// Where a volume is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// The volume's name in `volumes`.
    pub volume: Name,
    /// The path inside the container.
    pub at: String,
    /// Whether it can only be read there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

/// A file rendered from a template when an instance is launched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateFile {
    /// The template: a file beside the bill of materials.
    pub template: String,
    /// The path inside the container.
    pub at: String,
    /// Permissions in octal; `0644` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-7]{3,4}$"))]
    pub mode: Option<String>,
    /// Owner, and group behind a colon, as numbers; `0:0` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]{1,10}(:[0-9]{1,10})?$"))]
    pub owner: Option<String>,
}

/// A config or secret that is put into a container: its name, or its name with a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "FileMountForm", into = "FileMountForm")]
#[schemars(with = "FileMountForm")]
pub struct FileMount {
    /// The config's or secret's name.
    pub source: Name,
    /// The path inside the container.
    pub target: Option<String>,
    /// Permissions in octal; `0444` if left out.
    pub mode: Option<String>,
    /// Owner, and group behind a colon, as numbers; `0:0` if left out.
    pub owner: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum FileMountForm {
    Short(Name),
    Long(FileMountLong),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FileMountLong {
    /// The config's or secret's name.
    source: Name,
    /// The path inside the container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// Permissions in octal; `0444` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-7]{3,4}$"))]
    mode: Option<String>,
    /// Owner, and group behind a colon, as numbers; `0:0` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]{1,10}(:[0-9]{1,10})?$"))]
    owner: Option<String>,
}

impl From<FileMountForm> for FileMount {
    fn from(form: FileMountForm) -> Self {
        match form {
            FileMountForm::Short(source) => Self { source, target: None, mode: None, owner: None },
            FileMountForm::Long(FileMountLong { source, target, mode, owner }) => {
                Self { source, target, mode, owner }
            }
        }
    }
}

impl From<FileMount> for FileMountForm {
    fn from(file: FileMount) -> Self {
        match file {
            FileMount { source, target: None, mode: None, owner: None } => Self::Short(source),
            FileMount { source, target, mode, owner } => {
                Self::Long(FileMountLong { source, target, mode, owner })
            }
        }
    }
}
