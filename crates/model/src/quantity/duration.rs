//! Periods of time: `500ms`, `5s`, `1m30s`, `14h`, `3d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{QuantityError, quantity, split_number};

/// A period of time in whole milliseconds, written in Compose's way with `d` for days besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period(u64);

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const EXPECTED: QuantityError = QuantityError {
    expected: "a duration is one or more numbers with a unit each (ms, s, m, h, d)",
    example: "500ms, 5s or 1m30s",
};

impl Period {
    /// A period of whole milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// A period of whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * 1_000)
    }

    /// The period in milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The period as the standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl FromStr for Period {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(EXPECTED);
        }
        let mut millis = 0_f64;
        while !rest.is_empty() {
            let (number, after) = split_number(rest).ok_or(EXPECTED)?;
            let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, next) = after.split_at(end);
            let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(EXPECTED)?;
            millis += number * *size as f64;
            rest = next;
        }
        // A hundred years: what is longer is a mistake, and later sums can't overflow.
        if millis > 100.0 * 366.0 * 86_400_000.0 {
            return Err(EXPECTED);
        }
        Ok(Self(millis.round() as u64))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut left = self.0;
        for (unit, size) in UNITS {
            if left / size > 0 {
                write!(f, "{}{unit}", left / size)?;
                left %= size;
            }
        }
        Ok(())
    }
}

quantity!(Period, "duration");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_and_write_alike() {
        for (text, millis) in [
            ("500ms", 500),
            ("5s", 5_000),
            ("1m30s", 90_000),
            ("14h", 50_400_000),
            ("3d", 259_200_000),
            ("0s", 0),
        ] {
            assert_eq!(text.parse(), Ok(Period(millis)));
            assert_eq!(Period(millis).to_string(), text);
        }
        assert_eq!("1.5s".parse(), Ok(Period(1_500)));
        for wrong in ["", "5", "s", "5 s", "5y", "-5s", "99999999999999999999d", "1e5s"] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong:?}");
        }
    }
}
