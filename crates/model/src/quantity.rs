//! Quantities as people write them: durations, sizes, processors, percentages, money.
//!
//! Each parses from Compose's spelling (compose-spec, "Specifying durations" and "Specifying byte values") and
//! prints as it would be written again.

pub mod duration;
pub mod money;
pub mod processors;
pub mod size;

pub use duration::Period;
pub use money::{Money, Rate};
pub use processors::{Cpus, Percent};
pub use size::Size;

/// Why a text is not the quantity it should be; the message says what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected}, like {example}")]
pub struct QuantityError {
    /// What is expected, as a sentence without its end.
    pub expected: &'static str,
    /// A valid value.
    pub example: &'static str,
}

/// Writes the parts that every quantity shares: reading from and writing to its text.
macro_rules! quantity {
    ($type:ident, $format:literal) => {
        impl TryFrom<String> for $type {
            type Error = $crate::quantity::QuantityError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}
pub(crate) use quantity;

/// Splits `text` into a leading decimal number and the rest.
pub(crate) fn split_number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    number.parse().ok().map(|number| (number, rest))
}
