//! Follows a deployment to its end, or gives it up when told to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use landfall_api::{DeploymentEvent, DeploymentId, DeploymentStatus, EnvironmentView};
use landfall_model::name::EnvironmentId;
use landfall_model::spec::Role;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

use crate::client::{Client, ClientError, Items};
use crate::error::Error;
use crate::progress::deployment::Passage;
use crate::progress::rows::Rows;
use crate::session::Session;
use crate::views::environment::summary;

/// How often it is asked how many instances are well.
const LOOK: Duration = Duration::from_millis(400);
/// How often a server that ended is asked again.
const TRIES: u32 = 5;

/// How a deployment ended.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    /// The environment.
    pub(crate) environment: EnvironmentId,
    /// How it ended.
    pub(crate) status: DeploymentStatus,
    /// Why it failed, or what else is to be known.
    pub(crate) message: Option<String>,
    /// What could not be done.
    pub(crate) failures: Vec<Failure>,
}

/// A step that could not be done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    /// The step.
    pub(crate) step: String,
    /// Why.
    pub(crate) message: String,
    /// The last lines that the component wrote.
    pub(crate) logs: Vec<String>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

/// A deployment that is followed.
pub(crate) struct Following<'a> {
    session: &'a Session,
    environment: &'a EnvironmentId,
    id: DeploymentId,
    client: Client,
    passage: Passage,
    rows: Rows<'a>,
    failures: Vec<Failure>,
    interrupts: Signal,
    given_up: bool,
}

impl<'a> Following<'a> {
    /// Follows a deployment from its first event on.
    ///
    /// # Errors
    /// When Ctrl-C can't be listened for.
    pub(crate) fn new(
        session: &'a Session,
        environment: &'a EnvironmentId,
        client: Client,
        id: DeploymentId,
    ) -> Result<Self, Error> {
        Ok(Self {
            session,
            environment,
            id,
            client,
            passage: Passage::default(),
            rows: Rows::new(&session.screen),
            failures: Vec::new(),
            interrupts: signal(SignalKind::interrupt())?,
            given_up: false,
        })
    }

    /// Follows it to its end.
    ///
    /// # Errors
    /// When it did not end well, was given up, or can't be followed.
    pub(crate) async fn finish(mut self) -> Result<Outcome, Error> {
        let mut tries = TRIES;
        let outcome = loop {
            match self.one_stream().await {
                Err(Error::Client(
                    ClientError::Broken(_) | ClientError::Ended(_) | ClientError::Absent { .. },
                )) if tries > 0 => {
                    tries -= 1;
                    self.session.screen.talk("the Landfall server ended; it goes on from where it was");
                    self.client = self.session.server().await?;
                    self.failures.clear();
                }
                other => break other?,
            }
        };
        self.rows.leave();
        self.judge(outcome).await
    }

    async fn one_stream(&mut self) -> Result<Outcome, Error> {
        let mut events = self.client.reader().deployment_events(self.id).await?;
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let watched = self.rows.are_seen() && self.passage.awaits();
            tokio::select! {
                event = next(&mut events) => {
                    if let Some(outcome) = self.take(event?) {
                        return Ok(outcome);
                    }
                }
                _ = self.interrupts.recv() => self.interrupt().await?,
                _ = look.tick(), if watched => self.observe().await,
            }
        }
    }

    fn take(&mut self, event: DeploymentEvent) -> Option<Outcome> {
        if matches!(event, DeploymentEvent::Planned { .. }) {
            // Undoing is a plan of its own, and so is what a server that was started again goes on with.
            self.rows.clear();
        }
        let line = self.passage.take(&event);
        let everyone = matches!(event, DeploymentEvent::Waiting { .. } | DeploymentEvent::Undoing);
        if let Some(line) = line.filter(|_| everyone || !self.rows.are_seen()) {
            self.session.screen.talk(&line);
        }
        self.draw();
        match event {
            DeploymentEvent::StepFailed { step, message, logs, hints } => {
                self.failures.push(Failure { step: self.passage.step(step), message, logs, hints });
                None
            }
            DeploymentEvent::Finished { status, message } => Some(Outcome {
                environment: self.environment.clone(),
                status,
                message,
                failures: std::mem::take(&mut self.failures),
            }),
            _ => None,
        }
    }

    fn draw(&mut self) {
        for row in self.passage.rows() {
            if row.ended {
                self.rows.end(&row.component, &row.text);
            } else {
                self.rows.update(&row.component, &row.text);
            }
        }
    }

    /// Asks how many instances are well. Not to know it is no failure.
    async fn observe(&mut self) {
        if let Ok(Some(view)) = self.client.reader().environment(self.environment).await {
            self.passage.observe(count_well(&view));
            self.draw();
        }
    }

    /// Gives the deployment up; the second time, leaves it to the server.
    async fn interrupt(&mut self) -> Result<(), Error> {
        if self.given_up {
            return Err(Error::Interrupted(format!(
                "left {} to the server, which goes on undoing; `landfall ps -e {}` shows how it stands",
                self.environment, self.environment
            )));
        }
        self.given_up = true;
        match self.client.cancel(self.id).await {
            Ok(()) => {
                self.session
                    .screen
                    .shout("giving up: what was done is being undone (Ctrl-C again leaves it to the server)");
                Ok(())
            }
            Err(ClientError::Refused(body)) => {
                let message = body.message;
                self.session.screen.shout(&format!(
                    "it can't be given up: {message} (Ctrl-C again leaves it to the server)"
                ));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn judge(&self, outcome: Outcome) -> Result<Outcome, Error> {
        match outcome.status {
            DeploymentStatus::Done => Ok(outcome),
            DeploymentStatus::Cancelled if self.given_up => {
                let view = self.client.reader().environment(self.environment).await?;
                Err(Error::Interrupted(state(self.environment, view.as_ref())))
            }
            _ => Err(Error::Deployment(Box::new(outcome))),
        }
    }
}

/// In which state an environment is after something was given up.
pub(crate) fn state(environment: &EnvironmentId, view: Option<&EnvironmentView>) -> String {
    match view {
        None => format!("given up; {environment} is as it was: not there"),
        Some(view) => format!("given up; {environment} is as it was: {}", summary(view)),
    }
}

async fn next(events: &mut Items<DeploymentEvent>) -> Result<DeploymentEvent, ClientError> {
    events.next().await.unwrap_or(Err(ClientError::Ended("a deployment")))
}

/// How many instances of each service are well.
fn count_well(view: &EnvironmentView) -> BTreeMap<String, usize> {
    let mut well = BTreeMap::new();
    let newest = view.instances.iter().map(|instance| instance.generation).max().unwrap_or_default();
    let services = view.instances.iter().filter(|instance| instance.role == Role::Service);
    for instance in services.filter(|instance| instance.generation == newest) {
        let passing = instance.health.as_ref().is_some_and(landfall_model::Health::is_passing);
        *well.entry(instance.component.to_string()).or_default() += usize::from(passing);
    }
    well
}

impl Outcome {
    /// What to type next.
    pub(crate) fn hints(&self) -> Vec<String> {
        let environment = &self.environment;
        let what_next = match self.status {
            DeploymentStatus::Done | DeploymentStatus::Running => Vec::new(),
            DeploymentStatus::Cancelled => vec![format!("landfall ps -e {environment}")],
            DeploymentStatus::Incomplete => vec![
                format!("landfall ps -e {environment}: the services run"),
                format!("landfall run JOB -e {environment}, once what failed is mended"),
            ],
            DeploymentStatus::Failed => vec![
                format!("landfall ps -e {environment}: what was before is again"),
                format!("landfall up -e {environment}, once what failed is mended"),
            ],
        };
        self.failures.iter().flat_map(|failure| failure.hints.clone()).chain(what_next).collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = match self.status {
            DeploymentStatus::Done => "is done",
            DeploymentStatus::Running => "is under way",
            DeploymentStatus::Incomplete => "is up, but not everything went well",
            DeploymentStatus::Failed => "failed, and what was done has been undone",
            DeploymentStatus::Cancelled => "was given up, and what was done has been undone",
        };
        write!(f, "the deployment of {} {ended}", self.environment)?;
        for failure in &self.failures {
            write!(f, "\n  {}: {}", failure.step, failure.message)?;
            for line in &failure.logs {
                write!(f, "\n    | {line}")?;
            }
        }
        let told =
            |message: &&String| self.failures.iter().all(|failure| !message.contains(&failure.message));
        match self.message.as_ref().filter(told) {
            Some(message) => write!(f, "\n  {message}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use landfall_model::name::Name;

    use super::*;

    #[test]
    fn a_failure_shows_the_component_the_reason_and_its_last_lines() {
        let name = |text| Name::new(text).unwrap();
        let outcome = Outcome {
            environment: EnvironmentId::new(name("lidar"), name("dev")),
            status: DeploymentStatus::Failed,
            message: Some("worker 1 was not well within 70s".to_owned()),
            failures: vec![Failure {
                step: "wait until worker is well".to_owned(),
                message: "worker 1 was not well within 70s".to_owned(),
                logs: vec!["connecting to queue".to_owned(), "no such host: queue".to_owned()],
                hints: Vec::new(),
            }],
        };
        insta::assert_snapshot!(
            Error::Deployment(Box::new(outcome)).render(crate::screen::paint::Paint::Plain)
        );
    }
}
