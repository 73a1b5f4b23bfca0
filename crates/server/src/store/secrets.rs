//! Secrets' values: each environment has its own, numbered by version.

use std::collections::BTreeMap;

use landfall_api::SecretValue;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::sealed::Secrets;
use rand::Rng;
use rand::distr::Alphanumeric;
use sqlx::Row;

use super::{Result, Store, parsed};

impl Store {
    /// Makes sure that every secret has the given value in an environment, or has one at all where it is to be
    /// generated, and gives the version that each has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_secrets(
        &self,
        id: &EnvironmentId,
        values: &BTreeMap<Name, SecretValue>,
    ) -> Result<BTreeMap<Name, u32>> {
        let versions = self.expected_secrets(id, values).await?;
        for (name, version) in &versions {
            // What is there already stays.
            self.add_secret(id, (name, *version), &fresh(&values[name])).await?;
        }
        Ok(versions)
    }

    /// The versions that the secrets would have, without making any: for plans.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expected_secrets(
        &self,
        id: &EnvironmentId,
        values: &BTreeMap<Name, SecretValue>,
    ) -> Result<BTreeMap<Name, u32>> {
        let mut versions = BTreeMap::new();
        for (name, value) in values {
            let version = match (value, self.latest_secret(id, name).await?) {
                (_, None) => 1,
                (SecretValue::Given(given), Some((version, known))) if *given != known => version + 1,
                (_, Some((version, _))) => version,
            };
            versions.insert(name.clone(), version);
        }
        Ok(versions)
    }

    /// Every value that an environment has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secrets(&self, id: &EnvironmentId) -> Result<Secrets> {
        let query = "SELECT name, version, value FROM secrets WHERE landscape = $1 AND environment = $2";
        let query = sqlx::query(query).bind(id.landscape.as_str()).bind(id.environment.as_str());
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| Ok(((parsed(row.get("name"))?, row.get("version")), row.get("value"))))
            .collect()
    }

    /// Adds the secrets' versions that a release uses and an environment doesn't have, where they can be generated.
    ///
    /// # Errors
    /// When the database fails; the names of those that can't be generated.
    pub async fn complete_secrets(
        &self,
        id: &EnvironmentId,
        wanted: &BTreeMap<Name, (u32, Option<u16>)>,
    ) -> Result<Vec<Name>> {
        let have = self.secrets(id).await?;
        let mut missing = Vec::new();
        for (name, (version, length)) in
            wanted.iter().filter(|(name, (version, _))| have.get(name, *version).is_err())
        {
            match length {
                Some(length) => {
                    self.add_secret(id, (name, *version), &fresh(&SecretValue::Generate(*length))).await?;
                }
                None => missing.push(name.clone()),
            }
        }
        Ok(missing)
    }

    async fn latest_secret(&self, id: &EnvironmentId, name: &Name) -> Result<Option<(u32, String)>> {
        let query =
            "SELECT version, value FROM secrets WHERE landscape = $1 AND environment = $2 AND name = $3
                     ORDER BY version DESC LIMIT 1";
        let query =
            sqlx::query(query).bind(id.landscape.as_str()).bind(id.environment.as_str()).bind(name.as_str());
        Ok(query.fetch_optional(&self.pool).await?.map(|row| (row.get("version"), row.get("value"))))
    }

    async fn add_secret(&self, id: &EnvironmentId, (name, version): (&Name, u32), value: &str) -> Result<()> {
        let query =
            "INSERT INTO secrets (landscape, environment, name, version, value) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT DO NOTHING";
        let query = sqlx::query(query).bind(id.landscape.as_str()).bind(id.environment.as_str());
        query.bind(name.as_str()).bind(version).bind(value).execute(&self.pool).await?;
        Ok(())
    }
}

fn fresh(value: &SecretValue) -> String {
    match value {
        SecretValue::Given(value) => value.clone(),
        SecretValue::Generate(length) => {
            rand::rng().sample_iter(Alphanumeric).take(usize::from(*length)).map(char::from).collect()
        }
    }
}
