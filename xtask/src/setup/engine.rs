//! The Docker engine: found, or installed from the distribution and started.

use std::env;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::packages;
use super::socket::Address;
use crate::failure::{Failure, While};
use crate::process::{announce, as_root, find, output, program, run, say, user_id};

/// Where an engine that we start ourselves, on a machine without a service manager, writes its log.
const LOG: &str = "/var/log/landfall-dockerd.log";
/// How long an engine may take to answer once it is started.
const START: Duration = Duration::from_secs(60);
/// Set while we run as a member of the group `docker`, lest we try for ever.
const REGROUPED: &str = "LANDFALL_XTASK_REGROUPED";

enum Presence {
    Answers(String),
    Denied,
    Absent(String),
}

/// Makes sure that an engine answers, and says where.
pub(super) fn ensure() -> Result<Address, Failure> {
    let address = Address::from_environment()?;
    match observe(&address) {
        Presence::Answers(version) => {
            say(&format!("Docker Engine {version} answers at {address}"));
            return Ok(address);
        }
        Presence::Denied => return Err(join_group(&address)),
        Presence::Absent(reason) if !address.is_default() => {
            return Err(Failure::new(format!(
                "no engine answers at {address} ({reason}): start it, or unset DOCKER_HOST to use the local one"
            )));
        }
        Presence::Absent(reason) => say(&format!("No engine answers at {address}: {reason}")),
    }
    let fresh = find("dockerd").is_none();
    packages::ensure("dockerd", &["docker.io"])?;
    start()?;
    match wait(&address)? {
        Presence::Denied if fresh => Err(admit(&address)),
        Presence::Denied => Err(join_group(&address)),
        _ => Ok(address),
    }
}

/// Asks the engine for its version.
fn observe(address: &Address) -> Presence {
    let answer = address.ask("GET", "/version", Duration::from_secs(5)).and_then(|mut answer| {
        let mut body = String::new();
        answer.body.read_to_string(&mut body).map(|_| (answer.status, body))
    });
    match answer {
        Ok((200, body)) => {
            let version = serde_json::from_str::<Value>(&body).ok();
            let version = version.as_ref().and_then(|version| version["Version"].as_str());
            Presence::Answers(version.unwrap_or("of unknown version").to_owned())
        }
        Ok((status, _)) => Presence::Absent(format!("what listens there answers with status {status}")),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Presence::Denied,
        Err(error) => Presence::Absent(error.to_string()),
    }
}

/// Starts the engine that is installed: by the service manager, where one runs.
fn start() -> Result<(), Failure> {
    if Path::new("/run/systemd/system").is_dir() {
        announce("starting Docker Engine: systemctl start docker");
        return run(&mut as_root("systemctl", &["start", "docker"]));
    }
    if process_runs("dockerd") {
        announce("dockerd is running already: waiting for it to answer");
        return Ok(());
    }
    let dockerd = find("dockerd").ok_or_else(|| Failure::new("dockerd is not installed"))?;
    announce(&format!("no service manager runs here: starting dockerd in the background, its log is {LOG}"));
    // Debian keeps iptables and the like where only root's path leads.
    let line = format!(
        "PATH=\"$PATH:/usr/local/sbin:/usr/sbin:/sbin\" setsid '{}' >'{LOG}' 2>&1 </dev/null &",
        dockerd.display()
    );
    run(&mut as_root("sh", &["-c", &line]))
}

/// Waits until the engine answers, or won't.
fn wait(address: &Address) -> Result<Presence, Failure> {
    let begin = Instant::now();
    let mut ended = 0;
    loop {
        let reason = match observe(address) {
            Presence::Absent(reason) => reason,
            Presence::Answers(version) => {
                say(&format!("Docker Engine {version} answers at {address} after {:.1?}", begin.elapsed()));
                return Ok(Presence::Answers(version));
            }
            Presence::Denied => return Ok(Presence::Denied),
        };
        // A process that is just being started may be missing for a moment.
        ended = if process_runs("dockerd") { 0 } else { ended + 1 };
        if begin.elapsed() > START || ended > 20 {
            return Err(did_not_start(address, &reason));
        }
        sleep(Duration::from_millis(250));
    }
}

fn did_not_start(address: &Address, reason: &str) -> Failure {
    let log = if Path::new("/run/systemd/system").is_dir() {
        "read `journalctl --unit docker`".to_owned()
    } else {
        let log = fs::read_to_string(LOG).unwrap_or_default();
        let last =
            log.lines().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n  ");
        format!("the last lines of {LOG}:\n  {last}")
    };
    Failure::new(format!("Docker Engine was started and does not answer at {address} ({reason}); {log}"))
}

fn process_runs(name: &str) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| fs::read_to_string(process.path().join("comm")).ok())
        .any(|comm| comm.trim() == name)
}

/// Lets the user of a machine that had no engine use the one that we just installed.
fn admit(address: &Address) -> Failure {
    let Some(user) = user_name() else { return join_group(address) };
    announce(&format!(
        "the engine is for members of the group `docker`: usermod --append --groups docker {user}"
    ));
    match run(&mut as_root("usermod", &["--append", "--groups", "docker", &user])) {
        Ok(()) => join_group(address),
        Err(failure) => failure,
    }
}

/// Goes on as a member of the group `docker`, where the user is one since after log-in. Returns only if that can't be.
fn join_group(address: &Address) -> Failure {
    let member = user_name().is_some_and(|user| is_member(&user));
    let denied = Failure::new(format!(
        "an engine listens at {address}, and this user may not use it. \
         Type `sudo usermod --append --groups docker $USER` (this is as good as being root), log in again and try again"
    ));
    if !member || env::var_os(REGROUPED).is_some() || find("sg").is_none() {
        return denied;
    }
    let Ok(executable) = env::current_exe() else { return denied };
    announce(
        "going on as a member of the group `docker`, which takes effect without this at the next log-in",
    );
    let words: Vec<String> = std::iter::once(executable.display().to_string())
        .chain(env::args().skip(1))
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect();
    let error = program("sg", &["docker", "-c", &words.join(" ")]).env(REGROUPED, "1").exec();
    Failure::new(format!("could not run `sg docker`: {error}"))
}

fn user_name() -> Option<String> {
    let user = user_id()?.to_string();
    let entry = output(&mut program("getent", &["passwd", &user])).ok()?;
    entry.split(':').next().map(str::to_owned)
}

fn is_member(user: &str) -> bool {
    let group =
        output(&mut program("getent", &["group", "docker"])).while_trying("look up the group `docker`");
    group.is_ok_and(|group| lists_member(&group, user))
}

fn lists_member(group: &str, user: &str) -> bool {
    group.trim().rsplit(':').next().is_some_and(|members| members.split(',').any(|member| member == user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_one_whose_whole_name_is_in_the_list() {
        assert!(lists_member("docker:x:105:ann,bob\n", "bob"));
        assert!(!lists_member("docker:x:105:ann,bobby\n", "bob"));
        assert!(!lists_member("docker:x:105:\n", "docker"));
    }

    #[test]
    fn a_socket_that_is_not_there_is_an_absent_engine() {
        let address = Address::Unix("/nonexistent/engine.sock".to_owned());
        assert!(matches!(observe(&address), Presence::Absent(_)));
    }
}
