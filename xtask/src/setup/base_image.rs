//! The base image that ours are built on: there, or pulled, or made from Debian's packages where no registry answers.

use std::fs::{self, File};
use std::io::{BufRead, Read};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::packages;
use super::socket::{Address, Answer};
use crate::failure::{Failure, While};
use crate::process::{announce, as_root, output, program, run, say, target};

const REPOSITORY: &str = "debian";
const TAG: &str = "bookworm-slim";
const SUITE: &str = "bookworm";
/// The longest silence of a registry, and of the engine while it imports.
const SILENCE: Duration = Duration::from_secs(60);
/// What signs Debian's packages, on Debian and on Ubuntu, and inside the image.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Makes sure that the base image is there.
pub(super) fn ensure(engine: &Address) -> Result<(), Failure> {
    if is_there(engine)? {
        say(&format!("The base image {REPOSITORY}:{TAG} is there"));
        return Ok(());
    }
    announce(&format!("the base image is missing: pulling {REPOSITORY}:{TAG}"));
    if let Err(failure) = pull(engine) {
        say(&format!("    {failure}"));
        make(engine)?;
    }
    if is_there(engine)? {
        Ok(())
    } else {
        Err(Failure::new(format!("the engine still has no {REPOSITORY}:{TAG}")))
    }
}

fn is_there(engine: &Address) -> Result<bool, Failure> {
    let path = format!("/images/{REPOSITORY}:{TAG}/json");
    let answer = engine.ask("GET", &path, SILENCE).while_trying("ask the engine for the base image")?;
    match answer.status {
        200 => Ok(true),
        404 => Ok(false),
        status => Err(Failure::new(format!(
            "the engine answered with status {status} when asked for the base image"
        ))),
    }
}

fn pull(engine: &Address) -> Result<(), Failure> {
    let path = format!("/images/create?fromImage={REPOSITORY}&tag={TAG}");
    let answer = engine.ask("POST", &path, SILENCE).while_trying("pull the base image")?;
    finish(answer).while_trying("pull the base image")
}

/// Makes the image as Debian's own is made: the smallest set of packages that apt needs.
fn make(engine: &Address) -> Result<(), Failure> {
    announce(&format!(
        "making {REPOSITORY}:{TAG} from Debian's packages instead; this takes a minute or two"
    ));
    packages::ensure("mmdebstrap", &["mmdebstrap"])?;
    if !Path::new(KEYRING).is_file() {
        announce("apt-get install debian-archive-keyring, to know Debian's packages by");
        packages::install(&["debian-archive-keyring"])?;
    }
    let directory = target().join("base-image");
    fs::create_dir_all(&directory).while_trying(&format!("make {}", directory.display()))?;
    let archive = directory.join("bookworm.tar");
    let made = bootstrap(&archive).and_then(|()| import(engine, &archive));
    // mmdebstrap may have written it as root; the directory is ours, so that we may remove it all the same.
    let _ = fs::remove_file(&archive);
    made
}

fn bootstrap(archive: &Path) -> Result<(), Failure> {
    let file = archive.display().to_string();
    let mut arguments =
        vec!["--quiet", "--variant=minbase", "--include=ca-certificates", SUITE, file.as_str()];
    let sources = sources();
    arguments.extend(sources.iter().map(String::as_str));
    announce(&format!("mmdebstrap {}", arguments.join(" ")));
    run(&mut as_root("mmdebstrap", &arguments))
}

/// The mirrors that this system itself uses, if it is a Debian; mmdebstrap's own choice otherwise.
fn sources() -> Vec<String> {
    let format = "$(REPO_URI)|$(LABEL)|$(COMPONENT)|$(IDENTIFIER)";
    let listing = output(&mut program("apt-get", &["indextargets", "--format", format])).unwrap_or_default();
    render_sources(&listing)
}

fn render_sources(listing: &str) -> Vec<String> {
    let mirror_of = |label: &str| {
        let wanted = format!("|{label}|main|Packages");
        listing.lines().find_map(|line| line.strip_suffix(wanted.as_str()))
    };
    let line = |mirror: &str, suite: &str| format!("deb [signed-by={KEYRING}] {mirror} {suite} main");
    let Some(mirror) = mirror_of("Debian") else { return Vec::new() };
    let mut sources = vec![line(mirror, SUITE), line(mirror, &format!("{SUITE}-updates"))];
    sources.extend(mirror_of("Debian-Security").map(|mirror| line(mirror, &format!("{SUITE}-security"))));
    sources
}

fn import(engine: &Address, archive: &Path) -> Result<(), Failure> {
    announce(&format!("importing it into the engine as {REPOSITORY}:{TAG}"));
    let file = File::open(archive).while_trying(&format!("read {}", archive.display()))?;
    let path = format!("/images/create?fromSrc=-&repo={REPOSITORY}&tag={TAG}");
    let answer = engine.post(&path, file, SILENCE).while_trying("import the base image")?;
    finish(answer).while_trying("import the base image")
}

/// Reads the engine's progress to its end; an error can be in any line of it.
fn finish(mut answer: Answer) -> Result<(), Failure> {
    if answer.status != 200 {
        let mut body = String::new();
        answer.body.read_to_string(&mut body).while_trying("read the engine's answer")?;
        let body = serde_json::from_str::<Value>(&body)
            .ok()
            .and_then(|body| Some(body["message"].as_str()?.to_owned()));
        return Err(Failure::new(body.unwrap_or_else(|| format!("status {}", answer.status))));
    }
    for line in answer.body.lines() {
        let line = line.while_trying("read the engine's progress")?;
        if let Some(error) =
            serde_json::from_str::<Value>(&line).ok().as_ref().and_then(|line| line["error"].as_str())
        {
            return Err(Failure::new(error));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer { status, body: Box::new(Cursor::new(body)) }
    }

    #[test]
    fn an_error_within_the_progress_is_a_failure() {
        assert!(finish(answer(200, "{\"status\":\"Pulling\"}\n{\"status\":\"Done\"}\n")).is_ok());
        let failure =
            finish(answer(200, "{\"status\":\"Pulling\"}\n{\"error\":\"disk full\"}\n")).unwrap_err();
        assert_eq!(failure.to_string(), "disk full");
        let failure = finish(answer(500, "{\"message\":\"no such host\"}\n")).unwrap_err();
        assert_eq!(failure.to_string(), "no such host");
    }

    #[test]
    fn the_mirrors_are_those_of_the_system() {
        let listing = "http://d.example/debian/|Debian|main|DEP-11\nhttp://d.example/debian/|Debian|main|Packages\n\
                       http://s.example/|Debian-Security|main|Packages\nhttp://x.example/|Other|main|Packages\n";
        assert_eq!(
            render_sources(listing),
            [
                format!("deb [signed-by={KEYRING}] http://d.example/debian/ bookworm main"),
                format!("deb [signed-by={KEYRING}] http://d.example/debian/ bookworm-updates main"),
                format!("deb [signed-by={KEYRING}] http://s.example/ bookworm-security main"),
            ]
        );
        assert!(render_sources("http://u.example/|Ubuntu|main|Packages\n").is_empty());
    }
}
