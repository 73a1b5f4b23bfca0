//! Lines as they come, those of instances that come later among them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll, select_all};
use jiff::Timestamp;
use landfall_engine::{EngineEvent, LogLine, LogOptions, Result as EngineResult};
use landfall_model::observed::Instance;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::{Logs, Place, Printer, Writer};
use crate::error::Error;
use crate::instances::observe_instances;

/// How long a line waits for one that was written before it and comes later.
const PATIENCE: Duration = Duration::from_millis(150);
/// How often it is looked whether lines have waited long enough.
const TICK: Duration = Duration::from_millis(50);
/// How long an engine that doesn't answer is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// What is followed.
pub(super) struct Following<'a> {
    pub(super) logs: &'a Logs,
    pub(super) engine: Place<'a>,
}

/// Something that one instance's stream says.
enum Said {
    Line(LogLine),
    Ended,
}

/// Up to which time each instance's lines have been shown, by the engine's id: of the last line, and of the last one
/// before its stream began anew.
#[derive(Default)]
struct Shown {
    last: BTreeMap<String, String>,
    before: BTreeMap<String, String>,
}

/// Lines that wait for earlier ones, in the order of their times.
#[derive(Default)]
struct Waiting(BTreeMap<(String, u64), (Writer, LogLine, Instant)>, u64);

type Streams = SelectAll<BoxStream<'static, (Writer, EngineResult<Said>)>>;

impl Following<'_> {
    pub(super) async fn run(&self, first: Vec<Instance>, printer: &mut Printer<'_>) -> Result<(), Error> {
        let mut streams: Streams = select_all([]);
        let mut open = BTreeSet::new();
        let mut shown = Shown::default();
        let mut waiting = Waiting::default();
        self.add(&first, &self.logs.options(), (&mut streams, &mut open));
        let mut events = self.engine.0.events();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some((writer, said)) = streams.next() => match said {
                    Ok(Said::Line(line)) => {
                        if shown.is_new(&writer.id, &line.time) {
                            waiting.push(writer, line);
                        }
                    }
                    // An instance that is removed takes its stream along.
                    Ok(Said::Ended) | Err(_) => drop(open.remove(&writer.id)),
                },
                event = events.next() => match event {
                    Some(Ok(event)) if !self.is_start(&event) => {}
                    Some(Ok(_)) => self.look((&mut streams, &mut open), &mut shown).await?,
                    Some(Err(_)) | None => {
                        sleep(PAUSE).await;
                        events = self.engine.0.events();
                        self.look((&mut streams, &mut open), &mut shown).await?;
                    }
                },
                _ = tick.tick() => {
                    for (writer, line) in waiting.ripe(Instant::now()) {
                        printer.print(&writer, &line)?;
                    }
                }
            }
        }
    }

    fn is_start(&self, event: &EngineEvent) -> bool {
        event.action == "start" && event.environment.as_ref() == Some(self.engine.1)
    }

    /// Looks for instances that run and are not followed.
    async fn look(&self, to: (&mut Streams, &mut BTreeSet<String>), shown: &mut Shown) -> Result<(), Error> {
        let instances = observe_instances(self.engine.0, self.engine.1).await?;
        let wanted = |instance: &Instance| {
            instance.state.is_up()
                && self.logs.wants(&instance.group.component)
                && !to.1.contains(&instance.id)
        };
        let new: Vec<Instance> = instances.into_iter().filter(wanted).collect();
        for instance in new {
            let since = shown.resume(&instance.id);
            let options = LogOptions { follow: true, since, tail: None };
            self.add(std::slice::from_ref(&instance), &options, (&mut *to.0, &mut *to.1));
        }
        Ok(())
    }

    fn add(&self, instances: &[Instance], options: &LogOptions, to: (&mut Streams, &mut BTreeSet<String>)) {
        for instance in instances {
            let writer = Writer::from(instance);
            let (lines, end) = (writer.clone(), writer.clone());
            let stream = self.engine.0.logs(&instance.id, options.clone());
            let stream = stream.map(move |line| (lines.clone(), line.map(Said::Line)));
            let ended = futures_util::stream::once(async move { (end, Ok(Said::Ended)) });
            to.0.push(stream.chain(ended).boxed());
            to.1.insert(writer.id);
        }
    }
}

impl Shown {
    /// Whether a line has not been shown yet. A stream that begins anew begins up to a second before where it ended.
    fn is_new(&mut self, id: &str, time: &str) -> bool {
        let new = time.is_empty() || self.before.get(id).is_none_or(|before| time > before.as_str());
        if new && !time.is_empty() {
            self.last.insert(id.to_owned(), time.to_owned());
        }
        new
    }

    /// The second, since 1970, from which on an instance's lines are to be asked for again.
    fn resume(&mut self, id: &str) -> Option<i64> {
        let last = self.last.get(id)?;
        self.before.insert(id.to_owned(), last.clone());
        last.parse::<Timestamp>().ok().map(Timestamp::as_second)
    }
}

impl Waiting {
    fn push(&mut self, writer: Writer, line: LogLine) {
        self.1 += 1;
        self.0.insert((line.time.clone(), self.1), (writer, line, Instant::now()));
    }

    /// The lines that come before the last one which has waited long enough.
    fn ripe(&mut self, now: Instant) -> Vec<(Writer, LogLine)> {
        let old = |since: &Instant| now.duration_since(*since) >= PATIENCE;
        let Some(end) = self.0.iter().rev().find(|(_, (_, _, since))| old(since)).map(|(key, _)| key.clone())
        else {
            return Vec::new();
        };
        let later = self.0.split_off(&(end.0, end.1 + 1));
        let ripe = std::mem::replace(&mut self.0, later);
        ripe.into_values().map(|(writer, line, _)| (writer, line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use landfall_engine::LogSource;
    use landfall_model::name::Name;

    use super::*;

    #[test]
    fn a_stream_that_begins_anew_repeats_nothing() {
        let mut shown = Shown::default();
        let times = ["2026-11-23T19:07:00.1Z", "2026-11-23T19:07:00.2Z", "2026-11-23T19:07:00.2Z"];
        assert_eq!(shown.resume("a"), None);
        assert!(times.iter().all(|time| shown.is_new("a", time)));
        assert_eq!(shown.resume("a"), Some(1_795_460_820));
        assert!(!times.iter().any(|time| shown.is_new("a", time)));
        assert!(shown.is_new("a", "2026-11-23T19:07:00.3Z"));
        assert!(shown.is_new("b", times[0]));
    }

    #[tokio::test(start_paused = true)]
    async fn lines_wait_for_earlier_ones() {
        let mut waiting = Waiting::default();
        let writer = Writer { component: Name::new("a").unwrap(), number: 1, id: "a".to_owned() };
        let line =
            |time: &str| LogLine { time: time.to_owned(), source: LogSource::Stdout, line: time.to_owned() };
        let ripe = |waiting: &mut Waiting| {
            waiting.ripe(Instant::now()).into_iter().map(|(_, line)| line.line).collect::<Vec<_>>()
        };
        waiting.push(writer.clone(), line("2"));
        assert_eq!(ripe(&mut waiting), [""; 0]);
        tokio::time::advance(PATIENCE).await;
        waiting.push(writer.clone(), line("1"));
        waiting.push(writer.clone(), line("3"));
        assert_eq!(ripe(&mut waiting), ["1", "2"]);
        tokio::time::advance(PATIENCE).await;
        assert_eq!(ripe(&mut waiting), ["3"]);
    }
}
