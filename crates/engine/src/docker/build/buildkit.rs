//! What BuildKit says: the state of each vertex of its graph, and what the vertices write.

use std::collections::{BTreeSet, HashMap, VecDeque};

use bollard::moby::buildkit::v1::Vertex;
use bollard::models::{BuildInfo, BuildInfoAux};

use super::{Reader, keep_last};
use crate::BuildEvent;

#[derive(Default)]
pub(super) struct BuildKitReader {
    image: Option<String>,
    /// Vertices that were told of.
    told: BTreeSet<String>,
    /// What each vertex wrote last, and what of a line has no end yet.
    written: HashMap<String, Written>,
    failed: Option<Vertex>,
}

#[derive(Default)]
struct Written {
    lines: VecDeque<String>,
    rest: Vec<u8>,
}

impl Reader for BuildKitReader {
    fn push(&mut self, info: BuildInfo) -> Vec<BuildEvent> {
        let status = match info.aux {
            Some(BuildInfoAux::BuildKit(status)) => status,
            Some(BuildInfoAux::Default(image)) => {
                self.image = image.id.or(self.image.take());
                return Vec::new();
            }
            None => return Vec::new(),
        };
        let mut events: Vec<BuildEvent> =
            status.vertexes.into_iter().filter_map(|vertex| self.tell(vertex)).collect();
        for log in status.logs {
            let written = self.written.entry(log.vertex).or_default();
            written.rest.extend_from_slice(&log.msg);
            while let Some(end) = written.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = written.rest.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                keep_last(&mut written.lines, &line);
                events.push(BuildEvent::Output(line));
            }
        }
        events
    }

    fn image(&self) -> Option<&str> {
        self.image.as_deref()
    }

    fn failed(&self) -> (Option<String>, Vec<String>) {
        let Some(vertex) = &self.failed else { return (None, Vec::new()) };
        let text = parse_name(&vertex.name).map_or(vertex.name.as_str(), |(_, _, text)| text);
        let written = self.written.get(&vertex.digest);
        let mut lines: Vec<String> =
            written.into_iter().flat_map(|written| written.lines.iter().cloned()).collect();
        let rest = written.map(|written| String::from_utf8_lossy(&written.rest).trim_end().to_owned());
        lines.extend(rest.filter(|rest| !rest.is_empty()));
        (Some(text.to_owned()), lines)
    }
}

impl BuildKitReader {
    /// A step, when it begins or is found in the cache.
    fn tell(&mut self, vertex: Vertex) -> Option<BuildEvent> {
        let begun = vertex.cached || vertex.started.is_some();
        let step = parse_name(&vertex.name).filter(|_| begun);
        let new = step.is_some() && self.told.insert(vertex.digest.clone());
        let event = step.filter(|_| new).map(|(number, total, text)| BuildEvent::Step {
            number,
            total: Some(total),
            text: text.to_owned(),
            cached: vertex.cached,
        });
        if !vertex.error.is_empty() {
            self.failed = Some(vertex);
        }
        event
    }
}

/// `[2/3] RUN make`, `[builder 2/3] RUN make`; not `[internal] load .dockerignore`.
fn parse_name(name: &str) -> Option<(u32, u32, &str)> {
    let (head, text) = name.strip_prefix('[')?.split_once("] ")?;
    let (number, total) = head.rsplit(' ').next()?.split_once('/')?;
    Some((number.parse().ok()?, total.parse().ok()?, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_steps_are_read() {
        assert_eq!(parse_name("[2/13] RUN make"), Some((2, 13, "RUN make")));
        assert_eq!(parse_name("[builder 1/2] FROM x"), Some((1, 2, "FROM x")));
        assert_eq!(parse_name("[internal] load .dockerignore"), None);
        assert_eq!(parse_name("exporting to image"), None);
    }
}
