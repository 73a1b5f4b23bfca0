//! Words of a Dockerfile: quotes, and variables filled in.

use std::collections::{BTreeMap, BTreeSet};

/// What variables stand for.
#[derive(Debug)]
pub(super) struct Variables<'a> {
    /// Values by name.
    pub(super) values: &'a BTreeMap<String, String>,
    /// The escape character.
    pub(super) escape: char,
}

/// A word with quotes taken off and variables filled in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text.
    pub(super) text: String,
    /// The variables that it was made with.
    pub(super) used: BTreeSet<String>,
}

impl Variables<'_> {
    /// Fills `$A`, `${A}`, `${A:-d}`, `${A-d}`, `${A:+d}` and `${A+d}` in; a variable without a value is empty. None
    /// if a quote or brace is not closed, or a form is none of these.
    pub(super) fn expand(&self, word: &str) -> Option<Expanded> {
        let mut expanded = Expanded::default();
        let mut rest = word;
        let mut quoted = false;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            match character {
                '"' => quoted = !quoted,
                '\'' if !quoted => {
                    let (literal, behind) = rest.split_once('\'')?;
                    expanded.text.push_str(literal);
                    rest = behind;
                }
                '$' => rest = self.variable(rest, &mut expanded)?,
                escape if escape == self.escape => {
                    let next = rest.chars().next();
                    expanded.text.extend(next);
                    rest = &rest[next.map_or(0, char::len_utf8)..];
                }
                plain => expanded.text.push(plain),
            }
        }
        (!quoted).then_some(expanded)
    }

    /// Reads what follows a `$` and gives what follows that.
    fn variable<'w>(&self, rest: &'w str, expanded: &mut Expanded) -> Option<&'w str> {
        let Some(inside) = rest.strip_prefix('{') else {
            let end = name_end(rest);
            if end == 0 {
                expanded.text.push('$');
                return Some(rest);
            }
            self.fill(&rest[..end], expanded);
            return Some(&rest[end..]);
        };
        let close = closing_brace(inside)?;
        let (name, form) = inside[..close].split_at(name_end(&inside[..close]));
        if name.is_empty() {
            return None;
        }
        let value = self.values.get(name);
        let not_empty = value.filter(|value| !value.is_empty());
        let (is_there, use_other, other) = if let Some(other) = form.strip_prefix(":-") {
            (not_empty.is_some(), false, other)
        } else if let Some(other) = form.strip_prefix(":+") {
            (not_empty.is_some(), true, other)
        } else if let Some(other) = form.strip_prefix('-') {
            (value.is_some(), false, other)
        } else if let Some(other) = form.strip_prefix('+') {
            (value.is_some(), true, other)
        } else if form.is_empty() {
            (true, false, "")
        } else {
            return None;
        };
        if is_there == use_other {
            let other = self.expand(other)?;
            expanded.used.insert(name.to_owned());
            expanded.used.extend(other.used);
            expanded.text.push_str(&other.text);
        } else if use_other {
            expanded.used.insert(name.to_owned());
        } else {
            self.fill(name, expanded);
        }
        Some(&inside[close + 1..])
    }

    fn fill(&self, name: &str, expanded: &mut Expanded) {
        expanded.used.insert(name.to_owned());
        expanded.text.push_str(self.values.get(name).map_or("", String::as_str));
    }
}

fn name_end(text: &str) -> usize {
    text.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .unwrap_or(text.len())
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(index),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Splits at white space outside quotes; the quotes stay.
pub(super) fn split_words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut escaped = false;
    for character in text.chars() {
        let ends = quote.is_none() && !escaped && character.is_whitespace();
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if ends {
            continue;
        }
        if !escaped && (character == '"' || character == '\'') {
            quote = match quote {
                None => Some(character),
                Some(open) if open == character => None,
                open => open,
            };
        }
        escaped = !escaped && character == escape;
        word.push(character);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let values = BTreeMap::from([("A".to_owned(), "a".to_owned()), ("E".to_owned(), String::new())]);
        let variables = Variables { values: &values, escape: '\\' };
        let cases = [
            ("plain", Some("plain")),
            ("$A-x", Some("a-x")),
            ("${A}x", Some("ax")),
            ("$NO.x", Some(".x")),
            ("${NO:-d}", Some("d")),
            ("${NO-d}", Some("d")),
            ("${E:-d}", Some("d")),
            ("${E-d}", Some("")),
            ("${A:-d}", Some("a")),
            ("${A:+d}", Some("d")),
            ("${E:+d}", Some("")),
            ("${E+d}", Some("d")),
            ("${NO:-x${A}y}", Some("xay")),
            ("\"$A b\"", Some("a b")),
            ("'$A'", Some("$A")),
            ("\\$A", Some("$A")),
            ("a$", Some("a$")),
            ("${A", None),
            ("${A%x}", None),
            ("\"a", None),
            ("'a", None),
            ("${}", None),
        ];
        for (word, expected) in cases {
            let seen = variables.expand(word).map(|expanded| expanded.text);
            assert_eq!(seen.as_deref(), expected, "{word}");
        }
        let used = variables.expand("$A${NO:-$E}").expect("valid").used;
        assert_eq!(used.into_iter().collect::<Vec<_>>(), ["A", "E", "NO"]);
    }

    #[test]
    fn words_end_at_white_space_outside_quotes() {
        assert_eq!(split_words(" a  \"b c\" d='e f' g\\ h ", '\\'), ["a", "\"b c\"", "d='e f'", "g\\ h"]);
    }
}
