//! Contexts of real directories: what is in them, and what decides their hash.

use std::fs::{File, FileTimes, Permissions};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::{Duration, SystemTime};

use super::*;

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    directory
}

fn paths(context: &Context) -> Vec<String> {
    context.paths().map(|path| path.display().to_string()).collect()
}

fn check(files: &[(&str, &str)], dockerfile: &str, expected: &[&str]) {
    let directory = directory(files);
    assert_eq!(paths(&observe_context(directory.path(), dockerfile).unwrap()), expected);
}

#[test]
fn the_bill_of_materials_is_left_out_unless_it_is_asked_for() {
    let files = [("Dockerfile", ""), ("landfall.yaml", "a"), ("a", "")];
    check(&files, "Dockerfile", &["Dockerfile", "a"]);
    let asked = [files.as_slice(), &[(".dockerignore", "!landfall.yaml")]].concat();
    check(&asked, "Dockerfile", &[".dockerignore", "Dockerfile", "a", "landfall.yaml"]);
}

#[test]
fn what_is_ignored_stays_and_what_is_needed_goes() {
    check(
        &[
            ("Dockerfile", ""),
            (".dockerignore", "*\n!src\nsrc/gen"),
            ("src/a", ""),
            ("src/gen/x", ""),
            ("b", ""),
        ],
        "Dockerfile",
        &[".dockerignore", "Dockerfile", "src", "src/a"],
    );
    check(
        &[("docker/app.Dockerfile", ""), (".dockerignore", "docker"), ("docker/other", ""), ("b", "")],
        "./docker/app.Dockerfile",
        &[".dockerignore", "b", "docker", "docker/app.Dockerfile"],
    );
    check(
        &[("Dockerfile", ""), ("Dockerfile.dockerignore", "a"), (".dockerignore", "b"), ("a", ""), ("b", "")],
        "Dockerfile",
        &[".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "b"],
    );
    check(
        &[("Dockerfile", ""), (".dockerignore", "deep\n!deep/a/keep"), ("deep/a/keep", ""), ("deep/b/x", "")],
        "Dockerfile",
        &[".dockerignore", "Dockerfile", "deep", "deep/a", "deep/a/keep"],
    );
}

#[test]
fn content_decides_and_time_does_not() {
    let first = directory(&[("Dockerfile", "FROM scratch"), ("a", "1"), ("b/c", "2")]);
    let hash = |root: &Path| observe_context(root, "Dockerfile").unwrap().hash().clone();
    let original = hash(first.path());
    let long_ago = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    File::options().write(true).open(first.path().join("a")).unwrap().set_times(long_ago).unwrap();
    fs::set_permissions(first.path().join("b/c"), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(hash(first.path()), original);
    let second = directory(&[("b/c", "2"), ("a", "1"), ("Dockerfile", "FROM scratch")]);
    assert_eq!(hash(second.path()), original);

    fs::set_permissions(second.path().join("a"), Permissions::from_mode(0o755)).unwrap();
    assert_ne!(hash(second.path()), original);
    fs::write(first.path().join("a"), "2").unwrap();
    assert_ne!(hash(first.path()), original);
}

#[test]
fn the_archive_has_plain_headers_and_keeps_links() {
    let directory = directory(&[("Dockerfile", "FROM scratch"), ("run.sh", "#!"), ("d/f", "x")]);
    let root = directory.path();
    fs::set_permissions(root.join("run.sh"), Permissions::from_mode(0o4711)).unwrap();
    symlink("nowhere/at all", root.join("link")).unwrap();
    let _listener = UnixListener::bind(root.join("socket")).unwrap();
    let long = format!("{}/{}", "d".repeat(80), "f".repeat(80));
    fs::create_dir(root.join("d".repeat(80))).unwrap();
    fs::write(root.join(&long), "long").unwrap();

    let bytes = observe_context(root, "Dockerfile").unwrap().pack().unwrap();
    let mut seen = Vec::new();
    for entry in tar::Archive::new(bytes.as_ref()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        let header = entry.header();
        let plain = (header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap());
        assert_eq!(plain, (0, 0, 0));
        let link = entry.link_name().unwrap().map(|target| target.display().to_string());
        let mode = header.mode().unwrap();
        seen.push((entry.path().unwrap().display().to_string(), mode, link.unwrap_or(content)));
    }
    let expected = [
        ("Dockerfile", 0o644, "FROM scratch"),
        ("d/", 0o755, ""),
        ("d/f", 0o644, "x"),
        (&format!("{}/", "d".repeat(80)), 0o755, ""),
        (&long, 0o644, "long"),
        ("link", 0o777, "nowhere/at all"),
        ("run.sh", 0o755, "#!"),
    ];
    let expected = expected.map(|(path, mode, content)| (path.to_owned(), mode, content.to_owned()));
    assert_eq!(seen, expected);
}

#[test]
fn errors_say_what_is_missing() {
    let directory = directory(&[("Dockerfile", ""), ("sub/.dockerignore", "!"), ("sub/Dockerfile", "")]);
    let message = |root: &Path, dockerfile: &str| {
        let text = observe_context(root, dockerfile).unwrap_err().to_string();
        text.replace(&directory.path().display().to_string(), "DIR")
    };
    let root = directory.path();
    assert_eq!(
        message(&root.join("nothing"), "Dockerfile"),
        "there is no directory DIR/nothing: `build` names the directory that the image is built from"
    );
    assert_eq!(
        message(root, "x/Dockerfile"),
        "there is no DIR/x/Dockerfile: write it, or say with `dockerfile` how it is called within DIR"
    );
    assert_eq!(message(root, "../Dockerfile"), "the Dockerfile `../Dockerfile` is not within DIR");
    assert_eq!(message(&root.join("sub"), "Dockerfile"), "DIR/sub/.dockerignore can't be understood");
}

#[test]
fn a_context_that_is_too_large_names_what_is_large() {
    let directory = directory(&[("Dockerfile", ""), ("target/small", "x")]);
    File::create(directory.path().join("target/huge")).unwrap().set_len(MAX_CONTEXT + 1).unwrap();
    let error = observe_context(directory.path(), "Dockerfile").unwrap_err();
    let Error::TooLarge { largest, .. } = &error else { panic!("{error}") };
    assert_eq!(largest[0], "target (1073 MB)");
    fs::write(directory.path().join(".dockerignore"), "target").unwrap();
    assert!(observe_context(directory.path(), "Dockerfile").is_ok());
}

#[test]
fn a_file_that_changes_under_our_eyes_is_noticed() {
    let directory = directory(&[("Dockerfile", ""), ("a", "1")]);
    let context = observe_context(directory.path(), "Dockerfile").unwrap();
    assert!(context.pack().is_ok());
    fs::write(directory.path().join("a"), "2").unwrap();
    assert!(matches!(context.pack(), Err(Error::Changed { .. })));
}
