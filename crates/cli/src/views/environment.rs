//! Environments and their instances.

use landfall_api::{EnvironmentState, EnvironmentView, InstanceView};
use landfall_model::check::Health;
use landfall_model::landscape::Protocol;
use landfall_model::observed::InstanceState;

use super::words::age;
use crate::screen::paint::Paint;
use crate::screen::table::Table;

/// An environment in one line: what it is, and how it is.
pub(crate) fn summary(view: &EnvironmentView) -> String {
    let mut parts = vec![state_word(view.state).to_owned()];
    parts.extend(view.release.map(|release| format!("release {release}")));
    parts.extend(view.generation.map(|generation| format!("generation {generation}")));
    if view.wanted > 0 {
        parts.push(format!("{} of {} instances well", view.healthy, view.wanted));
    }
    parts.extend(view.purpose.as_ref().map(|purpose| format!("purpose {purpose}")));
    if view.protected {
        parts.push("protected".to_owned());
    }
    parts.join(", ")
}

/// The environments.
pub(crate) fn render_environments(views: &[EnvironmentView], paint: Paint) -> String {
    if views.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["ENVIRONMENT", "STATE", "WELL", "RELEASE", "GENERATION", "PURPOSE", ""]);
    for view in views {
        table.row([
            view.id.to_string(),
            state(view.state, paint),
            format!("{}/{}", view.healthy, view.wanted),
            view.release.map(|release| release.to_string()).unwrap_or_default(),
            view.generation.map(|generation| generation.to_string()).unwrap_or_default(),
            view.purpose.as_ref().map(ToString::to_string).unwrap_or_default(),
            if view.protected { "protected".to_owned() } else { String::new() },
        ]);
    }
    table.render()
}

/// An environment's instances, with the environment above them.
pub(crate) fn render_instances(view: &EnvironmentView, now: i64, paint: Paint) -> String {
    let mut text = format!("{}: {}\n", paint.bold(&view.id.to_string()), summary(view));
    if view.instances.is_empty() {
        return text;
    }
    let head = ["INSTANCE", "HEALTH", "STATE", "AGE", "GENERATION", "ADDRESS", "REACHED AT", ""];
    let mut table = Table::new(&head);
    for instance in &view.instances {
        table.row([
            short_name(instance),
            health(instance, paint),
            instance_state(&instance.state),
            age(instance.created, now),
            format!("{} ({})", instance.generation, instance.release),
            instance.address.map(|address| address.to_string()).unwrap_or_default(),
            reached_at(instance).join(" "),
            remark(instance, paint),
        ]);
    }
    text.push('\n');
    text + &table.render()
}

/// An environment in full: its instances and its volumes.
pub(crate) fn render_environment(view: &EnvironmentView, now: i64, paint: Paint) -> String {
    let mut text = render_instances(view, now, paint);
    if view.volumes.is_empty() {
        return text;
    }
    let mut table = Table::new(&["VOLUME", "WHEN THE ENVIRONMENT IS TAKEN DOWN"]);
    for volume in &view.volumes {
        let fate = match volume.keep {
            Some(true) => "kept",
            Some(false) => "removed",
            None => "kept: the release doesn't name it",
        };
        table.row([volume.volume.to_string(), fate.to_owned()]);
    }
    text.push('\n');
    text + &table.render()
}

/// Where an environment's services can be reached from this machine: a line for each, the service in front.
pub(crate) fn render_addresses(view: &EnvironmentView) -> String {
    let mut table = Table::bare();
    for instance in view.instances.iter().filter(|instance| instance.active) {
        for address in reached_at(instance) {
            table.row([instance.component.to_string(), address]);
        }
    }
    table.render()
}

/// `api.1`: the component and the instance's number within it.
pub(crate) fn short_name(instance: &InstanceView) -> String {
    format!("{}.{}", instance.component, instance.number)
}

/// Where an instance can be reached: its addresses, and the ports that have none.
fn reached_at(instance: &InstanceView) -> Vec<String> {
    let mut all = instance.urls.clone();
    for port in &instance.published {
        let end = format!(":{}", port.host);
        let has_url = instance.urls.iter().any(|url| url.trim_end_matches('/').ends_with(&end));
        if !has_url {
            let udp = if port.protocol == Protocol::Udp { "/udp" } else { "" };
            all.push(format!("localhost:{}{udp}", port.host));
        }
    }
    all
}

fn health(instance: &InstanceView, paint: Paint) -> String {
    match &instance.health {
        None => "-".to_owned(),
        Some(Health::Passing) => paint.good("well"),
        Some(Health::Starting { .. }) => paint.unsure("starting"),
        Some(Health::Failing { .. }) => paint.bad("unwell"),
    }
}

fn remark(instance: &InstanceView, paint: Paint) -> String {
    let said = match &instance.health {
        Some(Health::Starting { last: Some(reason) } | Health::Failing { reason }) => reason.as_str(),
        _ if instance.active => "",
        _ => "not active",
    };
    paint.dim(said.lines().next().unwrap_or_default())
}

fn instance_state(state: &InstanceState) -> String {
    match state {
        InstanceState::Created => "created".to_owned(),
        InstanceState::Running { .. } => "running".to_owned(),
        InstanceState::Paused => "paused".to_owned(),
        InstanceState::Restarting => "restarting".to_owned(),
        InstanceState::Exited { code } => format!("exited {code}"),
        InstanceState::Dead => "dead".to_owned(),
    }
}

const fn state_word(state: EnvironmentState) -> &'static str {
    match state {
        EnvironmentState::Deploying => "deploying",
        EnvironmentState::Ending => "ending",
        EnvironmentState::Healthy => "healthy",
        EnvironmentState::Degraded => "degraded",
        EnvironmentState::Down => "down",
    }
}

fn state(state: EnvironmentState, paint: Paint) -> String {
    let word = state_word(state);
    match state {
        EnvironmentState::Healthy => paint.good(word),
        EnvironmentState::Degraded => paint.bad(word),
        EnvironmentState::Deploying | EnvironmentState::Ending => paint.unsure(word),
        EnvironmentState::Down => paint.dim(word),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn view() -> EnvironmentView {
        let instance = |component: &str, number: u32, rest: serde_json::Value| {
            let mut instance = json!({
                "id": format!("{component}{number}"), "name": format!("lidar-dev-{component}-abcdef-{number}"),
                "component": component, "role": "service", "number": number, "release": 4, "generation": 2,
                "active": true, "state": { "state": "running" }, "health": { "state": "passing" },
                "address": format!("172.18.0.{}", number + 1), "published": [], "urls": [], "created": 1_000,
            });
            let changes = rest.as_object().unwrap().clone();
            instance.as_object_mut().unwrap().extend(changes);
            instance
        };
        serde_json::from_value(json!({
            "id": { "landscape": "lidar", "environment": "dev" }, "purpose": "test", "protected": true,
            "state": "degraded", "release": 4, "generation": 2, "deployment": null, "wanted": 4, "healthy": 2,
            "instances": [
                instance("api", 1, json!({ "published": [{ "port": 8080, "host": 32768, "protocol": "tcp" }], "urls": ["http://localhost:32768"] })),
                instance("api", 2, json!({ "health": { "state": "failing", "reason": "http :8080/healthz answered 503" } })),
                instance("db", 1, json!({ "published": [{ "port": 5432, "host": 5432, "protocol": "tcp" }, { "port": 53, "host": 5353, "protocol": "udp" }] })),
                instance("worker", 1, json!({ "health": { "state": "starting", "last": "connection refused" }, "created": 9_000 })),
                instance("worker", 3, json!({ "generation": 1, "release": 3, "active": false })),
                instance("migrate", 1, json!({ "role": "job", "state": { "state": "exited", "code": 0 }, "health": null, "address": null })),
            ],
            "volumes": [{ "volume": "pgdata", "keep": true }, { "volume": "cache", "keep": false }, { "volume": "old", "keep": null }],
        }))
        .unwrap()
    }

    #[test]
    fn an_environment_is_shown_in_full() {
        insta::assert_snapshot!(render_environment(&view(), 10_000, Paint::Plain));
    }

    #[test]
    fn environments_are_listed() {
        let mut down = view();
        down.state = EnvironmentState::Down;
        (down.release, down.generation, down.purpose, down.protected) = (None, None, None, false);
        (down.wanted, down.healthy) = (0, 0);
        insta::assert_snapshot!(render_environments(&[view(), down.clone()], Paint::Plain));
        assert_eq!(summary(&down), "down");
    }

    #[test]
    fn addresses_are_listed_by_service() {
        insta::assert_snapshot!(render_addresses(&view()));
    }
}
