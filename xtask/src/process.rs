//! Other programs: how they are announced, run and found.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Failure, While};

/// A line for the person who is watching.
pub(crate) fn say(line: &str) {
    // Whoever closed stderr doesn't want to read this.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Announces an action before it is done.
pub(crate) fn announce(action: &str) {
    say(&format!("==> {action}"));
}

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a directory of the workspace")
}

/// Where Cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |path| root().join(path))
}

/// A program that will run in the workspace's root, with nothing on its standard input.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// The Cargo that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// The same as [`program`], by way of `sudo` for everybody but root.
pub(crate) fn as_root(name: &str, arguments: &[&str]) -> Command {
    if user_id() == Some(0) {
        return program(name, arguments);
    }
    let mut command = program("sudo", &[]);
    // sudo may have to ask for a password.
    command.stdin(Stdio::inherit()).arg(name).args(arguments);
    command
}

/// Runs a command to its end; anything but exit code 0 is a failure.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let words = in_words(command);
    let status = command.status().while_trying(&format!("run `{words}`"))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{words}` failed: {status}"))) }
}

/// What a command writes to its standard output, if it ends well.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let words = in_words(command);
    let output = command.stderr(Stdio::inherit()).output().while_trying(&format!("run `{words}`"))?;
    if !output.status.success() {
        return Err(Failure::new(format!("`{words}` failed: {}", output.status)));
    }
    String::from_utf8(output.stdout).while_trying(&format!("read what `{words}` wrote"))
}

/// Where a program is, looked for as a shell would and in the directories that only root has in its path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(system).map(|directory| directory.join(name)).find(|file| file.is_file())
}

/// The user that we run as.
pub(crate) fn user_id() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").ok().map(|process| process.uid())
}

fn in_words(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
