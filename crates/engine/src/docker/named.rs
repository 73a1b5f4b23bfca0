//! What our containers, networks and volumes are called, and the labels by which they are known again.

use std::collections::HashMap;

use landfall_model::label;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::release::ReleaseNumber;
use landfall_model::spec::{Discovery, Group, GroupId, Role, Stamp, VolumeId};

/// The longest name of a host that Linux takes, less one.
const MAX_HOSTNAME: usize = 63;

/// What the names of our networks and volumes begin with. The parts are parted by dots, which no part has, so that no
/// two environments can come to the same name.
pub(super) const PREFIX: &str = "landfall.";

/// What an instance's labels say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) group: GroupId,
    pub(super) number: u32,
    pub(super) stamp: Stamp,
    pub(super) discovery: Discovery,
}

/// The network of an environment.
pub(super) fn network_name(environment: &EnvironmentId) -> String {
    format!("{PREFIX}{}.{}", environment.landscape, environment.environment)
}

/// The volume of an environment.
pub(super) fn volume_name(volume: &VolumeId) -> String {
    format!("{}.{}", network_name(&volume.environment), volume.volume)
}

/// The container of an instance. It differs from each service's name, which our resolver answers, and between groups.
pub(super) fn container_name(group: &GroupId, number: u32) -> String {
    let EnvironmentId { landscape, environment } = &group.environment;
    format!("{landscape}-{environment}-{}-{}-{number}", group.component, digits(group))
}

/// The name that an instance's own host has. Newer engines resolve it, so it must not be a service's name either.
pub(super) fn hostname(group: &GroupId, number: u32) -> String {
    let end = format!("-{}-{number}", digits(group));
    let component = group.component.as_str();
    let kept = component.get(..MAX_HOSTNAME.saturating_sub(end.len())).unwrap_or(component);
    format!("{kept}{end}")
}

fn digits(group: &GroupId) -> &str {
    group.hash.as_str().get(..6).unwrap_or_default()
}

/// The labels of everything in an environment.
pub(super) fn environment_labels(environment: &EnvironmentId) -> HashMap<String, String> {
    [(label::LANDSCAPE, &environment.landscape), (label::ENVIRONMENT, &environment.environment)]
        .into_iter()
        .map(|(key, name)| (key.to_owned(), name.to_string()))
        .collect()
}

/// The labels of a volume.
pub(super) fn volume_labels(volume: &VolumeId) -> HashMap<String, String> {
    let mut labels = environment_labels(&volume.environment);
    labels.insert(label::VOLUME.to_owned(), volume.volume.to_string());
    labels
}

/// The labels by which a group's instances are found.
pub(super) fn group_labels(group: &GroupId) -> HashMap<String, String> {
    let mut labels = environment_labels(&group.environment);
    labels.insert(role_label(group.role).to_owned(), group.component.to_string());
    labels.insert(label::HASH.to_owned(), group.hash.to_string());
    labels
}

/// All the labels of an instance: the component's own, and ours.
pub(super) fn instance_labels(group: &Group, number: u32, stamp: Stamp) -> HashMap<String, String> {
    let discovery = serde_json::to_string(&group.shape.discovery)
        .expect("our types have string keys and no failing serializers");
    let mut labels: HashMap<String, String> = group.shape.labels.clone().into_iter().collect();
    labels.extend(group_labels(&group.id));
    labels.extend([
        (label::RELEASE.to_owned(), stamp.release.0.to_string()),
        (label::GENERATION.to_owned(), stamp.generation.to_string()),
        (label::INSTANCE.to_owned(), number.to_string()),
        (label::DISCOVERY.to_owned(), discovery),
    ]);
    labels
}

fn role_label(role: Role) -> &'static str {
    match role {
        Role::Service => label::SERVICE,
        Role::Job => label::JOB,
    }
}

/// A filter for what has all of the labels.
pub(super) fn filter(labels: &HashMap<String, String>) -> HashMap<String, Vec<String>> {
    let values = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    [("label".to_owned(), values)].into_iter().collect()
}

/// The environment that labels name. The text says which label is missing or wrong.
pub(super) fn parse_environment(labels: &HashMap<String, String>) -> Result<EnvironmentId, String> {
    Ok(EnvironmentId::new(parse(labels, label::LANDSCAPE)?, parse(labels, label::ENVIRONMENT)?))
}

/// The volume that labels name.
pub(super) fn parse_volume(labels: &HashMap<String, String>) -> Result<VolumeId, String> {
    Ok(VolumeId { environment: parse_environment(labels)?, volume: parse(labels, label::VOLUME)? })
}

/// The instance that labels name.
pub(super) fn parse_instance(labels: &HashMap<String, String>) -> Result<Identity, String> {
    let (role, component): (Role, Name) = if labels.contains_key(label::JOB) {
        (Role::Job, parse(labels, label::JOB)?)
    } else {
        (Role::Service, parse(labels, label::SERVICE)?)
    };
    let discovery = match labels.get(label::DISCOVERY) {
        Some(json) => serde_json::from_str(json).map_err(|error| format!("{}: {error}", label::DISCOVERY))?,
        None => Discovery::default(),
    };
    Ok(Identity {
        group: GroupId {
            environment: parse_environment(labels)?,
            role,
            component,
            hash: parse(labels, label::HASH)?,
        },
        number: parse(labels, label::INSTANCE)?,
        stamp: Stamp {
            release: ReleaseNumber(parse(labels, label::RELEASE)?),
            generation: parse(labels, label::GENERATION)?,
        },
        discovery,
    })
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    labels: &HashMap<String, String>,
    key: &str,
) -> Result<T, String> {
    let value = labels.get(key).ok_or_else(|| format!("the label {key} is missing"))?;
    value.parse().map_err(|error| format!("the label {key} is {value:?}: {error}"))
}
