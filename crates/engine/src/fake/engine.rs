//! The engine's two halves, over the world in memory.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt, future};
use landfall_model::hash::ContentHash;
use landfall_model::name::EnvironmentId;
use landfall_model::observed::{Instance, InstanceState, Network, Observed};
use landfall_model::quantity::Period;
use landfall_model::release::ImageFacts;
use landfall_model::sealed::Secrets;
use landfall_model::spec::{Group, GroupId, Stamp, VolumeId};
use tokio_stream::wrappers::BroadcastStream;

use super::program::Serving;
use super::world::World;
use super::{Call, Fake};
use crate::steps::{Removal, plan_steps};
use crate::stream::ExecInput;
use crate::{
    BuildEvent, BuildRequest, Engine, EngineEvent, EngineInfo, Ensure, Error, ExecEvent, ExecRequest,
    LogLine, LogOptions, Observe, Result, Scope, Stats,
};

#[async_trait]
impl Observe for Fake {
    async fn info(&self) -> Result<EngineInfo> {
        self.world().count(Call::Info)?;
        let (version, api_version) = ("1.0".to_owned(), "1.0".to_owned());
        Ok(EngineInfo { kind: "fake", version, api_version, cpus: 2, memory: 4 << 30, buildkit: true })
    }

    async fn observe(&self, scope: &Scope) -> Result<Observed> {
        let mut world = self.world();
        world.count(Call::Observe)?;
        let all = Observed {
            networks: world.networks.values().cloned().collect(),
            volumes: world.volumes.iter().cloned().collect(),
            instances: world.containers.values().map(super::Container::instance).collect(),
        };
        Ok(match scope {
            Scope::All => all,
            Scope::Environment(environment) => all.of(environment),
        })
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        let mut world = self.world();
        world.count(Call::Image)?;
        Ok(world.image(reference))
    }

    fn events(&self) -> BoxStream<'static, Result<EngineEvent>> {
        let events = BroadcastStream::new(self.events.subscribe());
        // A listener that is too far behind has to subscribe again, as with a real engine.
        events
            .take_while(|event| future::ready(event.is_ok()))
            .filter_map(|event| async { event.ok().map(Ok) })
            .boxed()
    }

    fn logs(&self, instance: &str, options: LogOptions) -> BoxStream<'static, Result<LogLine>> {
        let lines = match self.world().found(instance) {
            Ok(container) => container.lines.len(),
            Err(error) => return stream::iter([Err(error)]).boxed(),
        };
        let first =
            options.tail.map_or(0, |tail| lines.saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX)));
        // All lines are written in the first second of the year 2000.
        let first = if options.since.is_some_and(|since| since > 946_684_800) { lines } else { first };
        let state = (self.clone(), instance.to_owned(), first);
        let follow = if options.follow { Follow::Yes } else { Follow::No };
        let next = move |(fake, instance, at): (Self, String, usize)| async move {
            let line = fake.line(&instance, at, follow).await?;
            Some((Ok(line), (fake, instance, at + 1)))
        };
        stream::unfold(state, next).boxed()
    }

    async fn stats(&self, instance: &str) -> Result<Stats> {
        let mut world = self.world();
        world.count(Call::Stats)?;
        let container = world.found(instance)?;
        let limit = container.group.shape.limits.memory.map_or(4 << 30, |size| size.bytes());
        let up = container.state.is_up();
        let (cpus, memory, pids) = if up { (0.25, (1 << 20).min(limit / 2), 1) } else { (0.0, 0, 0) };
        Ok(Stats { cpus, memory, memory_limit: limit, received: 0, sent: 0, pids })
    }
}

#[async_trait]
impl Engine for Fake {
    async fn ensure_network(&self, environment: &EnvironmentId) -> Result<(Network, Ensure)> {
        let mut world = self.world();
        world.count(Call::EnsureNetwork)?;
        if let Some(network) = world.networks.get(environment) {
            return Ok((network.clone(), Ensure::NotNeeded));
        }
        let made = world.next();
        let [.., b] = made.to_be_bytes();
        let gateway = Some(IpAddr::V4(Ipv4Addr::new(10, b, 0, 1)));
        let network = Network { id: format!("network-{made}"), environment: environment.clone(), gateway };
        world.networks.insert(environment.clone(), network.clone());
        world.journal.push(format!("create the network of {environment}"));
        Ok((network, Ensure::Added))
    }

    async fn ensure_volume(&self, volume: &VolumeId) -> Result<Ensure> {
        let mut world = self.world();
        world.count(Call::EnsureVolume)?;
        let new = world.volumes.insert(volume.clone());
        if new {
            world.journal.push(format!("create the volume {} of {}", volume.volume, volume.environment));
        }
        Ok(if new { Ensure::Added } else { Ensure::NotNeeded })
    }

    async fn ensure_group(
        &self,
        group: &Group,
        instances: u32,
        stamp: Stamp,
        secrets: &Secrets,
    ) -> Result<Ensure> {
        self.world().count(Call::EnsureGroup)?;
        let steps = plan_steps(group, instances, &self.members(&group.id));
        for removal in &steps.remove {
            let (Removal::AtOnce(id) | Removal::Gently(id)) = removal;
            self.apply(|world| world.remove(id))?;
        }
        for (_, id) in &steps.start {
            self.apply(|world| world.start(id))?;
        }
        // As with a real engine the others are made though one fails.
        let mut first = Ok(());
        for number in &steps.create {
            let created = self.world().create(group, *number, stamp, secrets);
            let started = created.and_then(|id| self.apply(|world| world.start(&id)));
            first = first.and(started);
        }
        first.map(|()| steps.outcome())
    }

    async fn remove_group(&self, group: &GroupId, _grace: Period) -> Result<Ensure> {
        let members = self.members(group);
        for member in &members {
            self.world().count(Call::Stop)?;
            self.apply(|world| world.remove(&member.id))?;
        }
        Ok(if members.is_empty() { Ensure::NotNeeded } else { Ensure::Updated })
    }

    async fn remove_instance(&self, instance: &str) -> Result<Ensure> {
        let id = self.world().container(instance).map(|container| container.id.clone());
        let Some(id) = id else { return Ok(Ensure::NotNeeded) };
        self.apply(|world| world.remove(&id)).map(|()| Ensure::Updated)
    }

    async fn remove_network(&self, environment: &EnvironmentId) -> Result<Ensure> {
        let mut world = self.world();
        world.count(Call::RemoveNetwork)?;
        let used = |container: &super::Container| {
            container.group.id.environment == *environment && container.state.is_up()
        };
        if world.containers.values().any(used) {
            return Err(refused(&format!("remove the network of {environment}"), "it has containers"));
        }
        let gone = world.networks.remove(environment).is_some();
        if gone {
            world.journal.push(format!("remove the network of {environment}"));
        }
        Ok(if gone { Ensure::Updated } else { Ensure::NotNeeded })
    }

    async fn remove_volume(&self, volume: &VolumeId) -> Result<Ensure> {
        let mut world = self.world();
        world.count(Call::RemoveVolume)?;
        let used = |container: &super::Container| {
            let mut mounts = container.group.shape.mounts.values();
            container.group.id.environment == volume.environment
                && mounts.any(|mount| mount.volume == volume.volume)
        };
        if world.containers.values().any(used) {
            return Err(refused(&format!("remove the volume {}", volume.volume), "a container has it"));
        }
        let gone = world.volumes.remove(volume);
        if gone {
            world.journal.push(format!("remove the volume {} of {}", volume.volume, volume.environment));
        }
        Ok(if gone { Ensure::Updated } else { Ensure::NotNeeded })
    }

    async fn wait(&self, instance: &str) -> Result<i64> {
        self.world().count(Call::Wait)?;
        let mut changed = self.changed.subscribe();
        loop {
            if let InstanceState::Exited { code } = self.world().found(instance)?.state {
                return Ok(code);
            }
            changed.changed().await.expect("we hold the sender ourselves");
        }
    }

    async fn exec(
        &self,
        instance: &str,
        request: ExecRequest,
    ) -> Result<BoxStream<'static, Result<ExecEvent>>> {
        let (program, launch) = {
            let mut world = self.world();
            world.count(Call::Exec)?;
            let container = world.found(instance)?;
            if !container.state.is_up() {
                return Err(refused(&format!("run a command in {instance}"), "it doesn't run"));
            }
            (container.program(), container.launch.clone())
        };
        let outcome = async move {
            let mut input = Vec::new();
            if let Some(mut from) = request.input {
                while let Some(given) = from.recv().await {
                    if let ExecInput::Bytes(bytes) = given {
                        input.extend_from_slice(&bytes);
                    }
                }
            }
            let (output, code) = program.exec(&launch, &request.words, &input);
            let output =
                output.into_iter().map(|(source, text)| ExecEvent::Output(source, Bytes::from(text)));
            stream::iter(output.chain([ExecEvent::Exited(code)]).map(Ok))
        };
        Ok(outcome.into_stream().flatten().boxed())
    }

    fn build(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildEvent>> {
        let mut world = self.world();
        if let Err(error) = world.count(Call::Build) {
            return stream::iter([Err(error)]).boxed();
        }
        // An image is what it is made of.
        let inputs =
            (ContentHash::of_bytes(&request.context), &request.dockerfile, &request.args, &request.target);
        let id = format!("sha256:{}", ContentHash::of(&(inputs, &request.labels)));
        let cached = world.image(&id).is_some();
        let facts = ImageFacts { id, ..ImageFacts::default() };
        let program = world.program(&request.tag).unwrap_or_else(|| Arc::new(Serving));
        world.add_image(&request.tag, facts.clone(), program);
        world.journal.push(format!("build {}", request.image));
        let text = format!("BUILD {}", request.image);
        let step = BuildEvent::Step { number: 1, total: Some(1), text, cached };
        stream::iter([Ok(step), Ok(BuildEvent::Built(facts))]).boxed()
    }

    fn pull(&self, reference: &str) -> BoxStream<'static, Result<BuildEvent>> {
        let mut world = self.world();
        let pulled = world.count(Call::Pull).and_then(|()| {
            let source = || Some("the registry has no such image".into());
            let found = world.registry.get(reference).cloned();
            found.ok_or_else(|| Error::NoImage { reference: reference.to_owned(), source: source() })
        });
        let event = pulled.map(|(facts, program)| {
            world.add_image(reference, facts.clone(), program);
            world.journal.push(format!("pull {reference}"));
            BuildEvent::Built(facts)
        });
        stream::iter([event]).boxed()
    }
}

impl Fake {
    fn members(&self, group: &GroupId) -> Vec<Instance> {
        let world = self.world();
        let members = world.containers.values().filter(|container| container.group.id == *group);
        members.map(super::Container::instance).collect()
    }

    /// Changes the world and tells what came of it.
    fn apply(&self, change: impl FnOnce(&mut World) -> Result<Vec<EngineEvent>>) -> Result<()> {
        let events = change(&mut self.world())?;
        events.into_iter().for_each(|event| self.tell(event));
        Ok(())
    }

    /// A container's line, awaited if need be; none when there is no more to come.
    async fn line(&self, instance: &str, at: usize, follow: Follow) -> Option<LogLine> {
        let mut changed = self.changed.subscribe();
        loop {
            {
                let mut world = self.world();
                let container = world.container_mut(instance)?;
                if let Some(line) = container.lines.get(at) {
                    return Some(line.clone());
                }
                if follow == Follow::No || !container.state.is_up() {
                    return None;
                }
            }
            changed.changed().await.ok()?;
        }
    }
}

/// Whether lines that are still to come are awaited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    No,
    Yes,
}

fn refused(action: &str, reason: &str) -> Error {
    Error::Refused { action: action.to_owned(), source: reason.into() }
}
