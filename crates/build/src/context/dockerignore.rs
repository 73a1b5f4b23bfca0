//! Which files of a context `.dockerignore` leaves out, by the rules of Docker's own command line.

use super::pattern::Pattern;

/// The patterns of a `.dockerignore`.
#[derive(Clone, Debug, Default)]
pub struct Dockerignore {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: Pattern,
    exception: bool,
}

/// A line that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}` is not a pattern: {reason}")]
pub struct PatternError {
    /// The line's number from 1.
    pub line: usize,
    /// The line.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Reads a `.dockerignore`.
///
/// Rules: <https://docs.docker.com/build/concepts/context/#dockerignore-files>. A line that begins with `#` is a
/// comment, and nothing else is: a `#` behind a pattern belongs to the pattern.
///
/// # Errors
/// The first line that is no pattern.
pub fn parse_dockerignore(text: &str) -> Result<Dockerignore, PatternError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rules = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if line.starts_with('#') || trimmed.is_empty() {
            continue;
        }
        let error = |reason| PatternError { line: index + 1, text: trimmed.to_owned(), reason };
        let (exception, body) = match trimmed.strip_prefix('!') {
            Some(body) => (true, body.trim()),
            None => (false, trimmed),
        };
        if body.is_empty() {
            return Err(error("nothing follows the `!`"));
        }
        let pattern = Pattern::parse(&clean(body))
            .ok_or_else(|| error("a `[` is not closed, or a range in it is empty, or it ends in `\\`"))?;
        rules.push(Rule { pattern, exception });
    }
    Ok(Dockerignore { rules })
}

impl Dockerignore {
    /// Whether the path, relative to the context and written with `/`, is left out. The last matching line decides;
    /// a line that matches a directory matches everything in it.
    pub fn leaves_out(&self, path: &str) -> bool {
        let characters: Vec<char> = path.chars().collect();
        let ends: Vec<usize> = (0..characters.len())
            .filter(|index| characters[*index] == '/')
            .chain(std::iter::once(characters.len()))
            .collect();
        let applies = |rule: &Rule| ends.iter().any(|end| rule.pattern.matches(&characters[..*end]));
        let mut out = false;
        for rule in &self.rules {
            if rule.exception == out && applies(rule) {
                out = !rule.exception;
            }
        }
        out
    }

    /// Whether something in a directory that is left out may be let in again.
    pub fn has_exceptions(&self) -> bool {
        self.rules.iter().any(|rule| rule.exception)
    }
}

/// A path without `.`, `..`, doubled and trailing slashes, relative to the context: Go's `filepath.Clean`.
pub(super) fn clean(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if path.starts_with('/') && segments.is_empty() => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    if segments.is_empty() { ".".to_owned() } else { segments.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, cases: &[(&str, bool)]) {
        let ignore = parse_dockerignore(text).expect("valid");
        for (path, expected) in cases {
            assert_eq!(ignore.leaves_out(path), *expected, "{path} under {text:?}");
        }
    }

    #[test]
    fn the_documented_examples() {
        check(
            "# comment\n*/temp*\n*/*/temp*\ntemp?\n",
            &[
                ("a/temporary.txt", true),
                ("a/b/temporary", true),
                ("tempa", true),
                ("temp", false),
                ("a/x", false),
            ],
        );
        check("*.md\n!README.md\n", &[("x.md", true), ("README.md", false)]);
        check("*.md\n!README*.md\nREADME-secret.md\n", &[("README.md", false), ("README-secret.md", true)]);
        check("*.md\nREADME-secret.md\n!README*.md\n", &[("README.md", false), ("README-secret.md", false)]);
        check("**/*.go", &[("x.go", true), ("a/b/c.go", true), ("a/b/c.rs", false)]);
        check("/foo/bar\nfoo2/bar/\n", &[("foo/bar", true), ("a/foo/bar", false), ("foo2/bar/x", true)]);
    }

    #[test]
    fn directories_take_their_content_along() {
        check("docs\n!docs/README.md\n", &[("docs", true), ("docs/a/b", true), ("docs/README.md", false)]);
        check("docs/*\n!docs/README.md\n", &[("docs", false), ("docs/x", true), ("docs/README.md", false)]);
        check("**\n!util/web\n", &[("util", true), ("util/web/foo", false), ("other", true)]);
        check("**\n!util/web\nutil/web/foo\n", &[("util/web/foo", true), ("util/web/bar", false)]);
        check("*\n!src\n", &[("src/main.rs", false), ("Cargo.toml", true)]);
    }

    #[test]
    fn lines_are_read_as_docker_reads_them() {
        check("target # built\n", &[("target", false), ("target # built", true)]);
        check(" # not a comment\n", &[("# not a comment", true)]);
        check("\u{feff}a\n\n  b/./c//d/../e  \n", &[("a", true), ("b/c/e", true)]);
        check("! keep\nkeep\n", &[("keep", true)]);
        check("keep\n! keep\n", &[("keep", false)]);
        check(".\n", &[("a", false)]);
        let error = parse_dockerignore("ok\n!\n").expect_err("an exclamation mark alone");
        assert_eq!((error.line, error.text.as_str()), (2, "!"));
        assert_eq!(parse_dockerignore("[a").expect_err("open class").line, 1);
    }

    #[test]
    fn paths_are_cleaned() {
        let cases =
            [("a/b", "a/b"), ("/a", "a"), ("./a/", "a"), ("a//b", "a/b"), ("a/../b", "b"), ("..", "..")];
        for (path, expected) in cases.into_iter().chain([("../../a", "../../a"), ("/..", "."), (".", ".")]) {
            assert_eq!(clean(path), expected, "{path}");
        }
    }
}
