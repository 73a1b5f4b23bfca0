//! `landfall logs`: what an environment's instances write, interleaved by time.

mod follow;
mod merge;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use futures_util::StreamExt;
use jiff::Timestamp;
use landfall_engine::{LogLine, LogOptions, LogSource, Observe};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::Instance;
use landfall_model::quantity::Period;
use serde::Serialize;

use crate::error::{Error, Exit};
use crate::instances::{check_components, components, observe_instances};
use crate::screen::paint::Paint;
use crate::screen::{Form, Screen};
use crate::session::Session;

/// `landfall logs`.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The services and jobs; all if none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<Name>,
    /// Waits for more; instances that come are followed too
    #[arg(short = 'f', long)]
    follow: bool,
    /// Only lines since then: a time ago (`10m`), or a moment (`2026-11-23T18:47:00Z`)
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    since: Option<i64>,
    /// Only so many of each instance's last lines
    #[arg(short = 'n', long, value_name = "LINES")]
    tail: Option<u32>,
    /// The bill of materials, or its directory
    #[arg(long, value_name = "PATH", id = "file", hide = true)]
    _file: Option<PathBuf>,
}

/// Which instance wrote a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Writer {
    component: Name,
    number: u32,
    id: String,
}

impl From<&Instance> for Writer {
    fn from(instance: &Instance) -> Self {
        Self { component: instance.group.component.clone(), number: instance.number, id: instance.id.clone() }
    }
}

/// A line as programs read it.
#[derive(Serialize)]
struct LineOutput<'a> {
    time: &'a str,
    component: &'a Name,
    number: u32,
    instance: &'a str,
    source: &'static str,
    line: &'a str,
}

/// Writes lines, with who wrote them in front.
struct Printer<'a> {
    screen: &'a Screen,
    colours: BTreeMap<Name, usize>,
    width: usize,
}

impl Logs {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let environment = session.environment()?;
        let engine = session.observe().await?;
        let mut instances = observe_instances(&*engine, &environment).await?;
        if self.services.is_empty() && instances.is_empty() && !self.follow {
            session.screen.talk(&format!("{environment} has no instances"));
        }
        if !self.follow {
            check_components(&instances, &environment, &self.services)?;
        }
        instances.retain(|instance| self.wants(&instance.group.component));
        let mut printer = Printer::new(&session.screen, &instances);
        if self.follow {
            let task = follow::Following { logs: &self, engine: (&*engine, &environment) };
            task.run(instances, &mut printer).await?;
        } else {
            let streams = instances
                .iter()
                .map(|instance| (Writer::from(instance), engine.logs(&instance.id, self.options()).boxed()));
            merge::merge(streams.collect(), |writer, line| printer.print(writer, line)).await?;
        }
        Ok(Exit::DONE)
    }

    fn wants(&self, component: &Name) -> bool {
        self.services.is_empty() || self.services.contains(component)
    }

    fn options(&self) -> LogOptions {
        LogOptions { follow: self.follow, since: self.since, tail: self.tail }
    }
}

impl<'a> Printer<'a> {
    fn new(screen: &'a Screen, instances: &[Instance]) -> Self {
        let mut printer = Self { screen, colours: BTreeMap::new(), width: 0 };
        for component in components(instances) {
            printer.colours.insert(component, printer.colours.len());
        }
        let widths = instances.iter().map(|instance| prefix(&Writer::from(instance)).len());
        printer.width = widths.max().unwrap_or_default();
        printer
    }

    fn print(&mut self, writer: &Writer, line: &LogLine) -> Result<(), Error> {
        if self.screen.form() == Form::Json {
            let source = match line.source {
                LogSource::Stdout => "stdout",
                LogSource::Stderr => "stderr",
            };
            self.screen.json_line(&LineOutput {
                time: &line.time,
                component: &writer.component,
                number: writer.number,
                instance: &writer.id,
                source,
                line: &line.line,
            })?;
            return Ok(());
        }
        let next = self.colours.len();
        let colour = *self.colours.entry(writer.component.clone()).or_insert(next);
        self.screen.data(&render_line(
            (&prefix(writer), self.width),
            &line.line,
            (colour, self.screen.paint()),
        ))?;
        Ok(())
    }
}

fn prefix(writer: &Writer) -> String {
    format!("{}.{}", writer.component, writer.number)
}

fn render_line((prefix, width): (&str, usize), line: &str, (colour, paint): (usize, Paint)) -> String {
    format!("{} {line}\n", paint.accent(colour, &format!("{prefix:<width$} |")))
}

/// Takes a time ago or a moment as the second, since 1970, that it is.
fn parse_since(text: &str) -> Result<i64, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_second());
    }
    let wrong = || "expected a time ago, like `10m`, or a moment, like `2026-11-23T18:47:00Z`".to_owned();
    let ago: Period = text.parse().map_err(|_| wrong())?;
    let seconds = i64::try_from(ago.millis() / 1_000).map_err(|_| wrong())?;
    Ok(Timestamp::now().as_second() - seconds)
}

/// What the parts of this command share: the engine and the environment.
type Place<'a> = (&'a dyn Observe, &'a EnvironmentId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_times_ago() {
        assert_eq!(parse_since("2026-11-23T19:07:00Z"), Ok(1_795_460_820));
        let now = Timestamp::now().as_second();
        assert!((now - 601..=now - 599).contains(&parse_since("10m").unwrap()));
        assert!(parse_since("yesterday").is_err());
    }

    #[test]
    fn lines_have_their_writer_in_front() {
        assert_eq!(render_line(("api.1", 7), "listening", (0, Paint::Plain)), "api.1   | listening\n");
    }
}
