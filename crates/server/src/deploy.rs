//! What a deployment would lead to, worked out before anything is touched.

use std::collections::BTreeMap;

use landfall_api::release::describe;
use landfall_api::{Candidate, DeployRequest, NewRelease, PlanRequest, PlanView};
use landfall_engine::{Observe, Scope};
use landfall_model::landscape::Secret;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::release::{Release, ReleaseNumber};
use landfall_model::spec::Stamp;
use landfall_plan::planner::Deployment;
use landfall_plan::{Blueprint, BlueprintInput, DataPolicy, Input, blueprint};

use crate::error::{Error, Result};
use crate::reconcile::checked;
use crate::store::{EnvironmentRecord, Store};
use crate::world::World;

/// What a deployment would lead to.
pub(crate) struct Wanted {
    pub(crate) blueprint: Blueprint,
    pub(crate) purpose: Option<Name>,
    pub(crate) nothing_to_do: bool,
}

/// Works out a plan. It is given only the half of the engine that can't change anything.
pub(crate) async fn plan(
    store: &Store,
    engine: &dyn Observe,
    id: &EnvironmentId,
    request: PlanRequest,
) -> Result<PlanView> {
    let record = store.environment(id).await?;
    let observed = engine.observe(&Scope::Environment(id.clone())).await?;
    let active = record.as_ref().and_then(|record| record.active.as_ref());
    let (target, release, data) = match request.candidate {
        Candidate::Down(data) => (None, None, data),
        Candidate::Release(number) => {
            let release = release(store, id, number).await?;
            let purpose = choose_purpose(&release, record.as_ref(), request.purpose)?;
            (
                Some(target(id, record.as_ref(), (number, &release), purpose.as_ref())?),
                Some(number),
                DataPolicy::KeepAll,
            )
        }
        Candidate::New(new) => {
            let (release, number) = expected(store, id, *new).await?;
            let purpose = choose_purpose(&release, record.as_ref(), request.purpose)?;
            let next =
                ReleaseNumber(store.releases(&id.landscape).await?.first().map_or(1, |it| it.number.0 + 1));
            let numbered = (number.unwrap_or(next), &release);
            (Some(target(id, record.as_ref(), numbered, purpose.as_ref())?), number, DataPolicy::KeepAll)
        }
    };
    let flips = target.as_ref().map(Blueprint::generation) != active.map(Blueprint::generation);
    let deployment = if flips { Deployment::Open } else { Deployment::Closed };
    let plan = checked(&Input {
        environment: id,
        active,
        target: target.as_ref(),
        observed: &observed,
        deployment,
        data,
    })?;
    Ok(PlanView { plan, release })
}

/// Works out what a deployment leads to, and makes sure that the environment has the secrets that it needs.
pub(crate) async fn wanted(
    world: &World,
    engine: &dyn Observe,
    id: &EnvironmentId,
    request: &DeployRequest,
) -> Result<Wanted> {
    let record = world.store.environment(id).await?;
    let release = release(&world.store, id, request.release).await?;
    let purpose = choose_purpose(&release, record.as_ref(), request.purpose.clone())?;
    let blueprint = target(id, record.as_ref(), (request.release, &release), purpose.as_ref())?;
    complete_secrets(&world.store, id, &release).await?;
    let active = record
        .as_ref()
        .filter(|record| record.deployment.is_none())
        .and_then(|record| record.active.as_ref());
    let nothing_to_do = match active {
        Some(active) if active.generation() == blueprint.generation() => {
            let observed = engine.observe(&Scope::Environment(id.clone())).await?;
            let (active, target) = (Some(active), Some(active));
            let (deployment, data) = (Deployment::Closed, DataPolicy::KeepAll);
            checked(&Input { environment: id, active, target, observed: &observed, deployment, data })?
                .is_empty()
        }
        _ => false,
    };
    Ok(Wanted { blueprint, purpose, nothing_to_do })
}

async fn release(store: &Store, id: &EnvironmentId, number: ReleaseNumber) -> Result<Release> {
    let hint = Some("`landfall release list` shows which there are".to_owned());
    let missing = || Error::NotFound { what: format!("release {number} of {}", id.landscape), hint };
    store.release(&id.landscape, number).await?.map(|(_, release)| release).ok_or_else(missing)
}

/// What a release would be, and its number if it is there already.
async fn expected(
    store: &Store,
    id: &EnvironmentId,
    new: NewRelease,
) -> Result<(Release, Option<ReleaseNumber>)> {
    let secrets = store.expected_secrets(id, &new.secrets).await?;
    let release = Release { landscape: new.landscape, images: new.images, files: new.files, secrets };
    let hash = release.hash();
    let known = store.releases(&id.landscape).await?.into_iter().find(|record| record.hash == hash);
    Ok((release, known.map(|record| record.number)))
}

/// The purpose that is asked for, else the environment's present one, else the one that is called as it is.
fn choose_purpose(
    release: &Release,
    record: Option<&EnvironmentRecord>,
    asked: Option<Name>,
) -> Result<Option<Name>> {
    let known = &release.landscape.purposes;
    match asked.or_else(|| record.and_then(|record| record.purpose.clone())) {
        Some(purpose) if !known.contains_key(&purpose) => {
            let names: Vec<_> = known.keys().map(ToString::to_string).collect();
            let hint = Some(match names.is_empty() {
                true => "it has none; leave --purpose out".to_owned(),
                false => format!("it has: {}", names.join(", ")),
            });
            Err(Error::NotFound {
                what: format!("purpose {purpose} in {}", release.landscape.landscape),
                hint,
            })
        }
        purpose => Ok(purpose),
    }
}

/// The blueprint that a deployment leads to: the active one itself if it is of the same release and purpose.
fn target(
    id: &EnvironmentId,
    record: Option<&EnvironmentRecord>,
    (number, release): (ReleaseNumber, &Release),
    purpose: Option<&Name>,
) -> Result<Blueprint> {
    let same = |record: &&EnvironmentRecord| record.purpose.as_ref() == purpose;
    let active = record.filter(same).and_then(|record| record.active.as_ref());
    if let Some(active) = active.filter(|active| active.release() == number) {
        return Ok(active.clone());
    }
    let generation = record.map_or(0, |record| record.generation) + 1;
    let stamp = Stamp { release: number, generation };
    let domain = format!("{}.localhost", id.environment);
    let input = BlueprintInput { release, stamp, environment: id, purpose, domain: &domain };
    blueprint(input).map_err(|errors| Error::Invalid { message: describe(&errors), hint: None })
}

async fn complete_secrets(store: &Store, id: &EnvironmentId, release: &Release) -> Result<()> {
    let length = |name: &Name| match release.landscape.secrets.get(name) {
        Some(Secret::Generate(length)) => Some(*length),
        _ => None,
    };
    let wanted = release.secrets.iter().map(|(name, version)| (name.clone(), (*version, length(name))));
    let missing = store.complete_secrets(id, &wanted.collect::<BTreeMap<_, _>>()).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let message = format!("{id} has no value for the release's secrets {}", names.join(", "));
    Err(Error::Conflict {
        message,
        hint: Some("`landfall up` in the project's folder gives them".to_owned()),
    })
}
