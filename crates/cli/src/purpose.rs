//! Which purpose an environment gets.

use landfall_model::Landscape;
use landfall_model::name::{EnvironmentId, Name};

use crate::error::Error;

/// The purpose that is named; else the one with the environment's name, if there is one; else none, and the
/// environment keeps the one that it has.
///
/// # Errors
/// When the landscape has no purpose of the name.
pub(crate) fn choose_purpose(
    landscape: &Landscape,
    environment: &EnvironmentId,
    named: Option<&Name>,
) -> Result<Option<Name>, Error> {
    match named {
        None => Ok(landscape.purposes.get_key_value(&environment.environment).map(|(name, _)| name.clone())),
        Some(named) if landscape.purposes.contains_key(named) => Ok(Some(named.clone())),
        Some(named) => Err(Error::NoPurpose {
            landscape: landscape.landscape.clone(),
            purpose: named.clone(),
            known: landscape.purposes.keys().cloned().collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_of_the_environments_name_is_taken() {
        let bom = serde_json::json!({ "landscape": "x", "purposes": { "test": {}, "demo": {} } });
        let landscape: Landscape = serde_json::from_value(bom).unwrap();
        let name = |text: &str| Name::new(text).unwrap();
        let choose = |environment, named: Option<&str>| {
            let id = EnvironmentId::new(name("x"), name(environment));
            let chosen = choose_purpose(&landscape, &id, named.map(name).as_ref());
            chosen.map(|purpose| purpose.map(String::from)).map_err(|error| error.to_string())
        };
        assert_eq!(choose("test", None), Ok(Some("test".to_owned())));
        assert_eq!(choose("dev", None), Ok(None));
        assert_eq!(choose("dev", Some("demo")), Ok(Some("demo".to_owned())));
        assert_eq!(choose("dev", Some("prod")), Err("x has no purpose prod; it has demo, test".to_owned()));
    }
}
