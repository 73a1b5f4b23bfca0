//! Changes documents at random, always in the same way from the same seed.

/// A source of numbers that look random (SplitMix64, Steele and others 2014).
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Numbers that follow from `seed`.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, or 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }
}

const PIECES: [&str; 40] = [
    "{{",
    "}}",
    "{{ services.db.host }}",
    "{{ secrets.x }}",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "!x ",
    "? ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "\\u00",
    "\\",
    "#",
    "\t",
    "\r\n",
    "\n  ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "\u{0}",
    "\u{feff}",
    "ü",
    "\u{1f980}",
    "\u{2028}",
    "~",
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "0.0000001",
];

/// A document made of `documents` by a few changes.
pub(crate) fn mutate(numbers: &mut Numbers, documents: &[&str]) -> String {
    let mut text = documents[numbers.below(documents.len())].to_owned();
    for _ in 0..=numbers.below(6) {
        text = change(numbers, &text, documents);
    }
    text
}

fn change(numbers: &mut Numbers, text: &str, documents: &[&str]) -> String {
    let (from, to) = (place(numbers, text), place(numbers, text));
    let (from, to) = (from.min(to), from.max(to));
    let (before, part, after) = (&text[..from], &text[from..to], &text[to..]);
    match numbers.below(8) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{part}{part}{after}"),
        2 => format!("{before}{}{part}{after}", PIECES[numbers.below(PIECES.len())]),
        3 => {
            let other = documents[numbers.below(documents.len())];
            let (from, to) = (place(numbers, other), place(numbers, other));
            format!("{before}{}{part}{after}", &other[from.min(to)..from.max(to)])
        }
        4 => lines(numbers, text, |lines, at, other| lines.swap(at, other)),
        5 => lines(numbers, text, |lines, at, _| {
            lines.remove(at);
        }),
        6 => lines(numbers, text, |lines, at, other| lines.insert(other, lines[at])),
        _ => format!("{before}{}{after}", PIECES[numbers.below(PIECES.len())]),
    }
}

fn place(numbers: &mut Numbers, text: &str) -> usize {
    text.floor_char_boundary(numbers.below(text.len() + 1))
}

fn lines(numbers: &mut Numbers, text: &str, change: impl FnOnce(&mut Vec<&str>, usize, usize)) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    if !lines.is_empty() {
        let (at, other) = (numbers.below(lines.len()), numbers.below(lines.len()));
        change(&mut lines, at, other);
    }
    lines.join("\n")
}
