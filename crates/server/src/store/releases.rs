//! Releases, numbered per landscape.

use landfall_api::ReleaseRecord;
use landfall_model::name::Name;
use landfall_model::release::{Origin, Release, ReleaseNumber};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Result, Store, from_json, now, parsed, to_json};

impl Store {
    /// Makes sure that a release is there: content that is known keeps its number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_release(&self, release: &Release, origin: &Origin) -> Result<ReleaseRecord> {
        let landscape = release.landscape.landscape.as_str();
        let hash = release.hash();
        sqlx::query(
            "INSERT INTO releases (landscape, number, hash, content, origin, created)
             VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM releases WHERE landscape = $1), $2, $3, $4, $5)
             ON CONFLICT (landscape, hash) DO NOTHING",
        )
        .bind(landscape)
        .bind(hash.as_str())
        .bind(to_json(release)?)
        .bind(to_json(origin)?)
        .bind(now())
        .execute(&self.pool)
        .await?;
        let query = "SELECT number, hash, origin, created FROM releases WHERE landscape = $1 AND hash = $2";
        let row = sqlx::query(query).bind(landscape).bind(hash.as_str()).fetch_one(&self.pool).await?;
        record(&row)
    }

    /// The releases of a landscape, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn releases(&self, landscape: &Name) -> Result<Vec<ReleaseRecord>> {
        let query =
            "SELECT number, hash, origin, created FROM releases WHERE landscape = $1 ORDER BY number DESC";
        let rows = sqlx::query(query).bind(landscape.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(record).collect()
    }

    /// One release, if it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(
        &self,
        landscape: &Name,
        number: ReleaseNumber,
    ) -> Result<Option<(ReleaseRecord, Release)>> {
        let query = "SELECT number, hash, origin, created, content FROM releases WHERE landscape = $1 AND number = $2";
        let number = i64::try_from(number.0).unwrap_or(i64::MAX);
        let row = sqlx::query(query).bind(landscape.as_str()).bind(number).fetch_optional(&self.pool).await?;
        row.map(|row| Ok((record(&row)?, from_json(row.get("content"))?))).transpose()
    }
}

fn record(row: &SqliteRow) -> Result<ReleaseRecord> {
    Ok(ReleaseRecord {
        number: ReleaseNumber(row.get::<i64, _>("number").unsigned_abs()),
        hash: parsed(row.get("hash"))?,
        created: row.get("created"),
        origin: from_json(row.get("origin"))?,
    })
}
