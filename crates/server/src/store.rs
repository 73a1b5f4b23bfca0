//! What we must not forget: releases, what each environment should be, secrets, deployments, events.
//!
//! SQLite with a write-ahead log, `synchronous=FULL`: what was acknowledged survives a crash of the process and of
//! the machine. What *runs* is not here: that is read from the engine every time.

mod deployments;
mod environments;
mod events;
mod releases;
mod secrets;

use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use deployments::{Ended, NewDeployment, Verdict};
pub use environments::{Aftermath, EnvironmentRecord};

/// The store.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
}

/// Why the store can't do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be opened, read or written.
    #[error("the database of Landfall's own records failed")]
    Database(#[from] sqlx::Error),
    /// A record can't be understood: it was written by a later Landfall, or the file is damaged.
    #[error("a record in the database can't be read")]
    Record(#[from] serde_json::Error),
    /// A name or hash in a record is none.
    #[error("a record in the database is damaged: {0}")]
    Damaged(String),
    /// The database was made by a later Landfall.
    #[error("the database was written by a later Landfall (its version is {found}, this one knows {known})")]
    Later {
        /// The version of the database.
        found: i64,
        /// The latest version that is known.
        known: i64,
    },
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Every version of the schema, from an empty database on. A version that was released is never changed.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE releases (
        landscape TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL, content TEXT NOT NULL,
        origin TEXT NOT NULL, created INTEGER NOT NULL,
        PRIMARY KEY (landscape, number), UNIQUE (landscape, hash)
    ) STRICT;
    CREATE TABLE environments (
        landscape TEXT NOT NULL, name TEXT NOT NULL, purpose TEXT, generation INTEGER NOT NULL DEFAULT 0,
        active TEXT, target TEXT, deployment INTEGER, down TEXT,
        PRIMARY KEY (landscape, name)
    ) STRICT;
    CREATE TABLE secrets (
        landscape TEXT NOT NULL, environment TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (landscape, environment, name, version)
    ) STRICT;
    CREATE TABLE deployments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, landscape TEXT NOT NULL, environment TEXT NOT NULL,
        release INTEGER, generation INTEGER, status TEXT NOT NULL, verdict TEXT, message TEXT,
        started INTEGER NOT NULL, ended INTEGER
    ) STRICT;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, landscape TEXT NOT NULL,
        environment TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL
    ) STRICT;
"];

impl Store {
    /// Opens the database at `path`, making it if it isn't there and bringing it up to date if it is older.
    ///
    /// # Errors
    /// When it can't be opened, or was written by a later Landfall.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        // One connection: every write is in order, and a read sees what was written before it.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        let store = Self { pool };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<()> {
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&self.pool).await?;
        let known = MIGRATIONS.len() as i64;
        if found > known {
            return Err(StoreError::Later { found, known });
        }
        for (index, migration) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
            let mut transaction = self.pool.begin().await?;
            sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
            let version = format!("PRAGMA user_version = {}", index + 1);
            sqlx::raw_sql(sqlx::AssertSqlSafe(version)).execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Closes the database, with everything written.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    now_millis() / 1_000
}

/// Milliseconds since 1970.
pub(crate) fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn to_json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text)?)
}

fn from_optional<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>> {
    text.map(from_json).transpose()
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: T::Err| StoreError::Damaged(error.to_string()))
}
