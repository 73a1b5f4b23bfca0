//! What each environment should be.

use landfall_api::DeploymentId;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::spec::Generation;
use landfall_plan::Blueprint;
use landfall_plan::planner::DataPolicy;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Result, Store, from_optional, parsed};

/// What an environment should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentRecord {
    /// Which.
    pub id: EnvironmentId,
    /// Its purpose.
    pub purpose: Option<Name>,
    /// The last generation's number that was given out.
    pub generation: Generation,
    /// The generation that is active.
    pub active: Option<Blueprint>,
    /// The generation that is being deployed.
    pub target: Option<Blueprint>,
    /// The deployment that is under way.
    pub deployment: Option<DeploymentId>,
    /// What happens to its data: it is being taken down.
    pub down: Option<DataPolicy>,
    /// Whether the deployment that is under way was given up and is being undone.
    pub given_up: bool,
}

/// What becomes of an environment's record once there is nothing more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aftermath {
    /// It stays as it is.
    Keep,
    /// Nothing runs any more; its volumes are kept, and its secrets, without which they can't be read.
    Rest,
    /// It is gone, and its secrets with it.
    Forget,
}

impl Aftermath {
    /// Does it, unless a deployment is under way.
    pub(super) async fn apply(self, transaction: &mut SqliteConnection, id: &EnvironmentId) -> Result<()> {
        let queries: &[&str] = match self {
            Self::Keep => &[],
            Self::Rest => &["UPDATE environments SET active = NULL, target = NULL, down = NULL
                             WHERE landscape = $1 AND name = $2 AND deployment IS NULL"],
            Self::Forget => &[
                "DELETE FROM environments WHERE landscape = $1 AND name = $2 AND deployment IS NULL",
                "DELETE FROM secrets WHERE landscape = $1 AND environment = $2 AND NOT EXISTS
                 (SELECT 1 FROM environments WHERE landscape = $1 AND name = $2)",
            ],
        };
        for query in queries {
            let query = sqlx::query(*query).bind(id.landscape.as_str()).bind(id.environment.as_str());
            query.execute(&mut *transaction).await?;
        }
        Ok(())
    }
}

const COLUMNS: &str = "SELECT landscape, name, purpose, generation, active, target, deployment, down,
    EXISTS (SELECT 1 FROM deployments WHERE id = deployment AND verdict IS NOT NULL) AS given_up FROM environments";

impl Store {
    /// Every environment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn environments(&self) -> Result<Vec<EnvironmentRecord>> {
        let query = format!("{COLUMNS} ORDER BY landscape, name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&self.pool).await?;
        rows.iter().map(record).collect()
    }

    /// One environment, if it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn environment(&self, id: &EnvironmentId) -> Result<Option<EnvironmentRecord>> {
        let query = format!("{COLUMNS} WHERE landscape = $1 AND name = $2");
        let query =
            sqlx::query(sqlx::AssertSqlSafe(query)).bind(id.landscape.as_str()).bind(id.environment.as_str());
        query.fetch_optional(&self.pool).await?.as_ref().map(record).transpose()
    }

    /// The flip: what is deployed becomes active.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flip(&self, id: &EnvironmentId) -> Result<()> {
        let query = "UPDATE environments SET active = target, target = NULL
                     WHERE landscape = $1 AND name = $2 AND target IS NOT NULL";
        self.for_environment(query, id).await
    }

    /// What becomes of an environment's record outside a deployment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle(&self, id: &EnvironmentId, aftermath: Aftermath) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        aftermath.apply(&mut transaction, id).await?;
        Ok(transaction.commit().await?)
    }

    async fn for_environment(&self, query: &'static str, id: &EnvironmentId) -> Result<()> {
        let query = sqlx::query(query).bind(id.landscape.as_str()).bind(id.environment.as_str());
        query.execute(&self.pool).await?;
        Ok(())
    }
}

fn record(row: &SqliteRow) -> Result<EnvironmentRecord> {
    Ok(EnvironmentRecord {
        id: EnvironmentId::new(parsed(row.get("landscape"))?, parsed(row.get("name"))?),
        purpose: row.get::<Option<&str>, _>("purpose").map(parsed).transpose()?,
        generation: row.get::<i64, _>("generation").unsigned_abs(),
        active: from_optional(row.get("active"))?,
        target: from_optional(row.get("target"))?,
        deployment: row.get("deployment"),
        down: from_optional(row.get("down"))?,
        given_up: row.get("given_up"),
    })
}
