//! The server in the background: found, or started, or replaced when it is of another version.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use landfall_api::Info;
use rustix::process::{Pid, Signal, kill_process};

use crate::client::{Client, ClientError};
use crate::home::{Home, HomeError};
use crate::screen::Screen;

/// This program's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long a server that was started may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked whether it answers.
const PAUSE: Duration = Duration::from_millis(20);
/// How many of its last lines are shown when it ends.
const LAST_LINES: usize = 12;
/// The size in bytes from which on its output begins anew.
const LARGE_LOG: u64 = 4 << 20;
/// The service unit's name, as it stands in the process's control group.
const UNIT: &str = "/landfall.service";

/// The server of a state directory.
pub(crate) struct Server<'a> {
    /// The state directory.
    pub(crate) home: &'a Home,
    /// The engine's address.
    pub(crate) docker: Option<&'a str>,
    /// Where it is said what is done.
    pub(crate) screen: &'a Screen,
}

/// A server that was started.
#[derive(Default)]
struct Started {
    /// Its process, unless somebody else starts it.
    child: Option<Child>,
    /// Where in the log its output begins.
    log_begins: u64,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackgroundError {
    /// There is no state directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// It answers, and wrongly.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The program can't be started again.
    #[error("the Landfall server can't be started in the background")]
    Start(#[source] io::Error),
    /// It ended.
    #[error("the Landfall server ended as soon as it was started{}", indented(lines))]
    Ended {
        /// The last lines that it wrote.
        lines: Vec<String>,
    },
    /// It doesn't answer.
    #[error("the Landfall server doesn't answer within {}s{}", PATIENCE.as_secs(), indented(lines))]
    Silent {
        /// The last lines that it wrote.
        lines: Vec<String>,
    },
    /// The one that runs is of another version and doesn't end.
    #[error("the Landfall server of version {version} (process {pid}) doesn't end")]
    Stays {
        /// Its version.
        version: String,
        /// Its process.
        pid: u32,
    },
}

impl Server<'_> {
    /// Makes sure that a server of this version answers.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) async fn ensure(&self) -> Result<Client, BackgroundError> {
        let client = Client::new(&self.home.socket());
        match client.reader().info().await {
            Ok(info) if is_current(&info) => Ok(client),
            Ok(info) => {
                let why =
                    if info.version == VERSION { "whose program was replaced" } else { "of another version" };
                self.screen.talk(&format!("restarting the Landfall server, {why} ({})", info.version));
                self.replace(client, &info).await
            }
            Err(ClientError::Absent { .. } | ClientError::Broken(_)) => self.start(client).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the server if one answers; says which process it was.
    ///
    /// # Errors
    /// When it doesn't end.
    pub(crate) async fn stop(&self) -> Result<Option<u32>, BackgroundError> {
        let client = Client::new(&self.home.socket());
        match client.reader().info().await {
            Ok(info) => end(&client, &info).await.map(|()| Some(info.pid)),
            Err(ClientError::Absent { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn replace(&self, client: Client, info: &Info) -> Result<Client, BackgroundError> {
        let supervised = is_supervised(info.pid);
        end(&client, info).await?;
        if supervised {
            self.await_answer(client, Started::default()).await
        } else {
            self.start(client).await
        }
    }

    async fn start(&self, client: Client) -> Result<Client, BackgroundError> {
        self.home.ensure()?;
        self.screen.detail("starting the Landfall server in the background");
        let started = self.spawn().map_err(BackgroundError::Start)?;
        self.await_answer(client, started).await
    }

    fn spawn(&self) -> io::Result<Started> {
        let log = open_log(&self.home.server_log())?;
        let log_begins = log.metadata()?.len();
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--home").arg(self.home.path());
        if let Some(docker) = self.docker {
            command.args(["--docker", docker]);
        }
        command.args(["serve", "--background"]).current_dir("/");
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        Ok(Started { child: Some(child), log_begins })
    }

    async fn await_answer(&self, client: Client, mut started: Started) -> Result<Client, BackgroundError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match client.reader().info().await {
                Ok(_) => return Ok(client),
                Err(ClientError::Absent { .. } | ClientError::Broken(_)) => {}
                Err(error) => return Err(error.into()),
            }
            let ended =
                started.child.as_mut().map(Child::try_wait).transpose().map_err(BackgroundError::Start)?;
            if ended.flatten().is_some() {
                // Another client may have been quicker: then its server holds the directory, and will answer.
                let lines = self.last_lines(&started);
                tokio::time::sleep(PAUSE).await;
                let answer = client.reader().info().await;
                return answer.map(|_| client).map_err(|_| BackgroundError::Ended { lines });
            }
            if Instant::now() > until {
                return Err(BackgroundError::Silent { lines: self.last_lines(&started) });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn last_lines(&self, started: &Started) -> Vec<String> {
        let text = std::fs::read(self.home.server_log()).unwrap_or_default();
        let begin = usize::try_from(started.log_begins).unwrap_or_default().min(text.len());
        let text = String::from_utf8_lossy(&text[begin..]);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].iter().map(|&line| line.to_owned()).collect()
    }
}

/// Whether a server is what this program would start: of the same version, and its program not replaced since.
fn is_current(info: &Info) -> bool {
    let program = std::fs::read_link(format!("/proc/{}/exe", info.pid));
    let replaced = program.is_ok_and(|path| path.to_string_lossy().ends_with(" (deleted)"));
    info.version == VERSION && !replaced
}

/// Whether somebody else starts the server again when it ends.
fn is_supervised(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|groups| groups.contains(UNIT))
}

async fn end(client: &Client, info: &Info) -> Result<(), BackgroundError> {
    let stays = || BackgroundError::Stays { version: info.version.clone(), pid: info.pid };
    let pid = i32::try_from(info.pid).ok().and_then(Pid::from_raw).ok_or_else(stays)?;
    let until = Instant::now() + PATIENCE;
    // A process that is gone already has ended, too.
    let _ = kill_process(pid, Signal::TERM);
    while Instant::now() < until {
        match client.reader().info().await {
            Ok(answer) if answer.pid == info.pid => tokio::time::sleep(PAUSE).await,
            _ => return Ok(()),
        }
    }
    Err(stays())
}

fn open_log(path: &Path) -> io::Result<File> {
    let large = path.metadata().is_ok_and(|file| file.len() > LARGE_LOG);
    if large {
        std::fs::rename(path, PathBuf::from(format!("{}.1", path.display())))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

fn indented(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("; it wrote:\n    {}", lines.join("\n    "))
}
