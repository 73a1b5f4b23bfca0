//! Shares of processors and of capacity: `0.5`, `60%`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{QuantityError, quantity};

/// A number of processors, in thousandths: `cpus: 0.5` is half of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Cpus(u32);

const CPUS: QuantityError =
    QuantityError { expected: "cpus is a number between 0.001 and 1024", example: "0.5" };

impl Cpus {
    /// The share in thousandths of a processor.
    pub const fn milli(self) -> u32 {
        self.0
    }
}

impl TryFrom<f64> for Cpus {
    type Error = QuantityError;
    fn try_from(cpus: f64) -> Result<Self, QuantityError> {
        if (0.001..=1024.0).contains(&cpus) { Ok(Self((cpus * 1_000.0).round() as u32)) } else { Err(CPUS) }
    }
}

impl From<Cpus> for f64 {
    fn from(cpus: Cpus) -> Self {
        Self::from(cpus.0) / 1_000.0
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(*self))
    }
}

impl JsonSchema for Cpus {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Cpus".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0.001, "maximum": 1024 })
    }
}

/// A percentage from 1 to 100: `60%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percent(u8);

impl Percent {
    /// The percentage as a whole number.
    pub const fn value(self) -> u8 {
        self.0
    }
}

impl FromStr for Percent {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        text.trim()
            .strip_suffix('%')
            .and_then(|number| number.trim_end().parse().ok())
            .filter(|number| (1..=100).contains(number))
            .map(Self)
            .ok_or(QuantityError {
                expected: "a percentage is a whole number from 1 to 100 with a %",
                example: "60%",
            })
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

quantity!(Percent, "percent");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_bounds() {
        assert_eq!(Cpus::try_from(0.5), Ok(Cpus(500)));
        assert!(Cpus::try_from(0.0).is_err() && Cpus::try_from(f64::NAN).is_err());
        assert_eq!("60%".parse(), Ok(Percent(60)));
        for wrong in ["60", "0%", "101%", "%", "6.5%"] {
            assert!(wrong.parse::<Percent>().is_err(), "{wrong:?}");
        }
    }
}
