//! The agent's API: JSON over HTTP on a unix socket that nobody else may use.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::core::{Input, PutError};
use crate::catalog::published::Published;
use crate::directive::Directives;
use crate::wire::{CatalogView, Info, Listening, Looked, Refusal};

/// The longest that a `watch` waits.
const LONGEST_WATCH: Duration = Duration::from_secs(300);
/// The largest directives: tens of thousands of groups.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What the API answers from.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) inputs: mpsc::Sender<Input>,
    pub(super) published: Arc<Published>,
    pub(super) listening: Arc<Mutex<Vec<Listening>>>,
    pub(super) engine: Arc<Mutex<Option<String>>>,
    pub(super) retired: CancellationToken,
    pub(super) version: String,
}

/// Serves the API at a socket until the agent retires. The socket takes the place of what another agent left there.
pub(super) fn serve(path: &Path, desk: Desk) -> io::Result<JoinHandle<()>> {
    let temporary = path.with_extension(format!("{}.sock", std::process::id()));
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&temporary)?;
    std::fs::set_permissions(&temporary, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&temporary, path)?;
    let retired = desk.retired.clone();
    let router = Router::new()
        .route("/v1/directives", put(put_directives))
        .route("/v1/catalog", get(get_catalog))
        .route("/v1/watch", get(watch))
        .route("/v1/info", get(info))
        .route("/v1/observe", post(observe))
        .route("/v1/retire", post(retire))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(desk);
    Ok(tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(retired.clone().cancelled_owned());
        // A client that keeps its connection open must not keep the agent.
        let overdue = async {
            retired.cancelled().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        tokio::select! {
            served = async { serving.await } => {
                if let Err(error) = served {
                    tracing::warn!(%error, "the API ended");
                }
            }
            () = overdue => tracing::debug!("a client's connection was cut"),
        }
    }))
}

async fn put_directives(State(desk): State<Desk>, Json(directives): Json<Directives>) -> Response {
    let (reply, answer) = oneshot::channel();
    if desk.inputs.send(Input::Put(directives, reply)).await.is_err() {
        return leaving();
    }
    match answer.await {
        Ok(Ok(accepted)) => Json(accepted).into_response(),
        Ok(Err(error)) => {
            let status = match error {
                PutError::Older { .. } | PutError::Differs(_) => StatusCode::CONFLICT,
                PutError::Unkept(_) => StatusCode::INSUFFICIENT_STORAGE,
            };
            refusal(status, &error.to_string())
        }
        Err(_) => leaving(),
    }
}

async fn get_catalog(State(desk): State<Desk>) -> Json<CatalogView> {
    Json(CatalogView::from(desk.published.load().as_ref()))
}

/// What a `watch` asks.
#[derive(Deserialize)]
struct Watch {
    /// The index that the client knows.
    #[serde(default)]
    index: u64,
    /// How long it waits, in milliseconds.
    #[serde(default = "longest")]
    wait: u64,
}

const fn longest() -> u64 {
    60_000
}

async fn watch(State(desk): State<Desk>, Query(watch): Query<Watch>) -> Json<CatalogView> {
    let patience = Duration::from_millis(watch.wait).min(LONGEST_WATCH);
    let newer = desk.published.wait(patience, |snapshot| snapshot.index > watch.index);
    let snapshot = tokio::select! {
        snapshot = newer => snapshot,
        () = desk.retired.cancelled() => desk.published.load(),
    };
    Json(CatalogView::from(snapshot.as_ref()))
}

async fn info(State(desk): State<Desk>) -> Json<Info> {
    let snapshot = desk.published.load();
    let listening = desk.listening.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let engine = desk.engine.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    Json(Info {
        version: desk.version.clone(),
        pid: std::process::id(),
        directives: snapshot.catalog.directives(),
        index: snapshot.index,
        listening,
        engine,
    })
}

async fn observe(State(desk): State<Desk>) -> Response {
    let (reply, answer) = oneshot::channel();
    if desk.inputs.send(Input::Observe(reply)).await.is_err() {
        return leaving();
    }
    match answer.await {
        Ok(Ok(index)) => Json(Looked { index }).into_response(),
        Ok(Err(reason)) => {
            refusal(StatusCode::BAD_GATEWAY, &format!("the engine can't be observed: {reason}"))
        }
        Err(_) => leaving(),
    }
}

async fn retire(State(desk): State<Desk>) -> StatusCode {
    tracing::info!("asked to leave");
    desk.retired.cancel();
    StatusCode::ACCEPTED
}

fn leaving() -> Response {
    refusal(StatusCode::SERVICE_UNAVAILABLE, "the agent is leaving; ask again in a moment")
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, Json(Refusal { error: error.to_owned() })).into_response()
}
