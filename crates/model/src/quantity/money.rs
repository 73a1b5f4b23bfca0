//! Money and what it is paid for: `20 USD`, `400 USD/month`, `0.005 USD/GB/h`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{QuantityError, quantity, split_number};

/// An amount of money, with the time it covers where it has one: `20 USD`, `400 USD/month`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money {
    micros: u64,
    currency: String,
    per: Option<Unit>,
}

/// A price for a unit of something over a unit of time: `0.04 USD/h`, `0.10 USD/GB/month`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    micros: u64,
    currency: String,
    per_gigabyte: bool,
    per: Unit,
}

/// The unit of time that a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Unit {
    Hour,
    Day,
    Month,
}

const MONEY: QuantityError = QuantityError {
    expected: "an amount is a number and a currency's three letters, with /h, /day or /month where it is for a time",
    example: "20 USD or 400 USD/month",
};
const RATE: QuantityError = QuantityError {
    expected: "a price is a number, a currency's three letters, /GB where it is for storage or memory, and /h, /day or /month",
    example: "0.04 USD/h or 0.10 USD/GB/month",
};

impl Unit {
    const ALL: [(&'static str, Self); 3] = [("h", Self::Hour), ("day", Self::Day), ("month", Self::Month)];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, unit)| *unit)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, unit)| *unit == self).map_or("", |(name, _)| name)
    }
}

/// The amount in millionths, the currency, and what follows it after each `/`.
fn parse_amount(text: &str) -> Option<(u64, String, Vec<&str>)> {
    let (number, rest) = split_number(text.trim())?;
    let mut parts = rest.trim_start().split('/');
    let currency = parts.next()?.trim_end();
    let letters = currency.len() == 3 && currency.chars().all(|c| c.is_ascii_uppercase());
    let micros = (number * 1e6).round();
    (letters && micros < 1e18).then(|| (micros as u64, currency.to_owned(), parts.collect()))
}

impl FromStr for Money {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (micros, currency, per) = parse_amount(text).ok_or(MONEY)?;
        let per = match per.as_slice() {
            [] => None,
            [unit] => Some(Unit::parse(unit).ok_or(MONEY)?),
            _ => return Err(MONEY),
        };
        Ok(Self { micros, currency, per })
    }
}

impl FromStr for Rate {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (micros, currency, per) = parse_amount(text).ok_or(RATE)?;
        let (per_gigabyte, unit) = match per.as_slice() {
            ["GB", unit] => (true, *unit),
            [unit] => (false, *unit),
            _ => return Err(RATE),
        };
        Ok(Self { micros, currency, per_gigabyte, per: Unit::parse(unit).ok_or(RATE)? })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.micros as f64 / 1e6, self.currency)?;
        self.per.map_or(Ok(()), |unit| write!(f, "/{}", unit.name()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gigabyte = if self.per_gigabyte { "/GB" } else { "" };
        write!(f, "{} {}{gigabyte}/{}", self.micros as f64 / 1e6, self.currency, self.per.name())
    }
}

quantity!(Money, "money");
quantity!(Rate, "rate");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_and_writes_alike() {
        for text in ["20 USD", "400 USD/month", "0.5 EUR/h"] {
            assert_eq!(text.parse::<Money>().map(|money| money.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("20USD".parse::<Money>().map(|money| money.to_string()), Ok("20 USD".to_owned()));
        for text in ["0.04 USD/h", "0.005 USD/GB/h", "0.1 USD/GB/month"] {
            assert_eq!(text.parse::<Rate>().map(|rate| rate.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "20", "USD", "20 usd", "20 USD/year", "20 USD/GB/h/h"] {
            assert!(wrong.parse::<Money>().is_err() && wrong.parse::<Rate>().is_err(), "{wrong:?}");
        }
    }
}
