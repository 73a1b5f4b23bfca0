//! Texts with a form of their own: each has a definition in the schema and is judged by the model's own reader.

use std::ops::Range;

use landfall_model::name::Name;
use landfall_model::quantity::{Money, Percent, Period, Rate, Size};
use landfall_model::text::Text;

/// A text with a form of its own.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its name among the schema's definitions.
    pub(crate) definition: &'static str,
    /// What it is, with its article.
    pub(crate) noun: &'static str,
    /// What it is, in a sentence for the schema.
    pub(crate) description: &'static str,
    /// How the schema that is made from the types marks it.
    pub(crate) marker: Marker,
    /// What it matches, for editors; the model's reader may refuse more.
    pub(crate) pattern: Option<&'static str>,
    /// JSON's types that it is written with.
    pub(crate) types: &'static [&'static str],
    /// Valid values.
    pub(crate) examples: &'static [&'static str],
    /// Says what is wrong with a text.
    pub(crate) check: fn(&str) -> Result<(), Flaw>,
}

/// How the schema that is made from the types marks a kind.
#[derive(Debug)]
pub(crate) enum Marker {
    /// By `format`.
    Format(&'static str),
    /// By `pattern`.
    Pattern(&'static str),
}

/// What is wrong with a text.
#[derive(Debug)]
pub(crate) struct Flaw {
    /// What is wrong, or what would be right.
    pub(crate) message: String,
    /// The bytes of the text that are wrong, if not all of it.
    pub(crate) within: Option<Range<usize>>,
}

const MODE: &str = r"^[0-7]{3,4}$";
const OWNER: &str = r"^[0-9]{1,10}(:[0-9]{1,10})?$";

/// Every kind.
pub(crate) const KINDS: &[Kind] = &[
    Kind {
        definition: "Name",
        noun: "a name",
        description: "A name: lower-case letters, digits, `-` and `_`, beginning and ending with a letter or digit.",
        marker: Marker::Format("name"),
        pattern: Some(Name::PATTERN),
        types: &["string"],
        examples: &["db"],
        check: |text| judged(text.parse::<Name>()),
    },
    Kind {
        definition: "Text",
        noun: "text",
        description: "Text, in which `{{ services.db.host }}` and the like refer to other components.",
        marker: Marker::Format("text"),
        pattern: None,
        types: &["string", "number", "boolean"],
        examples: &["{{ services.db.host }}"],
        check: |text| {
            let flawed = text.parse::<Text>().map(|_| ());
            flawed.map_err(|error| Flaw { message: error.message, within: Some(error.start..error.end) })
        },
    },
    Kind {
        definition: "Duration",
        noun: "a duration",
        description: "A duration: numbers with a unit each (ms, s, m, h, d).",
        marker: Marker::Format("duration"),
        pattern: Some(r"^ *(([0-9]+\.?[0-9]*|\.[0-9]+)(ms|s|m|h|d))+ *$"),
        types: &["string"],
        examples: &["5s", "1m30s"],
        check: |text| judged(text.parse::<Period>()),
    },
    Kind {
        definition: "Size",
        noun: "a size",
        description: "A size: a number with a unit (B, K, M, G, T), in powers of 1,024.",
        marker: Marker::Format("size"),
        pattern: Some(r"^ *([0-9]+\.?[0-9]*|\.[0-9]+) *([TGMKtgmk]([Ii]?[Bb])?|[Ii]?[Bb]) *$"),
        types: &["string"],
        examples: &["256M", "2G"],
        check: |text| judged(text.parse::<Size>()),
    },
    Kind {
        definition: "Percent",
        noun: "a percentage",
        description: "A whole number from 1 to 100 with a %.",
        marker: Marker::Format("percent"),
        pattern: Some(r"^ *\+?0*(100|[1-9][0-9]?) *% *$"),
        types: &["string"],
        examples: &["60%"],
        check: |text| judged(text.parse::<Percent>()),
    },
    Kind {
        definition: "Money",
        noun: "an amount of money",
        description: "A number and a currency's three letters, with /h, /day or /month where it is for a time.",
        marker: Marker::Format("money"),
        pattern: Some(r"^ *([0-9]+\.?[0-9]*|\.[0-9]+) *[A-Z]{3} *(/(h|day|month))? *$"),
        types: &["string"],
        examples: &["20 USD", "400 USD/month"],
        check: |text| judged(text.parse::<Money>()),
    },
    Kind {
        definition: "Rate",
        noun: "a price",
        description: "A number, a currency's three letters, /GB where it is for memory or storage, and /h, /day or /month.",
        marker: Marker::Format("rate"),
        pattern: Some(r"^ *([0-9]+\.?[0-9]*|\.[0-9]+) *[A-Z]{3} *(/GB)?/(h|day|month) *$"),
        types: &["string"],
        examples: &["0.04 USD/h", "0.10 USD/GB/month"],
        check: |text| judged(text.parse::<Rate>()),
    },
    Kind {
        definition: "FileMode",
        noun: "a file's mode",
        description: "Permissions in octal, in three or four digits.",
        marker: Marker::Pattern(MODE),
        pattern: Some(MODE),
        types: &["string"],
        examples: &["0640"],
        check: |text| {
            let octal = matches!(text.len(), 3 | 4) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
            if octal { Ok(()) } else { flawed("a mode is three or four octal digits, like \"0640\"") }
        },
    },
    Kind {
        definition: "FileOwner",
        noun: "a file's owner",
        description: "Owner, and group behind a colon, as numbers.",
        marker: Marker::Pattern(OWNER),
        pattern: Some(OWNER),
        types: &["string", "integer"],
        examples: &["1000:1000"],
        check: |text| {
            let number =
                |text: &str| (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            let (user, group) =
                text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
            let numbers = number(user) && group.is_none_or(number);
            if numbers {
                Ok(())
            } else {
                flawed("an owner is one number, or two with a colon (user:group), like \"1000:1000\"")
            }
        },
    },
];

impl Kind {
    /// The kind with this definition.
    pub(crate) fn defined_as(definition: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.definition == definition)
    }
}

fn judged<T, E: std::fmt::Display>(read: Result<T, E>) -> Result<(), Flaw> {
    read.map(|_| ()).map_err(|error| Flaw { message: error.to_string(), within: None })
}

fn flawed(message: &str) -> Result<(), Flaw> {
    Err(Flaw { message: message.to_owned(), within: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_valid() {
        for kind in KINDS {
            for example in kind.examples {
                assert!((kind.check)(example).is_ok(), "{example} is not {}", kind.noun);
            }
        }
    }
}
