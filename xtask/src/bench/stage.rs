//! Where a run takes place: its directory, the server that is started in it, and the image of that server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, While};
use crate::process::{announce, cargo, find, output, program, root, run, target};
use crate::setup::{self, packages};

/// What everything that a run makes on the engine is called.
pub(super) const MARK: &str = "landfall-bench";
/// The port on which the server answers inside its container.
pub(super) const PORT: u16 = 8080;
/// How often health is asked for, in seconds; the same everywhere.
pub(super) const INTERVAL: u32 = 2;
/// The server, in its image.
pub(super) const SERVER: &str = "/server";

/// What builds the benchmark of planning.
const PLANNING: [&str; 6] = ["build", "--release", "--package", "landfall-plan", "--example", "planning"];

/// Where a run takes place.
pub(super) struct Stage {
    /// A directory of its own, begun anew with each run.
    pub(super) directory: PathBuf,
    /// The program that is measured: a release build.
    pub(super) landfall: PathBuf,
}

impl Stage {
    /// Makes everything that a run needs and a machine may lack; builds Landfall unless a program is given.
    pub(super) fn ensure(landfall: Option<&str>) -> Result<Self, Failure> {
        setup::ensure()?;
        packages::ensure("cc", &["gcc", "libc6-dev"])?;
        packages::ensure("docker", &["docker-cli"])?;
        let landfall = match landfall {
            Some(program) => PathBuf::from(program),
            None => {
                announce("building landfall: cargo build --release --package landfall");
                run(&mut cargo(&["build", "--release", "--package", "landfall"]))?;
                target().join("release/landfall")
            }
        };
        announce("building what measures planning");
        run(&mut cargo(&PLANNING))?;
        let directory = target().join("bench");
        fs::create_dir_all(&directory).while_trying("make the benchmark's directory")?;
        let stage = Self { directory, landfall };
        stage.make_image()?;
        Ok(stage)
    }

    /// The image's name.
    pub(super) fn image() -> String {
        format!("{MARK}:latest")
    }

    /// Makes a directory of the stage, empty.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf, Failure> {
        let directory = self.directory.join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).while_trying("empty the benchmark's directory")?;
        }
        fs::create_dir_all(&directory).while_trying("make the benchmark's directory")?;
        Ok(directory)
    }

    /// Removes the image.
    pub(super) fn leave(&self) -> Result<(), Failure> {
        output(&mut program(docker(), &["image", "rm", "--force", &Self::image()])).map(drop)
    }

    /// An image of one file, straight from an archive: there is nothing to build.
    fn make_image(&self) -> Result<(), Failure> {
        let directory = self.fresh("image")?;
        let (server, archive) = (directory.join("server"), directory.join("image.tar"));
        announce("making the image of a static server of 60 lines");
        let source = root().join("xtask/src/bench/server.c");
        run(program("cc", &["-static", "-O2", "-o"]).arg(&server).arg(source))?;
        run(program("tar", &["--create", "--file"])
            .arg(&archive)
            .arg("--directory")
            .arg(&directory)
            .arg("server"))?;
        let entry = format!("ENTRYPOINT [\"{SERVER}\"]");
        let mut import = program(docker(), &["import", "--change", &entry]);
        output(import.arg(&archive).arg(Self::image())).map(drop)
    }
}

/// Docker's command line.
pub(super) fn docker() -> PathBuf {
    find("docker").unwrap_or_else(|| Path::new("docker").to_owned())
}
