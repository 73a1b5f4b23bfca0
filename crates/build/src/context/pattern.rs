//! One pattern of a `.dockerignore`: Go's `filepath.Match` with `**`, as Docker reads it.

/// A pattern that was read.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// This character.
    Literal(char),
    /// `?`: one character that is not `/`.
    One,
    /// `*`: any characters that are not `/`.
    Segment,
    /// `**` or `**/` within: nothing, or anything that ends in `/`.
    Directories,
    /// `**` at the end: anything.
    Rest,
    /// `[a-z]`: one character of these ranges, or of none of them.
    Class { ranges: Vec<(char, char)>, negated: bool },
}

impl Pattern {
    /// Reads a pattern; none if it is malformed: an open `[`, an empty range, a `\` at the end.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let characters: Vec<char> = text.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&character) = characters.get(at) {
            at += 1;
            match character {
                '*' if characters.get(at) == Some(&'*') => {
                    at += 1;
                    let slash = characters.get(at) == Some(&'/');
                    at += usize::from(slash);
                    let plain = !characters[at..].iter().any(|c| "*?[]\\".contains(*c));
                    let suffix = tokens.is_empty() && !slash && plain;
                    let rest = at == characters.len() || suffix;
                    tokens.push(if rest { Token::Rest } else { Token::Directories });
                }
                '*' => tokens.push(Token::Segment),
                '?' => tokens.push(Token::One),
                '[' => tokens.push(parse_class(&characters, &mut at)?),
                '\\' => {
                    tokens.push(Token::Literal(*characters.get(at)?));
                    at += 1;
                }
                literal => tokens.push(Token::Literal(literal)),
            }
        }
        Some(Self(tokens))
    }

    /// Whether the whole of a path, written with `/`, is matched.
    pub(super) fn matches(&self, path: &[char]) -> bool {
        // `here[i]`: whether the tokens so far can match the first `i` characters.
        let mut here = vec![false; path.len() + 1];
        here[0] = true;
        for token in &self.0 {
            here = token.step(&here, path);
        }
        here[path.len()]
    }
}

impl Token {
    fn step(&self, here: &[bool], path: &[char]) -> Vec<bool> {
        let mut next = vec![false; here.len()];
        let mut open = false;
        for (index, reached) in here.iter().copied().enumerate() {
            let before = index.checked_sub(1).map(|previous| path[previous]);
            match self {
                Self::Rest => {
                    open |= reached;
                    next[index] = open;
                }
                Self::Segment => {
                    open = reached || (open && before != Some('/'));
                    next[index] = open;
                }
                Self::Directories => {
                    next[index] = reached || (open && before == Some('/'));
                    open |= reached;
                }
                single => {
                    let previous = index > 0 && here[index - 1];
                    next[index] = previous && before.is_some_and(|character| single.takes(character));
                }
            }
        }
        next
    }

    fn takes(&self, character: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == character,
            Self::One => character != '/',
            Self::Class { ranges, negated } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
            Self::Segment | Self::Directories | Self::Rest => false,
        }
    }
}

fn parse_class(characters: &[char], at: &mut usize) -> Option<Token> {
    let negated = characters.get(*at) == Some(&'^');
    *at += usize::from(negated);
    let mut ranges = Vec::new();
    loop {
        if characters.get(*at) == Some(&']') && !ranges.is_empty() {
            *at += 1;
            return Some(Token::Class { ranges, negated });
        }
        let low = parse_class_character(characters, at)?;
        let mut high = low;
        if characters.get(*at) == Some(&'-') {
            *at += 1;
            high = parse_class_character(characters, at)?;
        }
        ranges.push((low, high));
    }
}

fn parse_class_character(characters: &[char], at: &mut usize) -> Option<char> {
    let mut character = *characters.get(*at)?;
    *at += 1;
    match character {
        '-' | ']' => return None,
        '\\' => {
            character = *characters.get(*at)?;
            *at += 1;
        }
        _ => {}
    }
    Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> Option<bool> {
        let path: Vec<char> = path.chars().collect();
        Pattern::parse(pattern).map(|pattern| pattern.matches(&path))
    }

    #[test]
    fn patterns_match_whole_paths() {
        let cases = [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a.c", "abc", false),
            ("a(b)+c|{d}$", "a(b)+c|{d}$", true),
            ("*", "abc", true),
            ("*", "a/b", false),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("a?b", "a☺b", true),
            ("a?b", "a/b", false),
            ("a[b-d]e", "ace", true),
            ("a[b-d]e", "aae", false),
            ("a[^b-d]e", "aze", true),
            ("[a-ζ]*", "α", true),
            ("[\\]a]", "]", true),
            ("[x\\-]", "-", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            (".*", "foo", false),
            ("**", "dir/file", true),
            ("**/**", "dir/file", true),
            ("dir/**", "dir/a/b", true),
            ("dir/**", "dir", false),
            ("**/dir", "dir", true),
            ("**/dir", "a/b/dir", true),
            ("**/dir", "adir", false),
            ("**file", "afile", true),
            ("**/.foo", "bar.foo", false),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**/*.txt", "file.txt", true),
            ("**/**/*.txt2", "dir/file.txt", false),
            ("a**/*.txt", "a/dir/dir/file.txt", true),
            ("a/*.txt**", "a/file.txt", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**/b", "a/xb", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), Some(expected), "{pattern} on {path}");
        }
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for pattern in ["[", "[^", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "a[", "\\"] {
            assert_eq!(matches(pattern, "a"), None, "{pattern}");
        }
    }
}
