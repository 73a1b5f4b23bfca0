//! Packages of the distribution, by way of apt.

use crate::failure::Failure;
use crate::process::{announce, as_root, find, run};

/// Makes sure that a program is there, by installing the packages that hold it.
pub(crate) fn ensure(program: &str, packages: &[&str]) -> Result<(), Failure> {
    if find(program).is_some() {
        return Ok(());
    }
    if find("apt-get").is_none() {
        return Err(Failure::new(format!(
            "`{program}` is missing, and there is no apt-get to install it with: install it and try again"
        )));
    }
    announce(&format!("`{program}` is missing: apt-get install {}", packages.join(" ")));
    install(packages)?;
    match find(program) {
        Some(_) => Ok(()),
        None => Err(Failure::new(format!(
            "{} is installed, and `{program}` is still not there",
            packages.join(" ")
        ))),
    }
}

/// Installs packages, with a look for new lists where the old ones don't do.
pub(crate) fn install(packages: &[&str]) -> Result<(), Failure> {
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    if apt(&install).is_ok() {
        return Ok(());
    }
    announce("the package lists may be old or missing: apt-get update, then the same again");
    apt(&["update"])?;
    apt(&install)
}

fn apt(arguments: &[&str]) -> Result<(), Failure> {
    // Through `env`, because sudo drops variables. Another apt-get may hold the lock on a machine that just started.
    let begin = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=120"];
    let mut command = as_root("env", &[&begin, arguments].concat());
    run(command.stdout(std::io::stderr()))
}
