//! Deployments: begun, given up, ended. Each change is one transaction with what it means for the environment.

use landfall_api::{DeploymentId, DeploymentStatus, DeploymentView};
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::release::ReleaseNumber;
use landfall_plan::Blueprint;
use landfall_plan::planner::DataPolicy;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::environments::Aftermath;
use super::{Result, Store, from_json, now, parsed, to_json};

/// What a deployment leads to.
#[derive(Clone, Debug)]
pub enum NewDeployment<'a> {
    /// A generation, with the environment's purpose.
    Up(&'a Blueprint, Option<&'a Name>),
    /// The environment's end.
    Down(DataPolicy),
}

/// Why a deployment was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Failed or cancelled.
    pub status: DeploymentStatus,
    /// Why.
    pub message: Option<String>,
}

/// How a deployment ended.
pub type Ended = Verdict;

impl Store {
    /// Begins a deployment. None if another is under way.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        &self,
        id: &EnvironmentId,
        deployment: NewDeployment<'_>,
    ) -> Result<Option<DeploymentId>> {
        let mut transaction = self.pool.begin().await?;
        let (landscape, name) = (id.landscape.as_str(), id.environment.as_str());
        sqlx::query("INSERT INTO environments (landscape, name) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(landscape)
            .bind(name)
            .execute(&mut *transaction)
            .await?;
        let query = "SELECT deployment FROM environments WHERE landscape = $1 AND name = $2";
        let open: Option<i64> =
            sqlx::query_scalar(query).bind(landscape).bind(name).fetch_one(&mut *transaction).await?;
        if open.is_some() {
            return Ok(None);
        }
        let stamp = match deployment {
            NewDeployment::Up(blueprint, _) => Some(blueprint.stamp),
            NewDeployment::Down(_) => None,
        };
        let query = "INSERT INTO deployments (landscape, environment, release, generation, status, started)
                     VALUES ($1, $2, $3, $4, '\"running\"', $5)";
        let begun = sqlx::query(query)
            .bind(landscape)
            .bind(name)
            .bind(stamp.map(|stamp| i64::try_from(stamp.release.0).unwrap_or(i64::MAX)))
            .bind(stamp.map(|stamp| i64::try_from(stamp.generation).unwrap_or(i64::MAX)))
            .bind(now())
            .execute(&mut *transaction)
            .await?
            .last_insert_rowid();
        let change = match deployment {
            NewDeployment::Up(blueprint, purpose) => sqlx::query(
                "UPDATE environments SET deployment = $3, target = $4, purpose = $5, generation = $6, down = NULL
                 WHERE landscape = $1 AND name = $2",
            )
            .bind(landscape)
            .bind(name)
            .bind(begun)
            .bind(to_json(blueprint)?)
            .bind(purpose.map(Name::as_str))
            .bind(i64::try_from(blueprint.generation()).unwrap_or(i64::MAX)),
            NewDeployment::Down(data) => {
                let query = "UPDATE environments SET deployment = $3, target = NULL, down = $4
                             WHERE landscape = $1 AND name = $2";
                sqlx::query(query).bind(landscape).bind(name).bind(begun).bind(to_json(&data)?)
            }
        };
        change.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Some(begun))
    }

    /// Notes that a deployment is given up: what was before is to be again, and then it ends with the verdict.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_up(
        &self,
        id: &EnvironmentId,
        deployment: DeploymentId,
        verdict: &Verdict,
    ) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("UPDATE deployments SET verdict = $2, message = $3 WHERE id = $1 AND verdict IS NULL")
            .bind(deployment)
            .bind(to_json(&verdict.status)?)
            .bind(verdict.message.as_deref())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE environments SET target = NULL WHERE landscape = $1 AND name = $2")
            .bind(id.landscape.as_str())
            .bind(id.environment.as_str())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Why a deployment was given up, if it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verdict(&self, deployment: DeploymentId) -> Result<Option<Verdict>> {
        let query = "SELECT verdict, message FROM deployments WHERE id = $1 AND verdict IS NOT NULL";
        let row = sqlx::query(query).bind(deployment).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(Verdict { status: from_json(row.get("verdict"))?, message: row.get("message") }))
            .transpose()
    }

    /// Ends a deployment, with what becomes of the environment's record: one transaction, since another deployment may
    /// begin as soon as this one has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(
        &self,
        id: &EnvironmentId,
        deployment: DeploymentId,
        ended: &Ended,
        aftermath: Aftermath,
    ) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("UPDATE deployments SET status = $2, message = $3, ended = $4 WHERE id = $1")
            .bind(deployment)
            .bind(to_json(&ended.status)?)
            .bind(ended.message.as_deref())
            .bind(now())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "UPDATE environments SET deployment = NULL, target = NULL
             WHERE landscape = $1 AND name = $2 AND deployment = $3",
        )
        .bind(id.landscape.as_str())
        .bind(id.environment.as_str())
        .bind(deployment)
        .execute(&mut *transaction)
        .await?;
        aftermath.apply(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// One deployment, if it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deployment(&self, id: DeploymentId) -> Result<Option<DeploymentView>> {
        let row = sqlx::query("SELECT * FROM deployments WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(view).transpose()
    }
}

fn view(row: &SqliteRow) -> Result<DeploymentView> {
    Ok(DeploymentView {
        id: row.get("id"),
        environment: EnvironmentId::new(parsed(row.get("landscape"))?, parsed(row.get("environment"))?),
        release: row.get::<Option<i64>, _>("release").map(|number| ReleaseNumber(number.unsigned_abs())),
        generation: row.get::<Option<i64>, _>("generation").map(i64::unsigned_abs),
        status: from_json(row.get("status"))?,
        message: row.get("message"),
        started: row.get("started"),
        ended: row.get("ended"),
    })
}
