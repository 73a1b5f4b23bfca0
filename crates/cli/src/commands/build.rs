//! `landfall build`: builds images without releasing anything.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use landfall_build::{Built, State};
use landfall_engine::Builder;
use landfall_model::name::Name;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::up::BuilderChoice;
use crate::error::{Error, Exit};
use crate::images::{build_request, ensure_built};
use crate::screen::Form;
use crate::screen::table::Table;
use crate::session::Session;

/// `landfall build`.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The images, with those that they are built on; all if none is named
    #[arg(value_name = "IMAGE")]
    images: Vec<Name>,
    /// What builds; BuildKit where the engine has it if left out
    #[arg(long, value_enum, value_name = "BUILDER")]
    builder: Option<BuilderChoice>,
}

impl Build {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let project = session.project()?;
        let only: BTreeSet<Name> = self.images.into_iter().collect();
        let request =
            build_request(&project, (!only.is_empty()).then_some(only), self.builder.map(Builder::from))?;
        if project.landscape.images.is_empty() {
            session.screen.talk(&format!("nothing to do: {} builds no images", project.landscape.landscape));
        }
        let engine = session.engine().await?;
        let mut interrupts = signal(SignalKind::interrupt())?;
        let built = tokio::select! {
            built = ensure_built(engine, request, &session.screen) => built?,
            _ = interrupts.recv() => {
                return Err(Error::Interrupted("the build was given up; no environment was touched".to_owned()));
            }
        };
        match session.screen.form() {
            Form::Json => session.screen.json(&output(&built))?,
            Form::Text => session.screen.data(&render(&built))?,
        }
        Ok(Exit::DONE)
    }
}

fn output(built: &BTreeMap<Name, Built>) -> serde_json::Value {
    let image = |(name, built): (&Name, &Built)| {
        let value = json!({ "tag": built.tag, "id": built.facts.id, "built": built.state == State::Built });
        (name.to_string(), value)
    };
    built.iter().map(image).collect::<serde_json::Map<_, _>>().into()
}

fn render(built: &BTreeMap<Name, Built>) -> String {
    let mut table = Table::bare();
    for (name, built) in built {
        table.row([name.as_str(), &built.tag]);
    }
    table.render()
}
