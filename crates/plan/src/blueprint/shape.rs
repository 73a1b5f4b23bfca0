//! A component's container lowered to the shape of its instances.

use std::collections::BTreeMap;

use landfall_model::landscape::{Config, Container, FileMount, Job, Restart, Service};
use landfall_model::quantity::Period;
use landfall_model::release::ImageFacts;
use landfall_model::sealed::Sealed;
use landfall_model::spec::{Discovery, FileContent, Shape, VolumeMount};
use landfall_model::text::Text;

use super::wiring::Context;
use super::{check, links, template};

/// How long a process has to end where the bill of materials doesn't say: Compose's ten seconds.
const STOP_GRACE_PERIOD: Period = Period::from_secs(10);

/// The shape of a service's instances.
pub(super) fn service_shape(context: &Context, service: &Service) -> Result<Shape, String> {
    let facts = image(context, &service.container)?;
    let shape = container_shape(context, &service.container, &facts.id)?;
    let check = check::service_check(service, facts)?;
    Ok(Shape {
        restart: service.restart,
        stop_signal: service.stop_signal.clone(),
        stop_grace_period: service.stop_grace_period.unwrap_or(STOP_GRACE_PERIOD),
        discovery: Discovery { ports: service.ports.clone(), check: Some(check), ..shape.discovery },
        ..shape
    })
}

/// The shape of a job's instance.
pub(super) fn job_shape(context: &Context, job: &Job) -> Result<Shape, String> {
    container_shape(context, &job.container, &image(context, &job.container)?.id)
}

fn image<'a>(context: &Context<'a>, container: &Container) -> Result<&'a ImageFacts, String> {
    let facts = context.input.release.images.get(&container.image);
    facts.ok_or_else(|| format!("the release doesn't have the image {}", container.image))
}

fn container_shape(context: &Context, container: &Container, image: &str) -> Result<Shape, String> {
    let words = |command: &Option<landfall_model::landscape::Command>| {
        let seal = |words: Vec<Text>| words.iter().map(|word| context.seal(word, container)).collect();
        command.as_ref().map(|command| seal(command.words())).transpose()
    };
    let environment = variables(context, container)?;
    Ok(Shape {
        image: image.to_owned(),
        command: words(&container.command)?,
        entrypoint: words(&container.entrypoint)?,
        files: files(context, container, &environment)?,
        environment,
        mounts: mounts(container),
        tmpfs: container.tmpfs.clone(),
        user: container.user.clone(),
        working_dir: container.working_dir.clone(),
        init: container.init.unwrap_or(true),
        read_only: container.read_only.unwrap_or(false),
        cap_add: container.cap_add.clone(),
        cap_drop: container.cap_drop.clone(),
        limits: container.limits,
        shm_size: container.shm_size,
        restart: Restart::No,
        stop_signal: None,
        stop_grace_period: STOP_GRACE_PERIOD,
        labels: container.labels.clone(),
        discovery: Discovery { aliases: links::aliases(container), ..Discovery::default() },
    })
}

/// The link variables, and over them what the bill of materials sets.
fn variables(context: &Context, container: &Container) -> Result<BTreeMap<String, Sealed>, String> {
    let mut variables = links::link_variables(context, container)?;
    for (name, text) in &container.environment {
        variables.insert(name.clone(), context.seal(text, container)?);
    }
    Ok(variables)
}

fn mounts(container: &Container) -> BTreeMap<String, VolumeMount> {
    let mount = |mount: &landfall_model::landscape::Mount| {
        (mount.at.clone(), VolumeMount { volume: mount.volume.clone(), read_only: mount.read_only })
    };
    container.volumes.iter().map(mount).collect()
}

fn files(
    context: &Context,
    container: &Container,
    variables: &BTreeMap<String, Sealed>,
) -> Result<BTreeMap<String, FileContent>, String> {
    let mut files = BTreeMap::new();
    for file in &container.files {
        let content = template::render(context, &file.template, container, variables)?;
        let mode = parse_mode(file.mode.as_deref(), 0o644)?;
        files.insert(
            file.at.clone(),
            FileContent { content, mode, owner: parse_owner(file.owner.as_deref())? },
        );
    }
    for mount in &container.configs {
        let path = mount.target.clone().unwrap_or_else(|| format!("/{}", mount.source));
        files.insert(path, mounted(mount, config(context, mount)?)?);
    }
    for mount in &container.secrets {
        let path = mount.target.clone().unwrap_or_else(|| format!("/run/secrets/{}", mount.source));
        let content = Sealed::new(vec![context.secret(&mount.source)?]);
        files.insert(path, mounted(mount, content)?);
    }
    Ok(files)
}

fn mounted(mount: &FileMount, content: Sealed) -> Result<FileContent, String> {
    let mode = parse_mode(mount.mode.as_deref(), 0o444)?;
    Ok(FileContent { content, mode, owner: parse_owner(mount.owner.as_deref())? })
}

fn config(context: &Context, mount: &FileMount) -> Result<Sealed, String> {
    match context.landscape.configs.get(&mount.source) {
        Some(Config::Content(content)) => Ok(Sealed::plain(content)),
        Some(Config::File(path)) => {
            let content = context.input.release.files.get(path);
            content.map(Sealed::plain).ok_or_else(|| format!("the config file {path} is not there"))
        }
        None => Err(format!("there is no config {}", mount.source)),
    }
}

fn parse_mode(mode: Option<&str>, usual: u32) -> Result<u32, String> {
    let Some(mode) = mode else { return Ok(usual) };
    u32::from_str_radix(mode, 8).map_err(|_| format!("{mode} is not a file mode in octal, like 0644"))
}

fn parse_owner(owner: Option<&str>) -> Result<(u32, u32), String> {
    let Some(owner) = owner else { return Ok((0, 0)) };
    let (user, group) = owner.split_once(':').unwrap_or((owner, owner));
    let number =
        |text: &str| text.parse().map_err(|_| format!("{owner} is not an owner in numbers, like 999:999"));
    Ok((number(user)?, number(group)?))
}
