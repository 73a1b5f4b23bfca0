//! The API: HTTP on a unix socket, as the `api` crate has it.

mod deployments;
mod environments;
mod events;
mod jobs;
mod releases;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{Stream, StreamExt};
use landfall_api::{ErrorBody, ErrorKind, Info};
use landfall_model::name::{EnvironmentId, Name};
use serde::Serialize;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result, describe};
use crate::reconcile::Reconcile;
use crate::world::World;

/// What every handler works with.
#[derive(Clone)]
struct Desk {
    world: Arc<World>,
    reconcile: Arc<Reconcile>,
}

/// The largest request: a landscape with all the files that it names.
const LARGEST: usize = 64 << 20;

/// Answers requests until shut down.
pub(crate) async fn serve(
    listener: UnixListener,
    (world, reconcile): (Arc<World>, Arc<Reconcile>),
    shutdown: &CancellationToken,
) -> Result<()> {
    let router = router(Desk { world, reconcile });
    let served = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    served.await.map_err(|source| Error::System { action: "serve".to_owned(), source })
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/v1/info", get(info))
        .route("/v1/events", get(events::follow))
        .route("/v1/landscapes/{landscape}/releases", get(releases::list))
        .route("/v1/landscapes/{landscape}/releases/{number}", get(releases::show))
        .route("/v1/environments", get(environments::list))
        .route("/v1/environments/{landscape}/{environment}", get(environments::show))
        .route("/v1/environments/{landscape}/{environment}/releases", post(releases::create))
        .route("/v1/environments/{landscape}/{environment}/plan", post(deployments::plan))
        .route("/v1/environments/{landscape}/{environment}/deployments", post(deployments::deploy))
        .route("/v1/environments/{landscape}/{environment}/down", post(deployments::down))
        .route("/v1/environments/{landscape}/{environment}/jobs/{job}", post(jobs::run))
        .route("/v1/deployments/{id}", get(deployments::show))
        .route("/v1/deployments/{id}/events", get(deployments::follow))
        .route("/v1/deployments/{id}/cancel", post(deployments::cancel))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(desk)
}

async fn info(State(desk): State<Desk>) -> Json<Info> {
    let engine = match desk.world.engine.info().await {
        Ok(info) => format!("{} {}", info.kind, info.version),
        Err(error) => describe(&error),
    };
    let agent = desk.world.data_plane.process();
    Json(Info { version: env!("CARGO_PKG_VERSION").to_owned(), pid: std::process::id(), engine, agent })
}

/// A stream of values, one JSON object a line.
fn lines<T: Serialize>(values: impl Stream<Item = T> + Send + 'static) -> Response {
    let line = |value: T| {
        let mut line = serde_json::to_vec(&value).map_err(std::io::Error::other)?;
        line.push(b'\n');
        Ok::<_, std::io::Error>(Bytes::from(line))
    };
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(values.map(line))).into_response()
}

fn environment_id(landscape: &str, environment: &str) -> Result<EnvironmentId> {
    Ok(EnvironmentId::new(parse_name(landscape)?, parse_name(environment)?))
}

fn parse_name(text: &str) -> Result<Name> {
    Name::new(text)
        .map_err(|error| Error::Invalid { message: format!("{text:?} is no name: {error}"), hint: None })
}

fn no_environment(id: &EnvironmentId) -> Error {
    let what = format!("environment {} of {}", id.environment, id.landscape);
    Error::NotFound { what, hint: Some("`landfall env list` shows which there are".to_owned()) }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let kind = match &self {
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } | Self::Disturbed { .. } => ErrorKind::Conflict,
            Self::Engine(_) | Self::DataPlane(_) => ErrorKind::Engine,
            Self::Store(_) | Self::Plan { .. } | Self::AlreadyServing { .. } | Self::System { .. } => {
                ErrorKind::Internal
            }
        };
        let message = describe(&self);
        let hint = match self {
            Self::Invalid { hint, .. } | Self::NotFound { hint, .. } | Self::Conflict { hint, .. } => hint,
            _ => None,
        };
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(ErrorBody { kind, message, hint })).into_response()
    }
}
