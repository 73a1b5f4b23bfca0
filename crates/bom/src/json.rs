//! JSON: the parser judges the syntax, and a scan of what it accepted finds the places.

use std::ops::Range;

use crate::node::{Entry, Kind, MAX_DEPTH, MAX_WEIGHT, Node, Tree};
use crate::problem::Problem;
use crate::yaml::{too_deep, too_much};

/// Reads JSON into a tree.
pub(crate) fn read(text: &str) -> Result<Tree, Box<Problem>> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if let Err(error) = serde_json::from_str::<serde_json::Value>(&text[start..]) {
        return Err(syntax(text, start, &error));
    }
    let mut scan = Scan { text, at: start, depth: 0, problems: Vec::new() };
    let root = scan.value()?;
    if root.weight > MAX_WEIGHT {
        return Err(too_much(root.span));
    }
    Ok(Tree { root, problems: scan.problems })
}

fn syntax(text: &str, start: usize, error: &serde_json::Error) -> Box<Problem> {
    let line =
        text[start..].split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let at = (start + line + error.column().saturating_sub(1)).min(text.len());
    // The parser's own text ends with line and column, which are shown anyway.
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    if message.contains("recursion limit") {
        return too_deep(at..at);
    }
    Problem::new("syntax", "", Some(at..at), format!("this is not JSON: {message}")).into()
}

/// A walk through text that is known to be JSON.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    problems: Vec<Problem>,
}

impl Scan<'_> {
    fn value(&mut self) -> Result<Node, Box<Problem>> {
        let start = self.skip();
        match self.byte() {
            b'{' => self.nested(|scan| scan.object(start)),
            b'[' => self.nested(|scan| scan.array(start)),
            b'"' => {
                let text = self.string();
                Ok(Node::scalar(start..self.at, Kind::Text(text)))
            }
            _ => {
                let end = self.text[start..].find([',', ']', '}', ' ', '\t', '\r', '\n']);
                self.at = end.map_or(self.text.len(), |end| start + end);
                Ok(Node::plain(start..self.at, self.text[start..self.at].to_owned()))
            }
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Node, Box<Problem>>,
    ) -> Result<Node, Box<Problem>> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep(self.here()));
        }
        self.depth += 1;
        self.at += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn object(&mut self, start: usize) -> Result<Node, Box<Problem>> {
        let mut entries = Vec::new();
        while !self.ends_with(b'}') {
            let key_start = self.skip();
            let key = self.string();
            let key_span = key_start..self.at;
            self.skip();
            self.at += 1;
            entries.push(Entry { key, key_span, value: self.value()? });
        }
        Ok(Node::map(start..self.at, entries, &mut self.problems))
    }

    fn array(&mut self, start: usize) -> Result<Node, Box<Problem>> {
        let mut items = Vec::new();
        while !self.ends_with(b']') {
            items.push(self.value()?);
        }
        Ok(Node::list(start..self.at, items))
    }

    /// Whether the list or mapping ends here; steps over the comma if not.
    fn ends_with(&mut self, close: u8) -> bool {
        self.skip();
        let byte = self.byte();
        if byte == b',' || byte == close {
            self.at += 1;
        }
        byte == close
    }

    fn string(&mut self) -> String {
        let start = self.at;
        let mut escaped = false;
        let closing = |(_, byte): &(usize, u8)| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        };
        let end = self.text.bytes().enumerate().skip(start + 1).find(closing);
        self.at = end.map_or(self.text.len(), |(end, _)| end + 1);
        serde_json::from_str(&self.text[start..self.at]).unwrap_or_default()
    }

    fn skip(&mut self) -> usize {
        let rest = &self.text[self.at..];
        self.at = self.text.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.at
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(b' ')
    }

    fn here(&self) -> Range<usize> {
        self.at..self.at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn value(node: &Node) -> Value {
        match &*node.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value, _) => (*value).into(),
            Kind::Number(number, _) => Value::Number(number.clone()),
            Kind::Text(text) => text.as_str().into(),
            Kind::List(items) => items.iter().map(value).collect(),
            Kind::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), value(&entry.value)))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
        #[test]
        fn the_scan_sees_what_the_parser_sees(json in any_json()) {
            for text in [json.to_string(), format!("\u{feff}{json:#}")] {
                let tree = read(&text).expect("valid");
                prop_assert_eq!(value(&tree.root), json.clone());
            }
        }
    }

    #[test]
    fn errors_have_a_place() {
        let problem = read("{\n  \"a\": 1,\n  b\n}").expect_err("invalid");
        assert_eq!((problem.code, problem.span), ("syntax", Some(14..14)));
        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep).expect_err("deep").code, "too-deep");
    }
}
