//! Doing a plan: each step as soon as all that it waits for is done, as many at once as the plan allows.

mod gate;
mod job;

use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt};
use landfall_api::{DeploymentEvent, DeploymentId};
use landfall_model::name::EnvironmentId;
use landfall_model::sealed::Secrets;
use landfall_model::spec::Stamp;
use landfall_plan::{Action, Plan, StepId};
use tokio_util::sync::CancellationToken;

use crate::data_plane::Announcement;
use crate::error::{Error, describe};
use crate::world::World;

pub(crate) use job::run_by_hand;

/// An execution of a plan.
pub(crate) struct Execution<'a> {
    pub(crate) world: &'a World,
    pub(crate) plan: &'a Plan,
    pub(crate) secrets: &'a Secrets,
    /// The deployment that is told how it goes, if there is one.
    pub(crate) deployment: Option<DeploymentId>,
    pub(crate) cancelled: &'a CancellationToken,
}

/// Why an execution ended before its plan was done.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// Somebody asked.
    Cancelled,
    /// Something doesn't answer; a new plan will go on from here.
    Interrupted(Error),
    /// A step can't be done.
    Failed {
        /// Whether names had been flipped by then.
        flipped: Flipped,
        /// Whether the step was a job's.
        step: FailedStep,
        /// Why.
        message: String,
    },
}

/// Whether names had been flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flipped {
    Yes,
    No,
}

/// Which kind of step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailedStep {
    Job,
    Other,
}

/// Why one step can't be done.
pub(super) struct StepFailure {
    error: Error,
    logs: Vec<String>,
}

impl<E: Into<Error>> From<E> for StepFailure {
    fn from(error: E) -> Self {
        Self { error: error.into(), logs: Vec::new() }
    }
}

impl Execution<'_> {
    /// Does every step.
    pub(crate) async fn run(&self) -> Result<(), Stopped> {
        let mut waiting: Vec<usize> = self.plan.steps.iter().map(|step| step.after.len()).collect();
        let mut followers: Vec<Vec<StepId>> = vec![Vec::new(); self.plan.steps.len()];
        for (id, step) in self.plan.steps.iter().enumerate() {
            step.after.iter().for_each(|earlier| followers[*earlier].push(id));
        }
        let mut running = FuturesUnordered::new();
        running.extend((0..waiting.len()).filter(|id| waiting[*id] == 0).map(|id| self.step(id)));
        let mut flipped = Flipped::No;
        loop {
            let (id, result) = tokio::select! {
                done = running.next() => match done {
                    Some(done) => done,
                    None => return Ok(()),
                },
                // Once names have been flipped there is no way back but another deployment.
                () = self.cancelled.cancelled(), if flipped == Flipped::No => return Err(Stopped::Cancelled),
            };
            if let Err(failure) = result {
                return Err(self.stopped(id, failure, flipped));
            }
            if matches!(self.plan.steps[id].action, Action::Flip { .. }) {
                flipped = Flipped::Yes;
            }
            for follower in &followers[id] {
                waiting[*follower] -= 1;
                if waiting[*follower] == 0 {
                    running.push(self.step(*follower));
                }
            }
        }
    }

    fn stopped(&self, id: StepId, failure: StepFailure, flipped: Flipped) -> Stopped {
        if failure.error.is_passing() {
            return Stopped::Interrupted(failure.error);
        }
        let message = describe(&failure.error);
        let (step, logs, hints) = (id, failure.logs, failure.error.hints());
        self.tell(DeploymentEvent::StepFailed { step, message: message.clone(), logs, hints });
        let job = matches!(self.plan.steps[id].action, Action::RunJob { .. });
        Stopped::Failed { flipped, step: if job { FailedStep::Job } else { FailedStep::Other }, message }
    }

    fn tell(&self, event: DeploymentEvent) {
        if let Some(deployment) = self.deployment {
            self.world.journal.tell(deployment, event);
        }
    }

    async fn step(&self, id: StepId) -> (StepId, Result<(), StepFailure>) {
        let started = Instant::now();
        self.tell(DeploymentEvent::StepStarted { step: id });
        let result = self.act(&self.plan.steps[id].action).await;
        if result.is_ok() {
            let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.tell(DeploymentEvent::StepDone { step: id, millis });
        }
        (id, result)
    }

    async fn act(&self, action: &Action) -> Result<(), StepFailure> {
        let environment = &self.plan.environment;
        let engine = &self.world.engine;
        match action {
            Action::EnsureNetwork => {
                let (network, _) = engine.ensure_network(environment).await?;
                self.world.note_gateway(environment, network.gateway);
            }
            Action::EnsureVolume { volume } => {
                engine.ensure_volume(volume).await?;
            }
            Action::Announce { generation, groups, shared } => {
                let (generation, groups, shared) = (*generation, groups.clone(), shared.clone());
                self.world.announce(environment, Some(Announcement { generation, groups, shared }));
                let problems = self.world.publish().await?;
                if let Some(problem) = problems.get(environment) {
                    let message = format!("names can't be answered in this environment: {problem}");
                    return Err(Error::Invalid { message, hint: None }.into());
                }
            }
            Action::EnsureGroup { group, instances } => {
                engine.ensure_group(group, *instances, self.stamp(), self.secrets).await?;
            }
            Action::AwaitHealthy { group, instances, patience } => {
                gate::await_healthy(self.world, group, *instances, *patience).await?;
            }
            Action::RunJob { group, timeout } => {
                job::run(self.world, group, (self.stamp(), self.secrets), *timeout).await?;
            }
            Action::Flip { stamp } => self.flip(environment, *stamp).await?,
            Action::RemoveGroup { group, grace } => {
                engine.remove_group(group, *grace).await?;
            }
            Action::Withdraw => self.withdraw(environment).await?,
            Action::RemoveVolume { volume } => {
                engine.remove_volume(volume).await?;
            }
            Action::RemoveNetwork => {
                engine.remove_network(environment).await?;
            }
        }
        Ok(())
    }

    fn stamp(&self) -> Stamp {
        self.plan.to.expect("a plan that starts something leads to a generation")
    }

    /// From here on the new generation is active, whatever happens to us: first in the records, then in the names.
    async fn flip(&self, environment: &EnvironmentId, stamp: Stamp) -> Result<(), Error> {
        self.world.store.flip(environment).await?;
        self.world.announce(environment, None);
        self.world.publish().await?;
        let message = format!("generation {} is active, with release {}", stamp.generation, stamp.release);
        Ok(self.world.journal.note(environment, "flip", &message).await?)
    }

    async fn withdraw(&self, environment: &EnvironmentId) -> Result<(), Error> {
        self.world.announce(environment, None);
        self.world.forget_gateway(environment);
        self.world.publish().await.map(drop)
    }
}
