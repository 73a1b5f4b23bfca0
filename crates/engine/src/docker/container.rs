//! What a container is created from: pure, from a group to the engine's words.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions,
    PortBinding, PortMap, RestartPolicy, RestartPolicyNameEnum,
};
use landfall_model::check::Probe;
use landfall_model::landscape::{Limits, Port, Published, Restart};
use landfall_model::observed::Network;
use landfall_model::sealed::{MissingSecret, Sealed, Secrets};
use landfall_model::spec::{Group, Role, Shape, Stamp, VolumeId};

use super::named;

/// How large a log may grow before it is turned over, and how many are kept, where the engine writes it to files.
const LOG_OPTIONS: [(&str, &str); 2] = [("max-size", "10m"), ("max-file", "3")];

/// Thousandths of a processor that the engine gives at least.
const LEAST_CPU: u32 = 10;

/// What a container is made for.
pub(super) struct Order<'a> {
    pub(super) group: &'a Group,
    pub(super) stamp: Stamp,
    pub(super) number: u32,
    pub(super) network: &'a Network,
    pub(super) secrets: &'a Secrets,
}

/// What the machine has, as far as a container depends on it.
pub(super) struct Machine<'a> {
    pub(super) cpus: u64,
    pub(super) log_driver: Option<&'a str>,
}

/// The body of the request that creates an instance, with all secrets in it.
pub(super) fn render(order: &Order<'_>, machine: &Machine<'_>) -> Result<ContainerCreateBody, MissingSecret> {
    let shape = &order.group.shape;
    let open = |text: &Sealed| text.open(order.secrets);
    let words = |words: &Option<Vec<Sealed>>| {
        words.as_ref().map(|words| words.iter().map(open).collect()).transpose()
    };
    let variable = |(name, value): (&String, &Sealed)| Ok(format!("{name}={}", open(value)?));
    Ok(ContainerCreateBody {
        hostname: Some(named::hostname(&order.group.id, order.number)),
        image: Some(shape.image.clone()),
        cmd: words(&shape.command)?,
        entrypoint: words(&shape.entrypoint)?,
        env: Some(shape.environment.iter().map(variable).collect::<Result<_, _>>()?),
        user: shape.user.clone(),
        working_dir: shape.working_dir.clone(),
        labels: Some(named::instance_labels(order.group, order.number, order.stamp)),
        exposed_ports: Some(shape.discovery.ports.iter().map(port_key).collect()),
        healthcheck: render_healthcheck(shape),
        stop_signal: shape.stop_signal.clone(),
        stop_timeout: Some(seconds(shape.stop_grace_period.millis())),
        host_config: Some(render_host(order, machine)),
        ..ContainerCreateBody::default()
    })
}

/// Whole seconds that are not fewer than so many milliseconds.
pub(super) fn seconds(millis: u64) -> i64 {
    i64::try_from(millis.div_ceil(1_000)).unwrap_or(i64::MAX)
}

/// The image's HEALTHCHECK costs a process each time, so it runs only where it is what was asked for.
fn render_healthcheck(shape: &Shape) -> Option<HealthConfig> {
    let probe = shape.discovery.check.as_ref().map(|check| &check.probe);
    let none = || HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() };
    if probe == Some(&Probe::Engine) { None } else { Some(none()) }
}

fn render_host(order: &Order<'_>, machine: &Machine<'_>) -> HostConfig {
    let Group { id, shape } = order.group;
    let zone = format!("g{}.{}", order.stamp.generation, id.environment.zone());
    let limited = render_limits(&shape.limits, machine);
    HostConfig {
        network_mode: Some(order.network.id.clone()),
        dns: order.network.gateway.map(|gateway| vec![gateway.to_string()]),
        dns_search: Some(vec![zone]),
        init: Some(shape.init),
        mounts: Some(render_mounts(order.group)),
        tmpfs: Some(shape.tmpfs.iter().map(|path| (path.clone(), String::new())).collect()),
        readonly_rootfs: Some(shape.read_only),
        cap_add: Some(shape.cap_add.clone()),
        cap_drop: Some(shape.cap_drop.clone()),
        shm_size: shape.shm_size.and_then(|size| i64::try_from(size.bytes()).ok()),
        port_bindings: Some(shape.discovery.ports.iter().filter_map(render_binding).collect()),
        restart_policy: Some(render_restart(id.role, shape.restart)),
        log_config: render_log(machine),
        ..limited
    }
}

fn render_limits(limits: &Limits, machine: &Machine<'_>) -> HostConfig {
    // The engine refuses more processors than it has, where more than there are is no limit.
    let fits = |milli: &u32| u64::from(*milli) < machine.cpus * 1_000;
    let milli = limits.cpus.map(|cpus| cpus.milli().max(LEAST_CPU)).filter(fits);
    let memory = limits.memory.and_then(|size| i64::try_from(size.bytes()).ok());
    HostConfig {
        nano_cpus: milli.map(|milli| i64::from(milli) * 1_000_000),
        memory,
        // Equal to the memory: no swap besides it.
        memory_swap: memory,
        pids_limit: limits.pids.map(i64::from),
        ..HostConfig::default()
    }
}

fn render_mounts(group: &Group) -> Vec<Mount> {
    let mount = |(path, mount): (&String, &landfall_model::spec::VolumeMount)| {
        let volume = VolumeId { environment: group.id.environment.clone(), volume: mount.volume.clone() };
        // The engine makes a volume that is not there: then at least one that is known as ours.
        let labels = Some(named::volume_labels(&volume));
        Mount {
            typ: Some(MountType::VOLUME),
            source: Some(named::volume_name(&volume)),
            target: Some(path.clone()),
            read_only: Some(mount.read_only),
            volume_options: Some(MountVolumeOptions { labels, ..MountVolumeOptions::default() }),
            ..Mount::default()
        }
    };
    group.shape.mounts.iter().map(mount).collect()
}

fn port_key(port: &Port) -> String {
    format!("{}/{}", port.port, port.protocol.name())
}

fn render_binding(port: &Port) -> Option<(String, Option<Vec<PortBinding>>)> {
    let host_port = match port.published? {
        Published::Fixed(number) => number.to_string(),
        Published::Auto(_) => String::new(),
    };
    let binding = PortBinding { host_ip: None, host_port: Some(host_port) };
    Some((port_key(port), Some(vec![binding]))) as Option<<PortMap as IntoIterator>::Item>
}

/// Crashed services come back even while we are not there. After a restart of the engine it is we who start them, in
/// the order of their dependencies, so never `always`.
fn render_restart(role: Role, restart: Restart) -> RestartPolicy {
    let name = match (role, restart) {
        (Role::Service, Restart::Always | Restart::OnFailure) => RestartPolicyNameEnum::ON_FAILURE,
        (Role::Service, Restart::No) | (Role::Job, _) => RestartPolicyNameEnum::NO,
    };
    RestartPolicy { name: Some(name), maximum_retry_count: None }
}

fn render_log(machine: &Machine<'_>) -> Option<HostConfigLogConfig> {
    let driver = machine.log_driver.filter(|driver| ["json-file", "local"].contains(driver))?;
    let options = LOG_OPTIONS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let config: HashMap<_, _> = options.collect();
    Some(HostConfigLogConfig { typ: Some(driver.to_owned()), config: Some(config) })
}
