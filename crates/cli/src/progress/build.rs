//! How the building of images goes.

use std::collections::BTreeMap;

use landfall_build::{Event, Progress};

use super::rows::Rows;
use crate::screen::Screen;
use crate::views::words::seconds;

/// How the building of images goes, as it is shown.
pub(crate) struct BuildProgress<'a> {
    screen: &'a Screen,
    rows: Rows<'a>,
    /// The step that each image is at.
    steps: BTreeMap<String, String>,
}

impl<'a> BuildProgress<'a> {
    /// Nothing is shown yet.
    pub(crate) const fn new(screen: &'a Screen) -> Self {
        Self { screen, rows: Rows::new(screen), steps: BTreeMap::new() }
    }

    /// Shows an event.
    pub(crate) fn show(&mut self, progress: &Progress) {
        let image = progress.image.as_str();
        let text = render_event(&progress.event);
        if let Event::Output(line) = &progress.event {
            self.screen.detail(&format!("{image}: {line}"));
            if let Some(step) = self.steps.get(image) {
                self.rows.update(image, &format!("{step}  {}", self.screen.talk_paint().dim(line)));
            }
            return;
        }
        let ended = matches!(
            progress.event,
            Event::Unchanged { .. } | Event::Built { .. } | Event::Failed | Event::Skipped { .. }
        );
        if !self.rows.are_seen() {
            self.screen.talk(&format!("image {image}: {text}"));
        } else if ended {
            self.rows.end(image, &text);
        } else {
            self.rows.update(image, &text);
        }
        self.steps.insert(image.to_owned(), text);
    }

    /// Leaves what is shown.
    pub(crate) fn finish(&mut self) {
        self.rows.leave();
    }
}

/// A step's first line, without the mark that it goes on.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_end_matches('\\').trim_end()
}

/// An event in words.
fn render_event(event: &Event) -> String {
    match event {
        Event::Waiting { parent } => format!("waiting for {parent}"),
        Event::Pulling { reference } => format!("pulling {reference}"),
        Event::Context { bytes } => format!("sending {}", crate::views::words::bytes(*bytes)),
        Event::Step { number, total, text, cached } => {
            let of = total.map(|total| format!("/{total}")).unwrap_or_default();
            let cached = if *cached { "  (unchanged)" } else { "" };
            format!("step {number}{of}  {}{cached}", first_line(text))
        }
        Event::Output(line) => line.clone(),
        Event::Unchanged { .. } => "unchanged".to_owned(),
        Event::Built { took, .. } => format!("built in {}", seconds(*took)),
        Event::Failed => "failed".to_owned(),
        Event::Skipped { failed } => format!("not built, because {failed} failed"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use landfall_model::name::Name;

    use super::*;

    #[test]
    fn events_are_said_in_words() {
        let os = Name::new("os").unwrap();
        let step =
            |cached| Event::Step { number: 2, total: Some(5), text: "RUN make \\\n  all".to_owned(), cached };
        let events = [
            Event::Waiting { parent: os.clone() },
            Event::Pulling { reference: "debian:bookworm-slim".to_owned() },
            Event::Context { bytes: 3_500_000 },
            step(false),
            step(true),
            Event::Unchanged { tag: "x".to_owned() },
            Event::Built { tag: "x".to_owned(), took: Duration::from_millis(61_250) },
            Event::Skipped { failed: os },
        ];
        let text: Vec<String> = events.iter().map(render_event).collect();
        insta::assert_snapshot!(text.join("\n"));
    }
}
