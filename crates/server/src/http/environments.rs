//! Environments: listed, shown.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use landfall_api::EnvironmentView;
use landfall_engine::{Engine, Observe, Scope};
use tokio::time::timeout;

use super::{Desk, environment_id, no_environment};
use crate::data_plane::HealthReport;
use crate::error::Result;
use crate::store::EnvironmentRecord;
use crate::views::environment_view;

pub(super) async fn list(State(desk): State<Desk>) -> Result<Json<Vec<EnvironmentView>>> {
    let observed = read_only(&desk).observe(&Scope::All).await?;
    let health = health(&desk).await;
    let records = desk.world.store.environments().await?;
    let view = |record: EnvironmentRecord| {
        let observed = observed.of(&record.id);
        EnvironmentView {
            instances: Vec::new(),
            volumes: Vec::new(),
            ..environment_view(&record, &observed, &health)
        }
    };
    Ok(Json(records.into_iter().map(view).collect()))
}

pub(super) async fn show(
    State(desk): State<Desk>,
    Path((landscape, environment)): Path<(String, String)>,
) -> Result<Json<EnvironmentView>> {
    let id = environment_id(&landscape, &environment)?;
    let record = desk.world.store.environment(&id).await?.ok_or_else(|| no_environment(&id))?;
    let observed = read_only(&desk).observe(&Scope::Environment(id)).await?;
    let health = health(&desk).await;
    Ok(Json(environment_view(&record, &observed, &health)))
}

/// Who is well, as soon as it is known: a server that has just been started asks the data plane first.
async fn health(desk: &Desk) -> Arc<HealthReport> {
    let mut receiver = desk.world.data_plane.health();
    if desk.world.data_plane.process().is_none() {
        // After a second, or without a data plane, nothing is known, which is what is shown.
        let _ = timeout(Duration::from_secs(1), receiver.changed()).await;
    }
    Arc::clone(&receiver.borrow())
}

/// The half of the engine that can't change anything: all that looking needs.
pub(super) fn read_only(desk: &Desk) -> &dyn Observe {
    let engine: &dyn Engine = desk.world.engine.as_ref();
    engine
}
