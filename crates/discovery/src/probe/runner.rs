//! Runs the probes of many targets, each by its own schedule, a bounded number at once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use landfall_model::check::{Health, Probe};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Subject;
use super::run::run_probe;
use super::schedule::{Outcome, Schedule};
use crate::dns::upstream::Upstream;
use crate::health::{HealthTable, Target};
use crate::source::Source;

/// Probes over the network that are in flight at once.
pub const NETWORK_PROBES: usize = 64;
/// Commands in containers that are in flight at once; each costs the engine a process.
pub const COMMAND_PROBES: usize = 8;

/// The probes of all targets.
pub struct Prober {
    source: Arc<dyn Source>,
    upstream: Arc<Upstream>,
    began: Instant,
    entries: BTreeMap<Target, Entry>,
    due: BinaryHeap<Reverse<(u64, u64, Target)>>,
    lanes: [Lane; 2],
    in_flight: JoinSet<(Target, u64, Outcome)>,
    tickets: BTreeMap<tokio::task::Id, usize>,
    last_ticket: u64,
    table: HealthTable,
    carried: BTreeSet<String>,
    random: u64,
}

struct Entry {
    subject: Arc<Subject>,
    schedule: Schedule,
    ticket: u64,
    asked: bool,
}

struct Lane {
    limit: usize,
    running: usize,
    waiting: VecDeque<(u64, Target)>,
}

impl Prober {
    /// A prober without targets. Instances in `carried` were well when an earlier agent last looked.
    pub fn new(source: Arc<dyn Source>, upstream: Arc<Upstream>, carried: BTreeSet<String>) -> Self {
        let lane = |limit| Lane { limit, running: 0, waiting: VecDeque::new() };
        Self {
            source,
            upstream,
            began: Instant::now(),
            entries: BTreeMap::new(),
            due: BinaryHeap::new(),
            lanes: [lane(NETWORK_PROBES), lane(COMMAND_PROBES)],
            in_flight: JoinSet::new(),
            tickets: BTreeMap::new(),
            last_ticket: 0,
            table: HealthTable::new(),
            carried,
            random: u64::from(std::process::id()) | 1,
        }
    }

    /// What is known of every target.
    pub fn table(&self) -> &HealthTable {
        &self.table
    }

    /// Whether every target has been asked at least once.
    pub fn is_settled(&self) -> bool {
        self.entries.values().all(|entry| entry.asked)
    }

    /// Makes `subjects` the targets: new and changed ones start afresh, the others go on, the rest is forgotten.
    pub fn set_subjects(&mut self, subjects: Vec<Subject>) {
        let now = self.now();
        let mut old = std::mem::take(&mut self.entries);
        for subject in subjects {
            let target = subject.target.clone();
            let entry = match old.remove(&target) {
                Some(entry) if *entry.subject == subject => entry,
                _ => self.start(subject, now),
            };
            self.table.insert(target.clone(), entry.schedule.health().clone());
            self.entries.insert(target, entry);
        }
        let entries = &self.entries;
        self.table.retain(|target, _| entries.contains_key(target));
        self.carried.clear();
    }

    /// Waits until a target's health is another. Can be dropped at any time and called again.
    pub async fn step(&mut self) {
        loop {
            self.start_due();
            let next = self.due.peek().map(|Reverse((due, ..))| self.began + Duration::from_millis(*due));
            tokio::select! {
                Some(ended) = self.in_flight.join_next_with_id() => {
                    if self.record(ended) {
                        return;
                    }
                }
                () = tokio::time::sleep_until(next.unwrap_or(self.began)), if next.is_some() => {}
                () = std::future::pending(), if next.is_none() => {}
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn start(&mut self, subject: Subject, now: u64) -> Entry {
        self.last_ticket += 1;
        let carried = matches!(&subject.target, Target::Instance(id) if self.carried.contains(id));
        let schedule =
            if carried { Schedule::carried(&subject.check, now) } else { Schedule::new(&subject.check, now) };
        self.due.push(Reverse((schedule.due(), self.last_ticket, subject.target.clone())));
        Entry { subject: Arc::new(subject), schedule, ticket: self.last_ticket, asked: false }
    }

    /// Moves what is due to its lane, and starts what its lane has room for.
    fn start_due(&mut self) {
        let now = self.now();
        while let Some(Reverse((due, ..))) = self.due.peek() {
            if *due > now {
                break;
            }
            let Some(Reverse((_, ticket, target))) = self.due.pop() else { break };
            let Some(lane) = self.lane_of(&target, ticket) else { continue };
            self.lanes[lane].waiting.push_back((ticket, target));
        }
        for lane in 0..self.lanes.len() {
            while self.lanes[lane].running < self.lanes[lane].limit {
                let Some((ticket, target)) = self.lanes[lane].waiting.pop_front() else { break };
                self.spawn(lane, ticket, target);
            }
        }
    }

    /// The lane of a target's probes; none if the target has been forgotten or replaced meanwhile.
    fn lane_of(&self, target: &Target, ticket: u64) -> Option<usize> {
        let entry = self.entries.get(target).filter(|entry| entry.ticket == ticket)?;
        Some(usize::from(matches!(entry.subject.check.probe, Probe::Command { .. })))
    }

    fn spawn(&mut self, lane: usize, ticket: u64, target: Target) {
        let Some(entry) = self.entries.get(&target).filter(|entry| entry.ticket == ticket) else { return };
        let (subject, source, upstream) = (entry.subject.clone(), self.source.clone(), self.upstream.clone());
        let task = self.in_flight.spawn(async move {
            let outcome = run_probe(&subject, source.as_ref(), &upstream).await;
            (target, ticket, outcome)
        });
        self.tickets.insert(task.id(), lane);
        self.lanes[lane].running += 1;
    }

    /// Takes in an ended probe; whether its target's health is another.
    fn record(
        &mut self,
        ended: Result<(tokio::task::Id, (Target, u64, Outcome)), tokio::task::JoinError>,
    ) -> bool {
        let id = ended.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
        if let Some(lane) = self.tickets.remove(&id) {
            self.lanes[lane].running -= 1;
        }
        let Ok((_, (target, ticket, outcome))) = ended else { return false };
        let (now, jitter) = (self.now(), self.jitter());
        let Some(entry) = self.entries.get_mut(&target).filter(|entry| entry.ticket == ticket) else {
            return false;
        };
        entry.asked = true;
        entry.schedule.record(now, outcome, jitter);
        let health = entry.schedule.health().clone();
        self.due.push(Reverse((entry.schedule.due(), ticket, target.clone())));
        let changed = self.table.get(&target) != Some(&health);
        if changed {
            log(&target, &health);
            self.table.insert(target, health);
        }
        changed
    }

    fn jitter(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % 1_000
    }
}

fn log(target: &Target, health: &Health) {
    match health {
        Health::Passing => tracing::info!(?target, "is well"),
        Health::Failing { reason } => tracing::warn!(?target, reason, "is not well"),
        Health::Starting { last } => tracing::debug!(?target, ?last, "is starting"),
    }
}
