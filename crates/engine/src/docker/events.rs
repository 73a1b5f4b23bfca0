//! What happens on the engine, as far as it can matter to us.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::models::{EventMessage, EventMessageTypeEnum};
use bollard::query_parameters::EventsOptions;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, future};
use landfall_model::label;

use super::{Docker, named};
use crate::{EngineEvent, Result};

/// The kinds of things that events are asked for.
const TYPES: [&str; 3] = ["container", "network", "volume"];

/// The actions that events are asked for. Not among them: each probe of a HEALTHCHECK is three `exec_` events.
const ACTIONS: [&str; 13] = [
    "start",
    "die",
    "stop",
    "kill",
    "pause",
    "unpause",
    "destroy",
    "health_status",
    "oom",
    "connect",
    "disconnect",
    "create",
    "restart",
];

impl Docker {
    pub(super) fn subscribe(&self) -> BoxStream<'static, Result<EngineEvent>> {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let filters = [("type".to_owned(), values(&TYPES)), ("event".to_owned(), values(&ACTIONS))];
        // The stream is opened when it is first asked; what happens until then is kept by the engine.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = format!("{}.{:09}", now.as_secs(), now.subsec_nanos());
        let options =
            EventsOptions { since: Some(since), until: None, filters: Some(filters.into_iter().collect()) };
        let docker = self.clone();
        let events = self.client.events(Some(options)).filter_map(move |event| {
            future::ready(match event {
                Ok(event) => docker.parse_event(event).map(Ok),
                Err(error) => Some(Err(docker.failed("tell events")(error))),
            })
        });
        events.boxed()
    }

    /// An event, if it is about something of ours.
    fn parse_event(&self, event: EventMessage) -> Option<EngineEvent> {
        let actor = event.actor?;
        let attributes = actor.attributes.unwrap_or_default();
        let id = actor.id.unwrap_or_default();
        // `health_status: healthy` is a `health_status`.
        let action = event.action?.split(':').next().unwrap_or_default().to_owned();
        match event.typ? {
            EventMessageTypeEnum::CONTAINER
                if attributes.contains_key(label::LANDSCAPE) && action != "create" =>
            {
                let environment = named::parse_environment(&attributes).ok();
                let subject = attributes.get("name").cloned().unwrap_or(id);
                Some(EngineEvent { action, subject, environment })
            }
            // Networks' and volumes' events have no labels: they are told by their names.
            EventMessageTypeEnum::NETWORK if is_named_like_ours(&attributes) => {
                let environment = self.environment_of(&id);
                Some(EngineEvent {
                    action,
                    subject: attributes.get("name").cloned().unwrap_or(id),
                    environment,
                })
            }
            EventMessageTypeEnum::VOLUME if id.starts_with(named::PREFIX) => {
                Some(EngineEvent { action, subject: id, environment: None })
            }
            _ => None,
        }
    }
}

fn is_named_like_ours(attributes: &HashMap<String, String>) -> bool {
    attributes.get("name").is_some_and(|name| name.starts_with(named::PREFIX))
}
