//! `landfall stats`: what an environment's instances use.

use std::time::Duration;

use clap::Args;
use futures_util::future::join_all;
use landfall_engine::Observe;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::Instance;

use crate::error::{Error, Exit};
use crate::instances::{check_components, observe_instances};
use crate::screen::Form;
use crate::session::Session;
use crate::views::stats::{Usage, render_stats};

/// How long a table stays.
const PAUSE: Duration = Duration::from_secs(1);
/// Puts the cursor to the terminal's upper left and clears what is below it.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";

/// `landfall stats`.
#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// The services and jobs; all if none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<Name>,
    /// Shows the table once; so it does anyway where it isn't shown at a terminal
    #[arg(long)]
    once: bool,
}

impl Stats {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let environment = session.environment()?;
        let engine = session.observe().await?;
        let screen = &session.screen;
        let instances = observe_instances(&*engine, &environment).await?;
        check_components(&instances, &environment, &self.services)?;
        if screen.form() == Form::Json {
            screen.json(&self.measure(&*engine, &environment).await?)?;
            return Ok(Exit::DONE);
        }
        if self.once || !screen.shows_data_to_people() {
            screen.data(&render_stats(&self.measure(&*engine, &environment).await?))?;
            return Ok(Exit::DONE);
        }
        loop {
            let table = render_stats(&self.measure(&*engine, &environment).await?);
            screen.data(&format!("{CLEAR}{environment}\n\n{table}"))?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn measure(&self, engine: &dyn Observe, environment: &EnvironmentId) -> Result<Vec<Usage>, Error> {
        let instances = observe_instances(engine, environment).await?;
        let wanted = |instance: &&Instance| {
            instance.state.is_up()
                && (self.services.is_empty() || self.services.contains(&instance.group.component))
        };
        let measured = instances.iter().filter(wanted).map(|instance| measure_one(engine, instance));
        Ok(join_all(measured).await.into_iter().flatten().collect())
    }
}

/// What an instance uses; nothing if it has ended meanwhile.
async fn measure_one(engine: &dyn Observe, instance: &Instance) -> Option<Usage> {
    let stats = engine.stats(&instance.id).await.ok()?;
    Some(Usage {
        id: instance.id.clone(),
        component: instance.group.component.to_string(),
        number: instance.number,
        cpus: stats.cpus,
        memory: stats.memory,
        memory_limit: stats.memory_limit,
        received: stats.received,
        sent: stats.sent,
        pids: stats.pids,
    })
}
