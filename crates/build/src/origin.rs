//! Where a project's files come from: who has them, at which commit, changed or not.

use std::path::Path;
use std::{env, fs};

use landfall_model::release::Origin;

/// Looks at a directory's git repository. Outside a repository, or before its first commit, there is no commit.
pub fn observe_origin(directory: &Path) -> Origin {
    let author = format!("{}@{}", user(), host());
    let head = gix::discover(directory).ok().and_then(|repository| {
        let commit = repository.head_id().ok()?.to_string();
        Some((commit, is_dirty(&repository)))
    });
    match head {
        Some((commit, dirty)) => Origin { author, commit: Some(commit), dirty },
        None => Origin { author, commit: None, dirty: false },
    }
}

/// Whether a tracked file differs from the commit, or there is a file that is neither tracked nor ignored. What
/// can't be looked at counts as changed.
fn is_dirty(repository: &gix::Repository) -> bool {
    if repository.workdir().is_none() {
        return false;
    }
    let changes = repository
        .status(gix::progress::Discard)
        .ok()
        .and_then(|status| status.untracked_files(gix::status::UntrackedFiles::Files).into_iter(None).ok());
    changes.is_none_or(|mut changes| changes.next().is_some())
}

fn user() -> String {
    let named = ["USER", "LOGNAME"]
        .iter()
        .find_map(|variable| env::var(variable).ok().filter(|name| !name.is_empty()));
    named.or_else(user_of_the_process).unwrap_or_else(|| "unknown".to_owned())
}

/// The user that this process runs as, from `/etc/passwd`, or its number.
fn user_of_the_process() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&id)).then(|| name.to_owned())
    });
    name.or(Some(id))
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| env::var("HOSTNAME").ok()).unwrap_or_default();
    if name.trim().is_empty() { "unknown".to_owned() } else { name.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn git(directory: &Path, words: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"])
            .args(words)
            .current_dir(directory)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn commits_and_changes_are_seen() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert_eq!(observe_origin(path).commit, None);
        git(path, &["init", "-q"]);
        fs::write(path.join("a"), "1").unwrap();
        assert_eq!((observe_origin(path).commit, observe_origin(path).dirty), (None, false));

        fs::create_dir(path.join("sub")).unwrap();
        fs::write(path.join("sub/b"), "1").unwrap();
        fs::write(path.join(".gitignore"), "*.log\n").unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-q", "-m", "first"]);
        let commit = git(path, &["rev-parse", "HEAD"]);
        let seen = |path: &Path| (observe_origin(path).commit, observe_origin(path).dirty);
        assert_eq!(seen(path), (Some(commit.clone()), false));
        fs::write(path.join("x.log"), "ignored").unwrap();
        assert_eq!(seen(&path.join("sub")), (Some(commit.clone()), false));

        fs::write(path.join("new"), "untracked").unwrap();
        assert_eq!(seen(path), (Some(commit.clone()), true));
        git(path, &["add", "new"]);
        assert_eq!(seen(path), (Some(commit.clone()), true));
        git(path, &["commit", "-q", "-m", "second"]);
        fs::write(path.join("a"), "changed").unwrap();
        let origin = observe_origin(path);
        assert!(origin.dirty);
        assert_ne!(origin.commit, Some(commit));
    }

    #[test]
    fn the_author_is_user_at_host() {
        let author = observe_origin(Path::new("/")).author;
        let (user, host) = author.split_once('@').unwrap();
        assert!(!user.is_empty() && !host.is_empty(), "{author}");
    }
}
