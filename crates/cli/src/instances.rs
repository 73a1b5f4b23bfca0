//! Finds an environment's instances on the engine, without asking the server.

use landfall_engine::{Observe, Scope};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::observed::Instance;

use crate::error::Error;

/// The environment's instances, by component, then age and number.
///
/// # Errors
/// When the engine can't be observed.
pub(crate) async fn observe_instances(
    engine: &dyn Observe,
    environment: &EnvironmentId,
) -> Result<Vec<Instance>, Error> {
    let mut instances = engine.observe(&Scope::Environment(environment.clone())).await?.instances;
    instances.sort_by_key(|instance| {
        (instance.group.component.clone(), instance.stamp.generation, instance.number, instance.id.clone())
    });
    Ok(instances)
}

/// The components that instances belong to, each once, in order.
pub(crate) fn components(instances: &[Instance]) -> Vec<Name> {
    let mut names: Vec<Name> = instances.iter().map(|instance| instance.group.component.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// The instance that is meant by a component and perhaps a number: a running one of the latest generation.
///
/// # Errors
/// When there is none that runs.
pub(crate) fn choose<'a>(
    instances: &'a [Instance],
    environment: &EnvironmentId,
    component: &Name,
    number: Option<u32>,
) -> Result<&'a Instance, Error> {
    let running = instances.iter().filter(|instance| {
        instance.group.component == *component
            && instance.state.is_up()
            && number.is_none_or(|number| instance.number == number)
    });
    let latest =
        running.max_by_key(|instance| (instance.stamp.generation, std::cmp::Reverse(instance.number)));
    latest.ok_or_else(|| {
        let what = match number {
            Some(number) => format!("running instance {number} of {component}"),
            None => format!("running instance of {component}"),
        };
        let known = instances.iter().filter(|instance| instance.state.is_up()).cloned().collect::<Vec<_>>();
        Error::NoInstance { environment: environment.clone(), what, known: components(&known) }
    })
}

/// Refuses names that no instance belongs to.
///
/// # Errors
/// When there is such a name.
pub(crate) fn check_components(
    instances: &[Instance],
    environment: &EnvironmentId,
    wanted: &[Name],
) -> Result<(), Error> {
    let known = components(instances);
    match wanted.iter().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(missing) => {
            let what = format!("instance of {missing}");
            Err(Error::NoInstance { environment: environment.clone(), what, known })
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// An instance of a component, with the engine's id `COMPONENT-NUMBER-GENERATION`.
    pub(crate) fn instance(component: &str, number: u32, generation: u64, state: &str) -> Instance {
        let state = match state {
            "exited" => json!({ "state": "exited", "code": 0 }),
            state => json!({ "state": state }),
        };
        serde_json::from_value(json!({
            "id": format!("{component}-{number}-{generation}"), "name": format!("x-dev-{component}-abcdef-{number}"),
            "group": {
                "environment": { "landscape": "x", "environment": "dev" }, "role": "service",
                "component": component, "hash": "00",
            },
            "number": number, "stamp": { "release": 1, "generation": generation }, "state": state,
            "address": null, "published": [], "created": 0, "discovery": {},
        }))
        .unwrap()
    }

    #[test]
    fn a_running_instance_of_the_latest_generation_is_meant() {
        let name = |text| Name::new(text).unwrap();
        let environment = EnvironmentId::new(name("x"), name("dev"));
        let instances = [
            instance("api", 1, 1, "running"),
            instance("api", 1, 2, "running"),
            instance("api", 2, 2, "running"),
            instance("api", 1, 3, "exited"),
            instance("db", 1, 1, "created"),
        ];
        let choose = |component, number| {
            let chosen = choose(&instances, &environment, &name(component), number);
            chosen.map(|instance| instance.id.as_str()).map_err(|error| error.to_string())
        };
        assert_eq!(choose("api", None), Ok("api-1-2"));
        assert_eq!(choose("api", Some(2)), Ok("api-2-2"));
        assert_eq!(choose("db", None), Err("x/dev has no running instance of db; it has api".to_owned()));
        assert_eq!(
            choose("api", Some(7)),
            Err("x/dev has no running instance 7 of api; it has api".to_owned())
        );
        assert!(check_components(&instances, &environment, &[name("db"), name("api")]).is_ok());
        assert!(check_components(&instances, &environment, &[name("web")]).is_err());
    }
}
