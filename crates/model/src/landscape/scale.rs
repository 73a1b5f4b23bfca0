//! How many instances of a service run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quantity::Percent;
use crate::text::Text;

/// How many instances run: `2`, or `{ min: 2, max: 8, target: { cpu: 60% } }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "ScaleForm", into = "ScaleForm")]
#[schemars(with = "ScaleForm")]
pub struct Scale {
    /// The fewest instances.
    pub min: u32,
    /// The most instances; never fewer than `min`.
    pub max: u32,
    /// What decides between the two.
    pub target: Option<ScaleTarget>,
}

/// What decides how many instances run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleTarget {
    /// Use of the processors that are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Percent>,
    /// Use of the memory that is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Percent>,
    /// An address that answers with a queue's length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Text>,
    /// The queue's length that one instance can take on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub per_instance: Option<u32>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum ScaleForm {
    Short(u32),
    Long(ScaleLong),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScaleLong {
    /// The fewest instances; 1 if left out.
    #[serde(default = "one")]
    min: u32,
    /// The most instances; as many as `min` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<u32>,
    /// What decides between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<ScaleTarget>,
}

const fn one() -> u32 {
    1
}

impl Default for Scale {
    fn default() -> Self {
        Self::fixed(1)
    }
}

impl Scale {
    /// Always so many instances.
    pub const fn fixed(instances: u32) -> Self {
        Self { min: instances, max: instances, target: None }
    }
}

impl From<ScaleForm> for Scale {
    fn from(form: ScaleForm) -> Self {
        match form {
            ScaleForm::Short(instances) => Self::fixed(instances),
            ScaleForm::Long(ScaleLong { min, max, target }) => {
                Self { min, max: max.map_or(min, |max| max.max(min)), target }
            }
        }
    }
}

impl From<Scale> for ScaleForm {
    fn from(scale: Scale) -> Self {
        match scale {
            Scale { min, max, target: None } if min == max => Self::Short(min),
            Scale { min, max, target } => Self::Long(ScaleLong { min, max: Some(max), target }),
        }
    }
}
