//! The one owner of all that the agent knows: takes what comes in, one after the other, and publishes the catalog.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use landfall_model::name::EnvironmentId;
use landfall_model::observed::Observed;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::listeners::Listeners;
use super::state::{Known, State};
use crate::catalog::plan_catalog;
use crate::catalog::published::Published;
use crate::directive::Directives;
use crate::dns::upstream::Upstream;
use crate::health::Target;
use crate::probe::plan_subjects;
use crate::probe::runner::Prober;
use crate::source::{Source, SourceError, chain};
use crate::wire::{Accepted, Listening};

/// How long events are gathered before it is looked what they were about.
const DEBOUNCE: Duration = Duration::from_millis(20);
/// How often it is looked without an event.
const ROUND: Duration = Duration::from_secs(10);
/// How long the engine has to say what there is.
const OBSERVATION: Duration = Duration::from_secs(30);
/// How long after an event a second look is taken.
const SECOND_LOOK: Duration = Duration::from_millis(400);
/// How long the first observation may keep names waiting, and the probes of a new agent those of the old.
const BEGINNING: Duration = Duration::from_secs(2);
/// The least and the longest time between two catalogs, and the longest between two observations, that nobody waits for.
const CALM: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(250));
/// How many times longer than planning a catalog the pause before the next is, and so for observations: each takes a
/// fifth of a processor (the engine's, for observations) at most, however many instances start at once.
const PAUSE: u32 = 4;
/// How often what is known is saved at most, and listeners that failed are tried again.
const CHORES: Duration = Duration::from_secs(1);

/// What comes in.
pub(super) enum Input {
    /// Something may have changed on the engine.
    Changed,
    /// The engine said what there is.
    Observed(Result<Observed, SourceError>),
    /// The control plane's directives.
    Put(Directives, oneshot::Sender<Result<Accepted, PutError>>),
    /// Somebody wants it looked at now: the index of the catalog that knows it.
    Observe(oneshot::Sender<Result<u64, String>>),
}

/// Why directives were not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum PutError {
    #[error("directives number {offered} are older than number {held}, which the agent holds")]
    Older { offered: u64, held: u64 },
    #[error("directives number {0} are held already, and say something else")]
    Differs(u64),
    #[error("the directives can't be kept, so they are not followed: {0}")]
    Unkept(String),
}

/// What the core works with.
pub(super) struct Parts {
    pub(super) state: State,
    pub(super) source: Arc<dyn Source>,
    pub(super) published: Arc<Published>,
    pub(super) upstream: Arc<Upstream>,
}

pub(super) struct Core {
    parts: Parts,
    inputs: mpsc::Sender<Input>,
    inbox: mpsc::Receiver<Input>,
    observed: Observed,
    directives: Directives,
    prober: Prober,
    listeners: Listeners,
    look: Arc<Notify>,
    times: Times,
    /// Who waits for the observation that runs, and who for the next.
    waiting: [Vec<oneshot::Sender<Result<u64, String>>>; 2],
    saved: Known,
    engine: Arc<Mutex<Option<String>>>,
}

/// When what is done next.
struct Times {
    observing: bool,
    observe: Instant,
    /// Whether the last observation was for an event, which the engine may tell before it lists what came of it.
    look_again: bool,
    /// Whether somebody waits for the next observation.
    awaited: bool,
    /// When the last observation began.
    began: Instant,
    /// Until when the engine is left alone if nobody waits.
    rest: Instant,
    backoff: Duration,
    publish: Option<Instant>,
    calm: Duration,
    chores: Instant,
    unsaved: bool,
}

impl Core {
    pub(super) fn new(
        parts: Parts,
        listeners: Listeners,
        (inputs, inbox): (mpsc::Sender<Input>, mpsc::Receiver<Input>),
    ) -> Self {
        let known = parts.state.load_known();
        let prober = Prober::new(parts.source.clone(), parts.upstream.clone(), known.passing.clone());
        let now = Instant::now();
        let times = Times {
            observing: false,
            observe: now,
            look_again: false,
            awaited: false,
            began: now,
            rest: now,
            backoff: DEBOUNCE,
            publish: None,
            calm: CALM.0,
            chores: now + CHORES,
            unsaved: false,
        };
        let look = listeners.look();
        let mut core = Self {
            parts,
            inputs,
            inbox,
            observed: known.observed.clone(),
            directives: Directives::default(),
            prober,
            listeners,
            look,
            times,
            waiting: [Vec::new(), Vec::new()],
            saved: known,
            engine: Arc::default(),
        };
        core.reload();
        core
    }

    /// Looks what there is, for a moment; what the last agent knew stands in until it is known.
    pub(super) async fn begin(&mut self) {
        let observation = tokio::time::timeout(BEGINNING, self.parts.source.observe()).await;
        let timed_out = || Err(SourceError::new("the engine does not answer"));
        self.take_observed(observation.unwrap_or_else(|_| timed_out()));
        self.publish();
    }

    /// Probes until every target has been asked once, for a moment.
    pub(super) async fn settle(&mut self) {
        let prober = &mut self.prober;
        let settled = async {
            while !prober.is_settled() {
                tokio::select! {
                    () = prober.step() => {}
                    () = tokio::time::sleep(Duration::from_millis(10)) => {}
                }
            }
        };
        // Those that take longer are not well for now, as they would be for any agent.
        let _ = tokio::time::timeout(BEGINNING, settled).await;
        self.publish();
    }

    /// Takes the saved directives if they are newer: another agent may have saved them.
    pub(super) fn reload(&mut self) {
        match self.parts.state.load_directives() {
            Ok(directives) if directives.number >= self.directives.number => self.directives = directives,
            Ok(_) => {}
            Err(error) => tracing::error!(error = chain(&error), "starts without directives"),
        }
        self.prober.set_subjects(plan_subjects(&self.observed, &self.directives));
        self.publish();
    }

    /// Answers names wherever the directives say.
    pub(super) fn listen(&mut self) {
        let directed: Vec<EnvironmentId> =
            self.directives.environments.iter().map(|directive| directive.environment.clone()).collect();
        self.listeners.apply(&self.parts.published.load().catalog, &directed);
    }

    pub(super) fn listening(&self) -> Arc<Mutex<Vec<Listening>>> {
        self.listeners.listening()
    }

    /// Why the engine can't be observed, if it can't: always the current reason.
    pub(super) fn engine(&self) -> Arc<Mutex<Option<String>>> {
        self.engine.clone()
    }

    /// Works until `retired`.
    pub(super) async fn run(&mut self, retired: &CancellationToken) {
        let look = self.look.clone();
        while !retired.is_cancelled() {
            let wake = self.next_wake();
            tokio::select! {
                () = retired.cancelled() => {}
                Some(input) = self.inbox.recv() => self.take(input).await,
                () = look.notified() => self.hurry_for_somebody(),
                () = self.prober.step() => self.publish_soon(),
                () = tokio::time::sleep_until(wake) => {}
            }
            self.do_due().await;
        }
    }

    pub(super) async fn leave(&mut self) {
        self.save_known().await;
        self.listeners.leave().await;
    }

    pub(super) async fn finish(&self) {
        self.listeners.finish().await;
    }

    fn next_wake(&self) -> Instant {
        let observe = if self.times.observing { self.times.chores } else { self.times.observe };
        self.times.publish.into_iter().fold(observe.min(self.times.chores), Instant::min)
    }

    async fn do_due(&mut self) {
        let now = Instant::now();
        if self.times.publish.is_some_and(|at| at <= now) {
            self.publish();
        }
        if !self.times.observing && self.times.observe <= now {
            self.observe();
        }
        if self.times.chores <= now {
            self.times.chores = now + CHORES;
            if self.listeners.is_incomplete() {
                self.listen();
            }
            self.save_known().await;
        }
    }

    async fn take(&mut self, input: Input) {
        match input {
            Input::Changed => {
                self.times.look_again = true;
                self.hurry(DEBOUNCE.max(self.times.rest.saturating_duration_since(Instant::now())));
            }
            Input::Observed(observed) => {
                self.times.observing = false;
                self.rest();
                if std::mem::take(&mut self.times.look_again) {
                    self.hurry(SECOND_LOOK);
                }
                self.take_observed(observed);
            }
            Input::Put(directives, reply) => {
                let accepted = self.put(directives).await;
                // Who does not wait any more does not want to know.
                let _ = reply.send(accepted);
            }
            Input::Observe(reply) => {
                self.waiting[1].push(reply);
                self.hurry_for_somebody();
            }
        }
    }

    async fn put(&mut self, directives: Directives) -> Result<Accepted, PutError> {
        let (offered, held) = (directives.number, self.directives.number);
        if offered < held {
            return Err(PutError::Older { offered, held });
        }
        if offered == held && directives != self.directives && self.directives != Directives::default() {
            return Err(PutError::Differs(held));
        }
        if directives != self.directives {
            let (state, saving) = (self.parts.state.clone(), directives.clone());
            let saved = tokio::task::spawn_blocking(move || state.save_directives(&saving)).await;
            saved
                .map_err(|error| PutError::Unkept(error.to_string()))?
                .map_err(|error| PutError::Unkept(chain(&error)))?;
            tracing::info!(number = offered, environments = directives.environments.len(), "new directives");
            self.directives = directives;
        }
        self.prober.set_subjects(plan_subjects(&self.observed, &self.directives));
        self.publish();
        self.listen();
        let index = self.parts.published.load().index;
        let listening = self.listening().lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        Ok(Accepted { number: offered, index, listening })
    }

    /// Looks after `delay` at the latest.
    fn hurry(&mut self, delay: Duration) {
        self.times.observe = self.times.observe.min(Instant::now() + delay);
    }

    /// Looks at once.
    fn hurry_for_somebody(&mut self) {
        self.times.awaited = true;
        self.hurry(Duration::ZERO);
    }

    /// Leaves the engine alone for a while in proportion to how long it took to answer, unless somebody waits: many
    /// containers that start at once would otherwise have it answer us rather than start them.
    fn rest(&mut self) {
        let now = Instant::now();
        self.times.rest = now + (self.times.began.elapsed() * PAUSE).min(CALM.1);
        if !self.times.awaited {
            self.times.observe = self.times.observe.max(self.times.rest);
        }
    }

    /// Asks the engine; what it says comes back as an input.
    fn observe(&mut self) {
        self.times.observing = true;
        self.times.awaited = false;
        self.times.began = Instant::now();
        self.times.observe = self.times.began + ROUND;
        let next = std::mem::take(&mut self.waiting[1]);
        self.waiting[0].extend(next);
        let (source, inputs) = (self.parts.source.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let observed = tokio::time::timeout(OBSERVATION, source.observe()).await;
            let observed = observed.unwrap_or_else(|_| Err(SourceError::new("the engine does not answer")));
            // The inbox is closed when the agent has left.
            let _ = inputs.send(Input::Observed(observed)).await;
        });
    }

    fn take_observed(&mut self, observed: Result<Observed, SourceError>) {
        let failure = match observed {
            Ok(observed) => {
                self.times.backoff = DEBOUNCE;
                if observed != self.observed {
                    self.observed = observed;
                    self.prober.set_subjects(plan_subjects(&self.observed, &self.directives));
                    self.publish();
                }
                None
            }
            Err(error) => {
                self.times.backoff = (self.times.backoff * 2).min(ROUND);
                self.hurry(self.times.backoff);
                let reason = chain(&error);
                tracing::warn!(reason, "the engine can't be observed; the last catalog stays");
                Some(reason)
            }
        };
        let index = self.parts.published.load().index;
        for waiting in self.waiting[0].drain(..) {
            // Who does not wait any more does not want to know.
            let _ = waiting.send(failure.clone().map_or(Ok(index), Err));
        }
        *self.engine.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = failure;
    }

    fn publish_soon(&mut self) {
        self.times.publish.get_or_insert(Instant::now() + self.times.calm);
    }

    fn publish(&mut self) {
        self.times.publish = None;
        self.times.unsaved = true;
        let began = Instant::now();
        let catalog = plan_catalog(&self.observed, &self.directives, self.prober.table());
        let index = self.parts.published.publish(catalog);
        self.times.calm = (began.elapsed() * PAUSE).clamp(CALM.0, CALM.1);
        tracing::trace!(index, "catalog");
    }

    /// Saves what is known if it is new. A failure is told and tried again: names are answered without it.
    async fn save_known(&mut self) {
        if !self.times.unsaved {
            return;
        }
        self.times.unsaved = false;
        let well = self.prober.table().iter().filter(|(_, health)| health.is_passing());
        let passing = well.filter_map(|(target, _)| match target {
            Target::Instance(id) => Some(id.clone()),
            Target::External(..) => None,
        });
        let known = Known { observed: self.observed.clone(), passing: passing.collect() };
        if known == self.saved {
            return;
        }
        let (state, saving) = (self.parts.state.clone(), known.clone());
        let saved = tokio::task::spawn_blocking(move || state.save_known(&saving)).await;
        match saved {
            Ok(Ok(())) => self.saved = known.clone(),
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "what is known can't be saved"),
            Err(error) => tracing::warn!(%error, "what is known can't be saved"),
        }
        self.times.unsaved = self.saved != known;
    }
}
