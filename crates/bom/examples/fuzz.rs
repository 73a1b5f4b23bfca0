//! Feeds changed documents to the reader for as long as is asked:
//! `cargo run -p landfall-bom --example fuzz -- --seconds 600 [--seed N]`.
//!
//! It stops at the first document that makes the reader panic, say something without a place, or take long, and prints
//! the seed and the document. The test `changed_documents_are_answered` is a short run of the same.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a developer's terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "it has a clock, arguments and a corpus on the disk; the reader has not"
)]

#[path = "../tests/suite/judge.rs"]
mod judge;
#[path = "../tests/suite/mutate.rs"]
mod mutate;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mutate::{Numbers, mutate};

/// The longest that a document may take: far more than any did.
const SLOW: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let (Ok(seconds), Ok(seed)) = (argument("--seconds", 60), argument("--seed", entropy())) else {
        eprintln!("usage: fuzz [--seconds N] [--seed N]");
        return ExitCode::from(2);
    };
    let texts = corpus();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let mut numbers = Numbers::new(seed);
    let (start, mut documents, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
    println!("seed {seed}, {} documents to start from, {seconds} s", texts.len());
    while start.elapsed() < Duration::from_secs(seconds) {
        let text = mutate(&mut numbers, &texts);
        for name in ["landfall.yaml", "landfall.json"] {
            let begun = Instant::now();
            if std::panic::catch_unwind(|| judge::judge(name, &text)).is_err() || begun.elapsed() > SLOW {
                eprintln!("seed {seed}, document {documents}, {name}, {:?}:\n{text}", begun.elapsed());
                return ExitCode::FAILURE;
            }
            slowest = slowest.max(begun.elapsed());
        }
        documents += 1;
    }
    println!("{documents} documents, the slowest in {slowest:?}");
    ExitCode::SUCCESS
}

fn argument(name: &str, otherwise: u64) -> Result<u64, std::num::ParseIntError> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(Ok(otherwise), |value| value.parse())
}

fn entropy() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

fn corpus() -> Vec<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let files = ["cases", "valid"].into_iter().flat_map(|directory| {
        std::fs::read_dir(tests.join(directory)).into_iter().flatten().flatten().map(|entry| entry.path())
    });
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "json"))
        .collect();
    files.sort();
    files.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}
