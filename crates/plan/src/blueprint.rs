//! The blueprint of a generation: a release lowered, for one environment and purpose, to groups of instances.

mod check;
mod links;
mod shape;
mod template;
mod wiring;

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::check::Check;
use landfall_model::landscape::{External, Job, JobTrigger, Published, Service};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::quantity::Period;
use landfall_model::release::{Release, ReleaseNumber};
use landfall_model::spec::{Generation, Group, Role, Stamp};
use serde::{Deserialize, Serialize};

/// What a blueprint is made from.
#[derive(Clone, Copy, Debug)]
pub struct BlueprintInput<'a> {
    /// The release.
    pub release: &'a Release,
    /// What its instances are stamped with.
    pub stamp: Stamp,
    /// The environment.
    pub environment: &'a EnvironmentId,
    /// The environment's purpose.
    pub purpose: Option<&'a Name>,
    /// The domain under which the environment is reached.
    pub domain: &'a str,
}

/// Everything that a generation consists of. It is stored when a deployment begins, so that a later Landfall that
/// lowers differently doesn't replace what runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    /// What its instances are stamped with.
    pub stamp: Stamp,
    /// Its services and jobs.
    pub members: BTreeMap<Name, Member>,
    /// Its volumes, and whether each is kept when the environment is taken down.
    pub volumes: BTreeMap<Name, bool>,
    /// Services that somebody else runs.
    pub externals: BTreeMap<Name, Outside>,
    /// Whether taking the environment down needs its name typed.
    pub protected: bool,
}

/// A service that somebody else runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is told whether it is well; it is taken to be well if nothing is asked.
    pub check: Option<Check>,
}

/// A component of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What its instances are.
    pub group: Group,
    /// How many there are.
    pub instances: u32,
    /// The members that must be well before it starts.
    pub depends_on: BTreeSet<Name>,
    /// When it runs, for a job.
    pub trigger: Option<Trigger>,
    /// Why its instances can't run beside those of another generation, if they can't.
    pub alone: Option<Alone>,
}

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// Before the services that it doesn't depend on.
    Before(Period),
    /// After the flip.
    After(Period),
    /// By hand only.
    Manual(Period),
}

/// Why instances of a service can't run beside those of another generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alone {
    /// They write a volume.
    Writes(Name),
    /// They hold a port of the host.
    HoldsPort(u16),
}

/// Why a release can't be lowered for an environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{component}: {message}")]
pub struct BlueprintError {
    /// The component.
    pub component: Name,
    /// What is wrong.
    pub message: String,
}

/// How long a job may take where the bill of materials doesn't say.
const JOB_TIMEOUT: Period = Period::from_secs(600);

/// Lowers a release for an environment.
///
/// # Errors
/// Every component that can't be lowered: a reference without a target, a template that doesn't render.
pub fn blueprint(input: BlueprintInput) -> Result<Blueprint, Vec<BlueprintError>> {
    let landscape = input.release.landscape.for_purpose(input.purpose);
    let context = wiring::Context { input, landscape: &landscape };
    let mut members = BTreeMap::new();
    let mut errors = Vec::new();
    let services =
        landscape.services.iter().map(|(name, service)| (name, service_member(&context, name, service)));
    let jobs = landscape.jobs.iter().map(|(name, job)| (name, job_member(&context, name, job)));
    for (name, member) in services.chain(jobs) {
        match member {
            Ok(member) => drop(members.insert(name.clone(), member)),
            Err(message) => errors.push(BlueprintError { component: name.clone(), message }),
        }
    }
    let volumes = landscape.volumes.iter().map(|(name, volume)| (name.clone(), volume.keep)).collect();
    let outside = |external: &External| Outside {
        host: external.host.clone(),
        port: external.port,
        check: check::external_check(external),
    };
    let externals =
        landscape.externals.iter().map(|(name, external)| (name.clone(), outside(external))).collect();
    let protected =
        input.purpose.and_then(|name| landscape.purposes.get(name)).is_some_and(|purpose| purpose.protect);
    let stamp = input.stamp;
    if errors.is_empty() {
        Ok(Blueprint { stamp, members, volumes, externals, protected })
    } else {
        Err(errors)
    }
}

fn service_member(context: &wiring::Context, name: &Name, service: &Service) -> Result<Member, String> {
    let group = group(context, Role::Service, name, shape::service_shape(context, service)?);
    let depends_on = members_among(context, &service.container.depends_on);
    Ok(Member { group, instances: service.scale.min, depends_on, trigger: None, alone: alone(service) })
}

fn job_member(context: &wiring::Context, name: &Name, job: &Job) -> Result<Member, String> {
    let group = group(context, Role::Job, name, shape::job_shape(context, job)?);
    let timeout = job.timeout.unwrap_or(JOB_TIMEOUT);
    let trigger = match job.when {
        Some(JobTrigger::Before) => Trigger::Before(timeout),
        Some(JobTrigger::After) => Trigger::After(timeout),
        None => Trigger::Manual(timeout),
    };
    let depends_on = members_among(context, &job.container.depends_on);
    Ok(Member { group, instances: 1, depends_on, trigger: Some(trigger), alone: None })
}

fn group(context: &wiring::Context, role: Role, name: &Name, shape: landfall_model::spec::Shape) -> Group {
    Group::new(context.input.environment.clone(), role, name.clone(), shape)
}

fn members_among(
    context: &wiring::Context,
    dependencies: &[landfall_model::landscape::Dependency],
) -> BTreeSet<Name> {
    let landscape = context.landscape;
    let ours = |name: &Name| landscape.services.contains_key(name) || landscape.jobs.contains_key(name);
    dependencies.iter().map(|dependency| dependency.service.clone()).filter(ours).collect()
}

fn alone(service: &Service) -> Option<Alone> {
    let writes = service.container.volumes.iter().find(|mount| !mount.read_only);
    let port = service.ports.iter().find_map(|port| match port.published {
        Some(Published::Fixed(port)) => Some(port),
        _ => None,
    });
    writes.map(|mount| Alone::Writes(mount.volume.clone())).or(port.map(Alone::HoldsPort))
}

impl Blueprint {
    /// The number of the release that it was made from.
    pub fn release(&self) -> ReleaseNumber {
        self.stamp.release
    }

    /// The generation's number.
    pub fn generation(&self) -> Generation {
        self.stamp.generation
    }

    /// The services.
    pub fn services(&self) -> impl Iterator<Item = (&Name, &Member)> {
        self.members.iter().filter(|(_, member)| member.trigger.is_none())
    }
}
