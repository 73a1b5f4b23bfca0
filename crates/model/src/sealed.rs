//! Texts in which secrets are named but not shown: what plans, hashes and records are made of.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// A text with everything filled in but secrets, which stand as a name and a version. It can be shown, stored and
/// hashed; [`Sealed::open`] is called at the edge, when a container is created.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(Vec<SealedPart>);

/// A piece of a [`Sealed`] text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SealedPart {
    /// Stands for itself.
    Plain(String),
    /// Stands for a secret's value.
    Secret {
        /// The secret's name.
        secret: Name,
        /// Which of its values.
        version: u32,
    },
}

/// The values of secrets by name and version. Neither printed nor serialized.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<(Name, u32), String>);

/// A secret that is named by a text but whose value is not at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("version {version} of the secret {secret} is not in this environment's store")]
pub struct MissingSecret {
    /// The secret's name.
    pub secret: Name,
    /// The version that is missing.
    pub version: u32,
}

impl Sealed {
    /// A text without secrets.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![SealedPart::Plain(text.into())])
    }

    /// A text from its pieces.
    pub fn new(parts: Vec<SealedPart>) -> Self {
        Self(parts)
    }

    /// The pieces.
    pub fn parts(&self) -> &[SealedPart] {
        &self.0
    }

    /// The text with the secrets' values in it.
    ///
    /// # Errors
    /// When a secret's value is not among `secrets`.
    pub fn open(&self, secrets: &Secrets) -> Result<String, MissingSecret> {
        self.0.iter().try_fold(String::new(), |text, part| match part {
            SealedPart::Plain(plain) => Ok(text + plain),
            SealedPart::Secret { secret, version } => Ok(text + secrets.get(secret, *version)?),
        })
    }
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            SealedPart::Plain(text) => f.write_str(text),
            SealedPart::Secret { secret, version } => write!(f, "<secret {secret} v{version}>"),
        })
    }
}

impl Secrets {
    /// A secret's value.
    ///
    /// # Errors
    /// When it is not here.
    pub fn get(&self, secret: &Name, version: u32) -> Result<&str, MissingSecret> {
        let missing = || MissingSecret { secret: secret.clone(), version };
        self.0.get(&(secret.clone(), version)).map(String::as_str).ok_or_else(missing)
    }
}

impl FromIterator<((Name, u32), String)> for Secrets {
    fn from_iter<I: IntoIterator<Item = ((Name, u32), String)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys().map(|(name, version)| format!("{name} v{version}"))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_show_only_when_opened() {
        let password = Name::new("password").expect("valid");
        let secret = SealedPart::Secret { secret: password.clone(), version: 2 };
        let sealed = Sealed::new(vec![SealedPart::Plain("pg://".into()), secret]);
        let secrets: Secrets = [((password.clone(), 2), "hunter2".to_owned())].into_iter().collect();
        assert_eq!(sealed.open(&secrets).as_deref(), Ok("pg://hunter2"));
        assert_eq!(sealed.to_string(), "pg://<secret password v2>");
        assert!(!format!("{secrets:?}").contains("hunter2"));
        assert_eq!(sealed.open(&Secrets::default()), Err(MissingSecret { secret: password, version: 2 }));
    }
}
