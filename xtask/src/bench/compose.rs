//! Docker Compose 2, from Debian's package, unpacked beside the system: the system's own packages are left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::contestant::Contestant;
use super::stage::{INTERVAL, MARK, SERVER, Stage};
use crate::failure::{Failure, While};
use crate::process::{announce, output, program, run};

/// The suite of Debian that has Compose 2.26.
const SUITE: &str = "trixie";
/// Where packages are looked for on a machine whose own sources are not Debian's.
const MIRROR: &str = "http://deb.debian.org/debian";
/// Debian's keys.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// What is asked of Compose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// `up --detach --wait`, with a health check in the container: the same as Landfall does.
    Health,
    /// `up --detach` without any health check: less than Landfall does.
    Start,
}

/// Compose.
pub(super) struct Compose {
    program: PathBuf,
    directory: PathBuf,
    asked: Asked,
}

impl Compose {
    /// Compose in a directory of its own.
    pub(super) fn new(stage: &Stage, program: PathBuf, asked: Asked) -> Result<Self, Failure> {
        let name = if asked == Asked::Health { "compose-wait" } else { "compose-start" };
        Ok(Self { program, directory: stage.fresh(name)?, asked })
    }

    fn call(&self, words: &[&str]) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        command.args(["--progress", "quiet"]).args(words).current_dir(&self.directory);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        run(&mut command)
    }
}

impl Contestant for Compose {
    fn name(&self) -> &'static str {
        if self.asked == Asked::Health { "compose, healthy" } else { "compose, started" }
    }

    fn prepare(&self, instances: usize) -> Result<(), Failure> {
        let file = render(instances, self.asked);
        fs::write(self.directory.join("compose.yaml"), file).while_trying("write compose.yaml")
    }

    fn up(&self) -> Result<(), Failure> {
        match self.asked {
            Asked::Health => self.call(&["up", "--detach", "--wait"]),
            Asked::Start => self.call(&["up", "--detach"]),
        }
    }

    fn up_again(&self) -> Result<bool, Failure> {
        self.up().map(|()| true)
    }

    fn down(&self) -> Result<(), Failure> {
        self.call(&["down"])
    }

    fn clear(&self) -> Result<(), Failure> {
        self.down()
    }
}

fn render(instances: usize, asked: Asked) -> String {
    let project = if asked == Asked::Health { "wait" } else { "start" };
    let health = match asked {
        Asked::Health => format!(
            ", healthcheck: {{ test: [\"CMD\", \"{SERVER}\", \"--check\"], interval: {INTERVAL}s, timeout: 1s }}"
        ),
        Asked::Start => String::new(),
    };
    let image = Stage::image();
    let mut file = format!("name: {MARK}-{project}\nservices:\n");
    for number in 1..=instances {
        file += &format!(
            "  s{number}: {{ image: \"{image}\", pull_policy: never, init: true, restart: on-failure{health} }}\n"
        );
    }
    file
}

/// Makes sure that Compose is there, and says where.
pub(super) fn ensure(stage: &Stage) -> Result<PathBuf, Failure> {
    let found = stage.directory.join("compose/usr/libexec/docker/cli-plugins/docker-compose");
    if found.is_file() {
        return Ok(found);
    }
    let mirror = mirror(Path::new("/etc/apt"));
    announce(&format!("unpacking docker-compose of Debian {SUITE} from {mirror} beside the system"));
    let apt = stage.fresh("apt")?;
    for part in ["parts", "lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(part)).while_trying("make a private place for apt")?;
    }
    let line = format!("deb [signed-by={KEYS}] {mirror} {SUITE} main\n");
    fs::write(apt.join("sources.list"), line).while_trying("write apt's sources")?;
    let options = [
        ("Dir::Etc::sourcelist", apt.join("sources.list")),
        ("Dir::Etc::sourceparts", apt.join("parts")),
        ("Dir::State::Lists", apt.join("lists")),
        ("Dir::Cache", apt.join("cache")),
    ]
    .map(|(option, path)| format!("-o{option}={}", path.display()));
    // As root it would give the download to a user who can't read this directory.
    let options = [&options[..], &["-oAPT::Sandbox::User=root".to_owned()]].concat();
    let get = |words: &[&str]| {
        let mut command = program("apt-get", words);
        output(command.args(&options).current_dir(&apt)).map(drop)
    };
    get(&["--quiet", "update"])?;
    get(&["--quiet", "download", "docker-compose"])?;
    let entries = fs::read_dir(&apt).while_trying("look for the package")?.flatten();
    let package =
        entries.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|it| it == "deb"));
    let package = package.ok_or_else(|| Failure::new("apt-get downloaded no package"))?;
    run(program("dpkg", &["--extract"]).arg(package).arg(stage.fresh("compose")?))?;
    Ok(found)
}

/// The mirror that the system itself uses.
fn mirror(apt: &Path) -> String {
    let parts = fs::read_dir(apt.join("sources.list.d")).into_iter().flatten().flatten();
    let files = std::iter::once(apt.join("sources.list")).chain(parts.map(|part| part.path()));
    let texts = files.filter_map(|file| fs::read_to_string(file).ok());
    texts.flat_map(|text| parse_mirrors(&text)).next().unwrap_or_else(|| MIRROR.to_owned())
}

/// Addresses of Debian's main archive in a file of sources, of the older form or the newer.
fn parse_mirrors(text: &str) -> Vec<String> {
    let words = text
        .lines()
        .filter(|line| line.starts_with("deb ") || line.starts_with("URIs:"))
        .flat_map(str::split_whitespace);
    let archives = words.filter(|word| word.contains("://")).map(|word| word.trim_end_matches('/'));
    archives.filter(|word| word.ends_with("/debian")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_that_of_the_main_archive() {
        let old = "deb http://security.debian.org/debian-security bookworm-security main\n\
            # deb http://old.example/debian bookworm main\n\
            deb [arch=amd64] http://mirror.example/debian/ bookworm main\n";
        assert_eq!(parse_mirrors(old), ["http://mirror.example/debian"]);
        let new = "Types: deb\nURIs: https://mirror.example/debian\nSuites: bookworm\n";
        assert_eq!(parse_mirrors(new), ["https://mirror.example/debian"]);
    }

    #[test]
    fn only_who_waits_for_health_has_a_check() {
        assert!(render(2, Asked::Health).contains("healthcheck"));
        assert!(!render(2, Asked::Start).contains("healthcheck"));
        assert_eq!(render(3, Asked::Start).lines().count(), 5);
    }
}
