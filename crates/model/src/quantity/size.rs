//! Sizes in bytes: `64K`, `256M`, `2G`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{QuantityError, quantity, split_number};

/// A number of bytes. The units are powers of 1,024, as Compose and Docker have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(u64);

const UNITS: [(&str, u64); 4] = [("T", 1 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)];
const EXPECTED: QuantityError =
    QuantityError { expected: "a size is a number with a unit (B, K, M, G, T)", example: "256M or 2G" };

impl Size {
    /// A size in bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for Size {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = split_number(text.trim()).ok_or(EXPECTED)?;
        let unit = unit.trim_start().to_ascii_uppercase();
        let unit = unit.strip_suffix("IB").or(unit.strip_suffix('B')).unwrap_or(&unit);
        let factor = match unit {
            "" if text.trim().ends_with(['b', 'B']) => 1,
            unit => UNITS.iter().find(|(name, _)| *name == unit).ok_or(EXPECTED)?.1,
        };
        let bytes = number * factor as f64;
        if bytes > i64::MAX as f64 { Err(EXPECTED) } else { Ok(Self(bytes.round() as u64)) }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, size)| self.0 >= *size && self.0.is_multiple_of(*size)) {
            Some((unit, size)) => write!(f, "{}{unit}", self.0 / size),
            None => write!(f, "{}B", self.0),
        }
    }
}

quantity!(Size, "size");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_and_write_alike() {
        for (text, bytes) in [("256M", 256 << 20), ("2G", 2 << 30), ("64K", 64 << 10), ("100B", 100)] {
            assert_eq!(text.parse(), Ok(Size(bytes)));
            assert_eq!(Size(bytes).to_string(), text);
        }
        assert_eq!("256MB".parse(), Ok(Size(256 << 20)));
        assert_eq!("1.5gib".parse(), Ok(Size(3 << 29)));
        assert_eq!("512mb".parse(), Ok(Size(512 << 20)));
        for wrong in ["", "256", "M", "256X", "-1M", "1MM", "99999999T"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong:?}");
        }
    }
}
