//! Whether the engine can be used, and has what builds need.

use std::path::Path;

use rustix::fs::statvfs;

use super::{BASE_IMAGE, Finding, Machine};
use crate::error::Error;
use crate::error::engine_hints;
use crate::views::words::bytes;

/// Where the Docker Engine keeps images and containers unless it is told otherwise.
const DOCKER_DATA: &str = "/var/lib/docker";
/// With less space than this, the next build or start may fail.
const LITTLE: u64 = 1 << 30;
/// With less space than this, somebody should know.
const TIGHT: u64 = 5 << 30;

/// Whether it answers, and speaks what we speak.
pub(super) fn answer(machine: &Machine) -> Finding {
    match &machine.engine {
        Ok(engine) => {
            let info = &engine.info;
            let has = format!("{} processors, {} of memory", info.cpus, bytes(info.memory));
            Finding::good(format!("{} {}, API {}, {has}", info.kind, info.version, info.api_version))
        }
        Err(Error::Engine(error)) => {
            engine_hints(error).into_iter().fold(Finding::bad(error.to_string()), Finding::fix)
        }
        Err(error) => Finding::bad(error.to_string()).fix("the same again: `landfall doctor`"),
    }
}

/// Whether it builds as it should.
pub(super) fn buildkit(machine: &Machine) -> Finding {
    match &machine.engine {
        Ok(engine) if engine.info.buildkit => Finding::good("images are built by BuildKit"),
        Ok(_) => Finding::note(
            "there is none: the classic builder is used, which can't keep secrets out of images",
        )
        .fix("use a Docker Engine for Linux, 20.10 or newer"),
        Err(_) => unknown(),
    }
}

/// Whether the image is there that most are built on.
pub(super) fn base_image(machine: &Machine) -> Finding {
    match &machine.engine {
        Ok(engine) if engine.base.is_some() => Finding::good(format!("{BASE_IMAGE} is there")),
        Ok(_) => Finding::note(format!("{BASE_IMAGE} is not there; builds that name it will pull it"))
            .fix(format!("docker pull {BASE_IMAGE}")),
        Err(_) => unknown(),
    }
}

/// Whether there is space left.
pub(super) fn disk(machine: &Machine) -> Finding {
    let docker = Path::new(DOCKER_DATA);
    let place = if docker.is_dir() { docker } else { machine.home.path() };
    let place = place.ancestors().find(|place| place.exists()).unwrap_or(Path::new("/"));
    match statvfs(place) {
        Ok(disk) => judge_space(place, disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Finding::note(format!("can't be told: {error}")),
    }
}

fn judge_space(place: &Path, free: u64) -> Finding {
    let found = format!("{} free at {}", bytes(free), place.display());
    let finding = match free {
        0..LITTLE => Finding::bad(found),
        LITTLE..TIGHT => Finding::note(found),
        _ => return Finding::good(found),
    };
    finding.fix("docker system df, and `docker image prune` or `docker builder prune`")
}

fn unknown() -> Finding {
    Finding::note("can't be told while the engine doesn't answer")
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn little_space_is_bad() {
        let state = |free| judge_space(Path::new("/"), free).state;
        assert_eq!([0, LITTLE, TIGHT].map(state), [State::Bad, State::Note, State::Good]);
    }
}
