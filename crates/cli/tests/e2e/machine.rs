//! What the tests ask the machine, beside the program: the engine through Docker's own client, and processes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The engine's address.
pub(crate) fn docker_host() -> String {
    std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned())
}

/// What Docker's client prints, or why it fails.
pub(crate) fn try_docker(host: &str, words: &[&str]) -> Result<String, String> {
    let output = Command::new("docker").arg("--host").arg(host).args(words).output();
    let output = output.map_err(|error| format!("Docker's client can't be called: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Whether the tests can run. Fails where no engine answers and nobody said that this is known.
pub(crate) fn engine_is_there(host: &str) -> bool {
    let answer = try_docker(host, &["version", "--format", "{{.Server.Version}}"]);
    if answer.is_err() && std::env::var("LANDFALL_WITHOUT_DOCKER").is_ok_and(|value| value == "1") {
        return false;
    }
    assert!(
        answer.is_ok(),
        "these tests need a Docker Engine at {host} (LANDFALL_WITHOUT_DOCKER=1 leaves them out): {answer:?}"
    );
    true
}

/// A copy of the program, so that a build meanwhile doesn't replace what is being tested.
pub(crate) fn program() -> &'static Path {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_landfall"));
        let directory = built.with_file_name("landfall-e2e");
        std::fs::create_dir_all(&directory).expect("a directory can be made beside the program");
        let copy = directory.join("landfall");
        // Processes of an earlier run may still hold the old one: it is replaced, not overwritten.
        let fresh = directory.join(format!("landfall.{}", std::process::id()));
        std::fs::copy(built, &fresh).expect("the program can be copied");
        std::fs::rename(&fresh, &copy).expect("the copy can be put into its place");
        copy
    })
}

/// The processes that were called with a home and this word among their arguments.
pub(crate) fn processes(home: &Path, word: &str) -> Vec<i32> {
    let home = home.display().to_string();
    let listed = std::fs::read_dir("/proc").expect("processes are listed in /proc");
    let ids = listed.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter(|id| {
        let Ok(line) = std::fs::read(format!("/proc/{id}/cmdline")) else { return false };
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words.contains(&home.as_bytes()) && words.contains(&word.as_bytes())
    })
    .collect()
}

/// Sends a signal to a process that this test run started.
pub(crate) fn signal(process: i32, name: &str) {
    // It may have ended by itself meanwhile.
    let _ = Command::new("kill").args([format!("-{name}"), process.to_string()]).output();
}

/// Waits until something is there.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a web server on this machine answers.
pub(crate) fn get(url: &str) -> Result<String, String> {
    let address = url.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap_or(url);
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().map_err(|error| format!("{url}: {error}"))?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.trim().to_owned());
    body.ok_or_else(|| format!("{url} answers {answer:?}"))
}
