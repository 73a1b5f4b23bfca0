//! A Dockerfile taken apart into instructions: directives, comments, continued lines, here-documents.

/// An instruction with its flags and arguments as one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// The line that it begins on, from 1.
    pub(super) line: usize,
    /// Its name in upper case.
    pub(super) keyword: String,
    /// What follows the name.
    pub(super) rest: String,
}

/// The instructions in order, and the escape character.
pub(super) fn split(text: &str) -> (Vec<Instruction>, char) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    let escape = escape_character(&lines);
    let mut instructions = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let begin = at;
        let Some(whole) = continued(&lines, &mut at, escape) else { continue };
        let (keyword, rest) = whole.split_once(char::is_whitespace).unwrap_or((&whole, ""));
        let keyword = keyword.to_ascii_uppercase();
        let rest = rest.trim().to_owned();
        if ["RUN", "COPY", "ADD", "ONBUILD"].contains(&keyword.as_str()) {
            at = behind_heredocs(&lines, at, &rest);
        }
        instructions.push(Instruction { line: begin + 1, keyword, rest });
    }
    (instructions, escape)
}

/// `# escape=` counts only among the directives at the very top.
fn escape_character(lines: &[&str]) -> char {
    for line in lines {
        let directive = line.trim().strip_prefix('#').and_then(|directive| directive.split_once('='));
        let Some((name, value)) = directive else { break };
        match name.trim().to_ascii_lowercase().as_str() {
            "escape" => return if value.trim() == "`" { '`' } else { '\\' },
            "syntax" | "check" => {}
            _ => break,
        }
    }
    '\\'
}

/// The logical line at `at`, which is moved behind it; none for a comment or an empty line. Comments and empty lines
/// within a continued line are dropped.
fn continued(lines: &[&str], at: &mut usize, escape: char) -> Option<String> {
    let is_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let first = lines[*at];
    *at += 1;
    if is_nothing(first) {
        return None;
    }
    let mut whole = String::new();
    let mut line = first.trim_start();
    loop {
        let Some(more) = without_continuation(line, escape) else {
            whole.push_str(line);
            break;
        };
        whole.push_str(more);
        while lines.get(*at).is_some_and(|next| is_nothing(next)) {
            *at += 1;
        }
        let Some(next) = lines.get(*at) else { break };
        *at += 1;
        line = next;
    }
    Some(whole.trim().to_owned())
}

fn without_continuation(line: &str, escape: char) -> Option<&str> {
    let line = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!line.ends_with(escape)).then_some(line)
}

/// The line behind the here-documents that an instruction opens. One that is never closed is none.
fn behind_heredocs(lines: &[&str], mut at: usize, rest: &str) -> usize {
    for word in rest.split_whitespace() {
        let Some((indented, end)) = heredoc(word) else { continue };
        let closes = |line: &str| if indented { line.trim_start_matches('\t') == end } else { line == end };
        if let Some(offset) = lines[at..].iter().position(|line| closes(line)) {
            at += offset + 1;
        }
    }
    at
}

/// `<<EOF`, `<<-EOF`, `3<<"EOF"`: whether tabs before the end are dropped, and the end.
fn heredoc(word: &str) -> Option<(bool, &str)> {
    let word = word.trim_start_matches(|character: char| character.is_ascii_digit()).strip_prefix("<<")?;
    let (indented, name) = match word.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, word),
    };
    let unquoted = ['"', '\''].iter().find_map(|quote| name.strip_prefix(*quote)?.strip_suffix(*quote));
    let name = unquoted.unwrap_or(name);
    (!name.is_empty() && !name.contains(['<', '"', '\'', '(', ')', ';', '|', '&']))
        .then_some((indented, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, &str, &str)]) {
        let (instructions, _) = split(text);
        let seen: Vec<_> =
            instructions.iter().map(|i| (i.line, i.keyword.as_str(), i.rest.as_str())).collect();
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn comments_and_continued_lines() {
        check("# a\n\nfrom x  AS y\n  # b\n", &[(3, "FROM", "x  AS y")]);
        check("RUN a \\\n # no\n\n  b \\  \n c\nCMD d", &[(1, "RUN", "a   b  c"), (6, "CMD", "d")]);
        check("RUN a \\\\\nCMD b", &[(1, "RUN", "a \\\\"), (2, "CMD", "b")]);
        check("RUN a \\", &[(1, "RUN", "a")]);
        check("", &[]);
    }

    #[test]
    fn the_escape_directive() {
        check("# escape=`\nRUN a `\n b\nRUN c \\\n", &[(2, "RUN", "a  b"), (4, "RUN", "c \\")]);
        check("# syntax=docker/dockerfile:1\n#escape = `\nRUN a `\nb", &[(3, "RUN", "a b")]);
        check("# a remark\n# escape=`\nRUN a `\nRUN b", &[(3, "RUN", "a `"), (4, "RUN", "b")]);
    }

    #[test]
    fn heredocs_are_skipped() {
        check("RUN <<EOF\nFROM no\nEOF\nCMD x", &[(1, "RUN", "<<EOF"), (4, "CMD", "x")]);
        check(
            "COPY <<-'A' <<\"B\" /d/\nFROM no\n\tA\nFROM no\nB\nCMD x",
            &[(1, "COPY", "<<-'A' <<\"B\" /d/"), (6, "CMD", "x")],
        );
        check("RUN echo $((1<<2))\nCMD x", &[(1, "RUN", "echo $((1<<2))"), (2, "CMD", "x")]);
        check("RUN cat <<EOF\nCMD x", &[(1, "RUN", "cat <<EOF"), (2, "CMD", "x")]);
        check("RUN cat <<<word\nCMD x", &[(1, "RUN", "cat <<<word"), (2, "CMD", "x")]);
    }
}
