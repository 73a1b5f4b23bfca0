//! YAML 1.2: events of the parser are built into a tree, with aliases and merge keys resolved.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_saphyr::granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::node::{Entry, Kind, MAX_DEPTH, MAX_WEIGHT, Node, Tree};
use crate::problem::Problem;

/// The key whose value is merged into the mapping around it.
const MERGE: &str = "<<";

/// Reads YAML into a tree.
pub(crate) fn read(text: &str) -> Result<Tree, Box<Problem>> {
    let mut options = Options::default();
    options.emit_comments = false;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::default();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax(text, &error))?;
        builder.take(event, bytes(&span))?;
    }
    let root = builder.root.unwrap_or_else(|| Node::scalar(0..text.len(), Kind::Null));
    Ok(Tree { root, problems: builder.problems })
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

fn syntax(text: &str, error: &ScanError) -> Box<Problem> {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_deep(at..at);
    }
    let problem = Problem::new("syntax", "", Some(at..at), format!("this is not YAML: {}", error.info()));
    match error.kind() {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            problem.help("indent with spaces").into()
        }
        ErrorKind::UnknownAnchor => problem.help("an alias (*name) needs an anchor (&name) above it").into(),
        _ => problem.into(),
    }
}

pub(crate) fn too_deep(span: Range<usize>) -> Box<Problem> {
    let message = format!("this is nested more than {MAX_DEPTH} levels deep");
    Problem::new("too-deep", "", Some(span), message).into()
}

pub(crate) fn too_much(span: Range<usize>) -> Box<Problem> {
    let message = format!("the file stands for more than {MAX_WEIGHT} values");
    Problem::new("too-many-values", "", Some(span), message)
        .help("an alias counts as much as what it stands for")
        .into()
}

/// A list or mapping that is not yet complete.
struct Frame {
    start: usize,
    end: usize,
    anchor: usize,
    weight: usize,
    open: Open,
}

enum Open {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, merged: Vec<Node>, key: Option<(String, Range<usize>)> },
}

#[derive(Default)]
struct Builder {
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, Node>,
    problems: Vec<Problem>,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Box<Problem>> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let problem = Problem::new("syntax", "", Some(span), "a second document begins here");
                Err(problem.help("a bill of materials is one document; remove the `---`").into())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text.into_owned(), style, tag.as_deref(), span);
                self.complete(node, anchor)
            }
            Event::Alias(anchor) => {
                // The anchor of a list or mapping that isn't complete is not there: it would contain itself.
                let Some(target) = self.anchors.get(&anchor) else {
                    let message = "this alias stands for something it is part of";
                    return Err(Problem::new("syntax", "", Some(span), message).into());
                };
                let node = Node { span, ..target.clone() };
                self.complete(node, 0)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &span);
                self.open(Open::List(Vec::new()), anchor, &span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &span);
                self.open(Open::Map { entries: Vec::new(), merged: Vec::new(), key: None }, anchor, &span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, tag: Option<&Tag>, span: Range<usize>) -> Node {
        match tag.map(|tag| tag.core_suffix()) {
            None if style == ScalarStyle::Plain => Node::plain(span, text),
            Some(Some("bool" | "int" | "float" | "null")) => Node::plain(span, text),
            None | Some(Some("str")) => Node::scalar(span, Kind::Text(text)),
            Some(_) => {
                self.unknown_tag(&span);
                Node::scalar(span, Kind::Text(text))
            }
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, span: &Range<usize>) {
        if tag.is_some_and(|tag| tag.core_suffix() != Some(expected)) {
            self.unknown_tag(span);
        }
    }

    fn unknown_tag(&mut self, span: &Range<usize>) {
        let problem = Problem::new(
            "unknown-tag",
            "",
            Some(span.clone()),
            "this has a tag (`!...`) without a meaning here",
        );
        self.problems.push(problem.help("remove the tag"));
    }

    fn open(&mut self, open: Open, anchor: usize, span: &Range<usize>) -> Result<(), Box<Problem>> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(span.clone()));
        }
        self.stack.push(Frame { start: span.start, end: span.end, anchor, weight: 0, open });
        Ok(())
    }

    fn close(&mut self, span: Range<usize>) -> Result<(), Box<Problem>> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        // The end of a block is where the next thing begins; the block itself ends with its last part.
        let end = if span.is_empty() { frame.end } else { span.end };
        let span = frame.start..end.max(frame.start);
        let node = match frame.open {
            Open::List(items) => Node::list(span, items),
            Open::Map { entries, merged, .. } => {
                let mut node = Node::map(span.clone(), entries, &mut self.problems);
                if !merged.is_empty() {
                    node = self.merge(&node, &merged);
                }
                node
            }
        };
        self.complete(node, frame.anchor)
    }

    /// Adds what `<<` names, where the mapping doesn't say otherwise.
    fn merge(&mut self, node: &Node, merged: &[Node]) -> Node {
        let mut entries = node.entries().unwrap_or_default().to_vec();
        let mut keys: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.key.clone()).collect();
        for source in merged {
            let sources = match &*source.kind {
                Kind::List(sources) => sources.as_slice(),
                _ => std::slice::from_ref(source),
            };
            for source in sources {
                let Some(added) = source.entries() else {
                    let message = "`<<` takes a mapping, or a list of mappings";
                    self.problems.push(Problem::new("wrong-type", "", Some(source.span.clone()), message));
                    continue;
                };
                entries.extend(added.iter().filter(|entry| keys.insert(entry.key.clone())).cloned());
            }
        }
        let weight = merged.iter().map(|node| node.weight).sum::<usize>() + node.weight;
        Node { weight, ..Node::map(node.span.clone(), entries, &mut self.problems) }
    }

    /// Puts a complete value where it belongs.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Box<Problem>> {
        if self.stack.len() + node.height > MAX_DEPTH {
            return Err(too_deep(node.span));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        frame.weight += node.weight;
        frame.end = frame.end.max(node.span.end);
        if frame.weight > MAX_WEIGHT {
            return Err(too_much(node.span));
        }
        match &mut frame.open {
            Open::List(items) => items.push(node),
            Open::Map { entries, merged, key } => match key.take() {
                Some((key, _)) if key == MERGE => merged.push(node),
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
                None => *key = Some(key_of(&node)?),
            },
        }
        Ok(())
    }
}

fn key_of(node: &Node) -> Result<(String, Range<usize>), Box<Problem>> {
    match &*node.kind {
        Kind::List(_) | Kind::Map(_) => {
            let problem = Problem::new(
                "wrong-type",
                "",
                Some(node.span.clone()),
                "a key is a word, not a list or mapping",
            );
            Err(problem.help("if this was meant as text, put it in quotes").into())
        }
        _ => Ok((node.spelling().unwrap_or_default().to_owned(), node.span.clone())),
    }
}
