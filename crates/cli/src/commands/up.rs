//! `landfall up`: check, build, release, deploy.

use std::collections::BTreeMap;
use std::time::Instant;

use clap::{Args, ValueEnum};
use landfall_api::{DeployRequest, DeploymentId, EnvironmentView};
use landfall_engine::Builder;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::release::{ImageFacts, ReleaseNumber};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::release::parse_number;
use crate::client::Client;
use crate::deployment::{Following, Outcome, state};
use crate::error::{Error, Exit};
use crate::images::{ensure_images, look_at_images};
use crate::materials::observe_materials;
use crate::project::Project;
use crate::purpose::choose_purpose;
use crate::screen::Form;
use crate::session::Session;
use crate::views::environment::{render_addresses, summary};
use crate::views::words::seconds;

/// `landfall up`.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// The environment's purpose; else the one with its name, else the one that it has
    #[arg(long, value_name = "NAME")]
    purpose: Option<Name>,
    /// Brings this release up (`r3` or `3`) instead of making one
    #[arg(long, value_name = "NUMBER", value_parser = parse_number, conflicts_with_all = ["no_build", "builder"])]
    release: Option<ReleaseNumber>,
    /// Fails if an image would have to be built or pulled
    #[arg(long, conflicts_with = "builder")]
    no_build: bool,
    /// What builds images; BuildKit where the engine has it if left out
    #[arg(long, value_enum, value_name = "BUILDER")]
    builder: Option<BuilderChoice>,
    /// Doesn't wait until the system is up
    #[arg(short, long)]
    detach: bool,
}

/// What builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuilderChoice {
    /// BuildKit within the engine.
    Buildkit,
    /// the engine's classic builder
    Classic,
}

impl From<BuilderChoice> for Builder {
    fn from(choice: BuilderChoice) -> Self {
        match choice {
            BuilderChoice::Buildkit => Self::BuildKit,
            BuilderChoice::Classic => Self::Classic,
        }
    }
}

/// What `up` did, as programs read it.
#[derive(Debug, Serialize)]
struct UpOutput {
    /// The release.
    release: ReleaseNumber,
    /// The deployment; none if there was nothing to do.
    deployment: Option<DeploymentId>,
    /// How it ended; none if it was not waited for, or there was nothing to do.
    outcome: Option<Outcome>,
    /// The environment as it is now.
    environment: Option<EnvironmentView>,
}

impl Up {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let begun = Instant::now();
        let (environment, client, release, purpose) = match self.release {
            Some(release) => {
                let environment = session.environment()?;
                (environment, session.server().await?, release, self.purpose.clone())
            }
            None => self.release(session).await?,
        };
        let request = DeployRequest { release, purpose };
        let deployment = client.deploy(&environment, &request).await?.id;
        let outcome = match deployment {
            Some(id) if !self.detach => {
                Some(Following::new(session, &environment, client.clone(), id)?.finish().await?)
            }
            _ => None,
        };
        let view = client.reader().environment(&environment).await?;
        match (deployment, &outcome) {
            (None, _) => session.screen.talk(&format!("nothing to do: {environment} is at {release} already")),
            (Some(_), None) => session.screen.talk(&format!(
                "the deployment of {release} to {environment} is under way; `landfall ps -e {environment}` shows how it stands"
            )),
            (Some(_), Some(_)) => {
                let how = view.as_ref().map(summary).unwrap_or_default();
                session.screen.talk(&format!("{environment} is up in {}: {how}", seconds(begun.elapsed())));
            }
        }
        if session.screen.form() == Form::Json {
            session.screen.json(&UpOutput { release, deployment, outcome, environment: view })?;
        } else if let Some(view) = view.filter(|_| !self.detach || deployment.is_none()) {
            session.screen.data(&render_addresses(&view))?;
        }
        Ok(Exit::DONE)
    }

    /// Makes a release of the project.
    async fn release(
        &self,
        session: &Session,
    ) -> Result<(EnvironmentId, Client, ReleaseNumber, Option<Name>), Error> {
        let project = session.project()?;
        let environment = session.environment_of(&project)?;
        let purpose = choose_purpose(&project.landscape, &environment, self.purpose.as_ref())?;
        let images = self.images(session, &project, &environment).await?;
        let new = observe_materials(&project, images)?;
        let client = session.server().await?;
        let record = client.make_release(&environment, &new).await?;
        session.screen.talk(&format!("release {} ({})", record.number, record.hash.short()));
        Ok((environment, client, record.number, purpose))
    }

    async fn images(
        &self,
        session: &Session,
        project: &Project,
        environment: &EnvironmentId,
    ) -> Result<BTreeMap<String, ImageFacts>, Error> {
        let engine = session.engine().await?;
        if self.no_build {
            let looked = look_at_images(engine, project).await?;
            return match looked.work.into_keys().next() {
                Some(image) => Err(Error::NotBuilt { image }),
                None => Ok(looked.images),
            };
        }
        let mut interrupts = signal(SignalKind::interrupt())?;
        let building = ensure_images(engine, project, self.builder.map(Builder::from), &session.screen);
        tokio::select! {
            images = building => images,
            _ = interrupts.recv() => {
                let view = match session.server().await {
                    Ok(client) => client.reader().environment(environment).await?,
                    Err(_) => None,
                };
                Err(Error::Interrupted(state(environment, view.as_ref())))
            }
        }
    }
}
