//! Tests of what is said about whole files.

mod agreement;
mod bounds;
mod cases;
mod example;
mod judge;
mod mutate;
mod no_panic;
mod schema_file;

use std::path::PathBuf;

/// The files of a directory below `tests/` that end so, with their names, in order.
#[expect(clippy::disallowed_methods, reason = "a test reads its cases from the disk")]
fn documents(directory: &str) -> Vec<(String, String)> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let entries = std::fs::read_dir(directory).expect("the directory is there");
    let mut documents: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "json"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("text"))
        })
        .collect();
    documents.sort();
    assert!(!documents.is_empty(), "{directory:?} has no documents", directory = "tests");
    documents
}
