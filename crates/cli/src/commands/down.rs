//! `landfall down`: takes an environment down, and asks before data is lost.

use clap::Args;
use landfall_api::{Candidate, DeploymentId, DownRequest, PlanRequest};
use landfall_model::name::{EnvironmentId, Name};
use landfall_plan::DataPolicy;
use serde::Serialize;

use crate::confirm::{Given, Question, confirm};
use crate::deployment::{Following, Outcome};
use crate::error::{Error, Exit};
use crate::screen::Form;
use crate::session::Session;
use crate::views::plan::removed_volumes;

/// `landfall down`.
#[derive(Debug, Args)]
pub(crate) struct Down {
    /// Doesn't ask whether data may be lost; a protected environment needs its NAME
    #[arg(short, long, value_name = "NAME", num_args = 0..=1)]
    yes: Option<Option<Name>>,
    #[command(flatten)]
    data: DataChoice,
    /// Doesn't wait until the environment is down
    #[arg(short, long)]
    detach: bool,
}

/// What happens to data.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
pub(crate) struct DataChoice {
    /// Keeps every volume
    #[arg(long)]
    keep_data: bool,
    /// Removes every volume, those too that the bill of materials keeps
    #[arg(long)]
    purge: bool,
}

impl DataChoice {
    /// What happens to data.
    pub(crate) const fn policy(self) -> DataPolicy {
        match (self.keep_data, self.purge) {
            (true, _) => DataPolicy::KeepAll,
            (false, true) => DataPolicy::RemoveAll,
            (false, false) => DataPolicy::AsDeclared,
        }
    }
}

/// What `down` did, as programs read it.
#[derive(Debug, Serialize)]
struct DownOutput {
    /// The deployment; none if there was nothing to do.
    deployment: Option<DeploymentId>,
    /// How it ended; none if it was not waited for, or there was nothing to do.
    outcome: Option<Outcome>,
    /// The volumes whose data was removed.
    removed_volumes: Vec<String>,
}

impl Down {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let environment = session.environment()?;
        let client = session.server().await?;
        let Some(view) = client.reader().environment(&environment).await? else {
            session.screen.talk(&format!("nothing to do: there is no environment {environment}"));
            return finish(session, None, None, Vec::new());
        };
        let data = self.data.policy();
        let request = PlanRequest { candidate: Candidate::Down(data), purpose: None };
        let plan = client.reader().plan(&environment, &request).await?.plan;
        let lost = removed_volumes(&plan);
        let question = match (view.protected, lost.is_empty()) {
            (true, _) => Question::Protected(lost.clone()),
            (false, false) => Question::Loss(lost.clone()),
            (false, true) => Question::None,
        };
        confirm(&session.screen, &environment, &question, &self.given())?;
        let confirmed = view.protected.then(|| environment.environment.clone());
        let id = client.down(&environment, &DownRequest { data, confirmed }).await?.id;
        let outcome = match id {
            Some(id) if !self.detach => {
                Some(Following::new(session, &environment, client.clone(), id)?.finish().await?)
            }
            _ => None,
        };
        let left = client.reader().environment(&environment).await?;
        let kept =
            left.map(|view| view.volumes.into_iter().map(|volume| volume.volume.to_string()).collect());
        session.screen.talk(&ended(&environment, id, outcome.as_ref(), kept.unwrap_or_default()));
        finish(session, id, outcome, lost)
    }

    fn given(&self) -> Given {
        match &self.yes {
            None => Given::Nothing,
            Some(None) => Given::Yes,
            Some(Some(name)) => Given::Name(name.clone()),
        }
    }
}

fn finish(
    session: &Session,
    deployment: Option<DeploymentId>,
    outcome: Option<Outcome>,
    removed_volumes: Vec<String>,
) -> Result<Exit, Error> {
    if session.screen.form() == Form::Json {
        session.screen.json(&DownOutput { deployment, outcome, removed_volumes })?;
    }
    Ok(Exit::DONE)
}

fn ended(
    environment: &EnvironmentId,
    id: Option<DeploymentId>,
    outcome: Option<&Outcome>,
    kept: Vec<String>,
) -> String {
    match (id, outcome) {
        (None, _) => format!("nothing to do: {environment} is down already"),
        (Some(_), None) => format!("{environment} is being taken down"),
        (Some(_), Some(_)) if kept.is_empty() => format!("{environment} is down"),
        (Some(_), Some(_)) => {
            let kept = kept.join(", ");
            format!(
                "{environment} is down; kept: {kept} (`landfall down -e {environment} --purge` removes that too)"
            )
        }
    }
}
