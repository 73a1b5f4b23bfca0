//! What happened to environments, the last ten thousand of it.

use landfall_api::EventView;
use landfall_model::name::EnvironmentId;
use sqlx::Row;

use super::{Result, Store, now_millis, parsed};

/// How many events are kept.
const KEPT: i64 = 10_000;

impl Store {
    /// Notes that something happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_event(&self, id: &EnvironmentId, kind: &str, message: &str) -> Result<EventView> {
        let time = now_millis();
        let query =
            "INSERT INTO events (time, landscape, environment, kind, message) VALUES ($1, $2, $3, $4, $5)";
        let query = sqlx::query(query).bind(time).bind(id.landscape.as_str()).bind(id.environment.as_str());
        let event = query.bind(kind).bind(message).execute(&self.pool).await?.last_insert_rowid();
        if event % 1_000 == 0 {
            sqlx::query("DELETE FROM events WHERE id <= $1").bind(event - KEPT).execute(&self.pool).await?;
        }
        Ok(EventView {
            id: event,
            time,
            environment: id.clone(),
            kind: kind.to_owned(),
            message: message.to_owned(),
        })
    }

    /// What happened after an event, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events(&self, after: i64) -> Result<Vec<EventView>> {
        let query =
            "SELECT id, time, landscape, environment, kind, message FROM events WHERE id > $1 ORDER BY id";
        let rows = sqlx::query(query).bind(after).fetch_all(&self.pool).await?;
        let view = |row: &sqlx::sqlite::SqliteRow| {
            Ok(EventView {
                id: row.get("id"),
                time: row.get("time"),
                environment: EnvironmentId::new(
                    parsed(row.get("landscape"))?,
                    parsed(row.get("environment"))?,
                ),
                kind: row.get("kind"),
                message: row.get("message"),
            })
        };
        rows.iter().map(view).collect()
    }
}
