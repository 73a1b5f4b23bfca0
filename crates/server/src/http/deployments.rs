//! Plans and deployments: asked for, followed, given up.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::stream;
use landfall_api::{DeployRequest, Deployment, DeploymentEvent, DeploymentId, DeploymentView, DownRequest};
use landfall_api::{PlanRequest, PlanView};

use super::environments::read_only;
use super::{Desk, environment_id, lines, no_environment};
use crate::deploy::{self, Wanted};
use crate::error::{Error, Result};
use crate::store::{EnvironmentRecord, NewDeployment};

type EnvironmentPath = Path<(String, String)>;

pub(super) async fn plan(
    State(desk): State<Desk>,
    Path((landscape, environment)): EnvironmentPath,
    Json(request): Json<PlanRequest>,
) -> Result<Json<PlanView>> {
    let id = environment_id(&landscape, &environment)?;
    deploy::plan(&desk.world.store, read_only(&desk), &id, request).await.map(Json)
}

pub(super) async fn deploy(
    State(desk): State<Desk>,
    Path((landscape, environment)): EnvironmentPath,
    Json(request): Json<DeployRequest>,
) -> Result<Json<Deployment>> {
    let id = environment_id(&landscape, &environment)?;
    let wanted = deploy::wanted(&desk.world, read_only(&desk), &id, &request).await?;
    let Wanted { blueprint, purpose, nothing_to_do } = wanted;
    if nothing_to_do {
        return Ok(Json(Deployment { id: None }));
    }
    let new = NewDeployment::Up(&blueprint, purpose.as_ref());
    let begun = desk.world.store.begin(&id, new).await?;
    let same = |record: &EnvironmentRecord| {
        let target = record.target.as_ref().filter(|_| record.down.is_none());
        target.is_some_and(|target| target.release() == blueprint.release()) && record.purpose == purpose
    };
    started(&desk, &id, (begun, same), &format!("deployment of {} begins", blueprint.release())).await
}

pub(super) async fn down(
    State(desk): State<Desk>,
    Path((landscape, environment)): EnvironmentPath,
    Json(request): Json<DownRequest>,
) -> Result<Json<Deployment>> {
    let id = environment_id(&landscape, &environment)?;
    let record = desk.world.store.environment(&id).await?.ok_or_else(|| no_environment(&id))?;
    let protected = record.active.as_ref().is_some_and(|active| active.protected);
    if protected && request.confirmed.as_ref() != Some(&id.environment) {
        let message = format!("{id} is protected by its purpose");
        let hint = Some(format!("`landfall down --env {0} --yes {0}` takes it down", id.environment));
        return Err(Error::Conflict { message, hint });
    }
    let begun = desk.world.store.begin(&id, NewDeployment::Down(request.data)).await?;
    let same = |record: &EnvironmentRecord| record.down == Some(request.data);
    started(&desk, &id, (begun, same), "taking down begins").await
}

/// What was begun; or what is under way already, if it is the same: whoever asked may not have heard the answer.
async fn started(
    desk: &Desk,
    id: &landfall_model::name::EnvironmentId,
    (begun, same): (Option<DeploymentId>, impl FnOnce(&EnvironmentRecord) -> bool),
    message: &str,
) -> Result<Json<Deployment>> {
    let Some(deployment) = begun else {
        let record = desk.world.store.environment(id).await?;
        if record.as_ref().is_some_and(|record| !record.given_up && same(record)) {
            return Ok(Json(Deployment { id: record.and_then(|record| record.deployment) }));
        }
        let under_way = record.and_then(|record| record.deployment);
        let number = under_way.map(|number| format!(" {number}")).unwrap_or_default();
        let message = format!("deployment{number} of {id} is under way");
        let hint = Some("wait until it is over; `landfall events -f` tells when".to_owned());
        return Err(Error::Conflict { message, hint });
    };
    desk.world.journal.note(id, "deployment", message).await?;
    desk.reconcile.wake(id);
    Ok(Json(Deployment { id: Some(deployment) }))
}

pub(super) async fn show(
    State(desk): State<Desk>,
    Path(id): Path<DeploymentId>,
) -> Result<Json<DeploymentView>> {
    find(&desk, id).await.map(Json)
}

pub(super) async fn follow(State(desk): State<Desk>, Path(id): Path<DeploymentId>) -> Result<Response> {
    let deployment = find(&desk, id).await?;
    if deployment.ended.is_some() && !desk.world.journal.knows(id) {
        let (status, message) = (deployment.status, deployment.message);
        return Ok(lines(stream::iter([DeploymentEvent::Finished { status, message }])));
    }
    Ok(lines(desk.world.journal.follow(id)))
}

pub(super) async fn cancel(
    State(desk): State<Desk>,
    Path(id): Path<DeploymentId>,
) -> Result<Json<DeploymentView>> {
    let deployment = find(&desk, id).await?;
    let record = desk.world.store.environment(&deployment.environment).await?;
    let under_way = record.is_some_and(|record| record.deployment == Some(id) && record.target.is_some());
    if !under_way {
        let message = format!("deployment {id} can't be given up any more");
        let hint =
            Some("names have been flipped, or it is over; deploy the release before it instead".to_owned());
        return Err(Error::Conflict { message, hint });
    }
    desk.reconcile.cancel(&deployment.environment);
    Ok(Json(deployment))
}

async fn find(desk: &Desk, id: DeploymentId) -> Result<DeploymentView> {
    let missing = || Error::NotFound { what: format!("deployment {id}"), hint: None };
    desk.world.store.deployment(id).await?.ok_or_else(missing)
}
