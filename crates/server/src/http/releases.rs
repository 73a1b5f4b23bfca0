//! Releases: made, listed, shown.

use axum::Json;
use axum::extract::{Path, State};
use landfall_api::{NewRelease, ReleaseRecord, ReleaseView};
use landfall_model::release::{Release, ReleaseNumber};

use super::{Desk, environment_id, parse_name};
use crate::error::{Error, Result};

pub(super) async fn create(
    State(desk): State<Desk>,
    Path((landscape, environment)): Path<(String, String)>,
    Json(new): Json<NewRelease>,
) -> Result<Json<ReleaseRecord>> {
    let id = environment_id(&landscape, &environment)?;
    if new.landscape.landscape != id.landscape {
        let message = format!("the release is of {}, not of {}", new.landscape.landscape, id.landscape);
        return Err(Error::Invalid { message, hint: None });
    }
    let secrets = desk.world.store.ensure_secrets(&id, &new.secrets).await?;
    let release = Release { landscape: new.landscape, images: new.images, files: new.files, secrets };
    Ok(Json(desk.world.store.ensure_release(&release, &new.origin).await?))
}

pub(super) async fn list(
    State(desk): State<Desk>,
    Path(landscape): Path<String>,
) -> Result<Json<Vec<ReleaseRecord>>> {
    Ok(Json(desk.world.store.releases(&parse_name(&landscape)?).await?))
}

pub(super) async fn show(
    State(desk): State<Desk>,
    Path((landscape, number)): Path<(String, u64)>,
) -> Result<Json<ReleaseView>> {
    let found = desk.world.store.release(&parse_name(&landscape)?, ReleaseNumber(number)).await?;
    let hint = Some("`landfall release list` shows which there are".to_owned());
    let missing = || Error::NotFound { what: format!("release r{number} of {landscape}"), hint };
    let (record, release) = found.ok_or_else(missing)?;
    Ok(Json(ReleaseView { record, release }))
}
