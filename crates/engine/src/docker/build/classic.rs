//! What the engine's classic builder says: text, in which steps are told by their first words.

use std::collections::VecDeque;

use bollard::models::{BuildInfo, BuildInfoAux};

use super::{Reader, keep_last};
use crate::BuildEvent;

/// Colours that the builder puts around a step's standard error.
const COLOURS: [&str; 2] = ["\u{1b}[91m", "\u{1b}[0m"];

/// What of the builder's own words begins a line that says nothing to a user.
const NOISE: [&str; 4] =
    [" ---> ", "Removing intermediate container ", "Successfully built ", "Successfully tagged "];

#[derive(Default)]
pub(super) struct ClassicReader {
    image: Option<String>,
    /// The last step, as the Dockerfile has it.
    step: Option<String>,
    /// The last step while it isn't known whether it comes from the cache.
    pending: Option<BuildEvent>,
    rest: String,
    lines: VecDeque<String>,
}

impl Reader for ClassicReader {
    fn push(&mut self, info: BuildInfo) -> Vec<BuildEvent> {
        if let Some(BuildInfoAux::Default(image)) = info.aux {
            self.image = image.id.or(self.image.take());
        }
        self.rest.push_str(&info.stream.unwrap_or_default());
        let mut events = Vec::new();
        while let Some((line, rest)) = self.rest.split_once('\n') {
            let (line, rest) = (line.to_owned(), rest.to_owned());
            self.rest = rest;
            self.read_line(&line, &mut events);
        }
        // Getting a parent image says its progress so.
        if let (Some(status), None) = (info.status, info.progress_detail.and_then(|detail| detail.total)) {
            events.extend(self.pending.take());
            events.push(BuildEvent::Output(status));
        }
        events
    }

    fn image(&self) -> Option<&str> {
        self.image.as_deref()
    }

    fn failed(&self) -> (Option<String>, Vec<String>) {
        (self.step.clone(), self.lines.iter().cloned().collect())
    }
}

impl ClassicReader {
    fn read_line(&mut self, line: &str, events: &mut Vec<BuildEvent>) {
        if let Some((number, total, text)) = parse_step(line) {
            events.extend(self.pending.take());
            self.lines.clear();
            self.step = Some(text.to_owned());
            self.pending =
                Some(BuildEvent::Step { number, total: Some(total), text: text.to_owned(), cached: false });
            return;
        }
        if let (" ---> Using cache", Some(BuildEvent::Step { cached, .. })) = (line, &mut self.pending) {
            *cached = true;
        }
        events.extend(self.pending.take());
        if NOISE.iter().any(|noise| line.starts_with(noise)) {
            return;
        }
        let line = COLOURS
            .iter()
            .fold(line.trim_end_matches('\r').to_owned(), |line, colour| line.replace(colour, ""));
        if !line.trim().is_empty() {
            keep_last(&mut self.lines, &line);
            events.push(BuildEvent::Output(line));
        }
    }
}

/// `Step 2/3 : RUN make`
fn parse_step(line: &str) -> Option<(u32, u32, &str)> {
    let (count, text) = line.strip_prefix("Step ")?.split_once(" : ")?;
    let (number, total) = count.split_once('/')?;
    Some((number.parse().ok()?, total.parse().ok()?, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_from_output() {
        let mut reader = ClassicReader::default();
        let mut events = Vec::new();
        for text in [
            "Step 1/2 : FROM x",
            "\n",
            " ---> 0123\nStep 2/2 : RUN y\n",
            " ---> Using cache\n",
            "\u{1b}[91mbad",
            "\n\u{1b}[0m",
        ] {
            events.extend(reader.push(BuildInfo { stream: Some(text.to_owned()), ..BuildInfo::default() }));
        }
        let step = |number, text: &str, cached| BuildEvent::Step {
            number,
            total: Some(2),
            text: text.to_owned(),
            cached,
        };
        assert_eq!(
            events,
            [step(1, "FROM x", false), step(2, "RUN y", true), BuildEvent::Output("bad".to_owned())]
        );
        assert_eq!(reader.failed(), (Some("RUN y".to_owned()), vec!["bad".to_owned()]));
    }
}
