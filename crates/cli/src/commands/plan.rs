//! `landfall plan`: what `up` or `down` would do, told by clients that can't do it.

use std::collections::BTreeMap;

use clap::Args;
use landfall_api::{Candidate, PlanRequest};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::release::ReleaseNumber;

use super::down::DataChoice;
use super::release::parse_number;
use crate::error::{Error, Exit};
use crate::images::look_at_images;
use crate::materials::observe_materials;
use crate::purpose::choose_purpose;
use crate::screen::Form;
use crate::session::Session;
use crate::views::plan::{PlanOutput, render_plan};

/// `landfall plan`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 if there is nothing to do, 2 if there is, 1 on an error.")]
pub(crate) struct Plan {
    /// Shows what `down` would do
    #[arg(long, conflicts_with_all = ["release", "purpose"])]
    down: bool,
    #[command(flatten)]
    data: DataChoice,
    /// Shows what bringing this release up (`r3` or `3`) would do
    #[arg(long, value_name = "NUMBER", value_parser = parse_number)]
    release: Option<ReleaseNumber>,
    /// The environment's purpose; else the one with its name, else the one that it has
    #[arg(long, value_name = "NAME")]
    purpose: Option<Name>,
}

/// What is to be planned, and where.
struct Wish {
    environment: EnvironmentId,
    request: PlanRequest,
    images: BTreeMap<String, String>,
}

impl Plan {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let Wish { environment, request, images } = self.wish(session).await?;
        let view = session.reader().await?.plan(&environment, &request).await?;
        let output = PlanOutput::new(&view.plan, &images);
        match session.screen.form() {
            Form::Json => session.screen.json(&output)?,
            Form::Text => session.screen.data(&render_plan(&output, session.screen.paint()))?,
        }
        Ok(if output.changes { Exit::CHANGES } else { Exit::DONE })
    }

    async fn wish(&self, session: &Session) -> Result<Wish, Error> {
        let (purpose, images) = (self.purpose.clone(), BTreeMap::new());
        if self.down {
            let request = PlanRequest { candidate: Candidate::Down(self.data.policy()), purpose };
            return Ok(Wish { environment: session.environment()?, request, images });
        }
        if let Some(release) = self.release {
            let request = PlanRequest { candidate: Candidate::Release(release), purpose };
            return Ok(Wish { environment: session.environment()?, request, images });
        }
        let project = session.project()?;
        let environment = session.environment_of(&project)?;
        let purpose = choose_purpose(&project.landscape, &environment, self.purpose.as_ref())?;
        let looked = look_at_images(session.observe().await?, &project).await?;
        let new = observe_materials(&project, looked.images)?;
        let request = PlanRequest { candidate: Candidate::New(Box::new(new)), purpose };
        Ok(Wish { environment, request, images: looked.work })
    }
}
