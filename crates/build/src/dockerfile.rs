//! What a Dockerfile needs from outside: the images it is built on and copies from.

mod lines;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use lines::Instruction;
use words::{Variables, split_words};

/// A Dockerfile as far as it decides what has to be there before it is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    arguments: Vec<Argument>,
    stages: Vec<Stage>,
    escape: char,
}

/// `ARG name=default` before the first FROM.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Argument {
    name: String,
    default: Option<String>,
    line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stage {
    name: Option<String>,
    base: Mention,
    copies: Vec<Mention>,
}

/// A word that names a stage or an image, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mention {
    word: String,
    line: usize,
}

/// An image that a Dockerfile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The image.
    pub image: String,
    /// The line of the Dockerfile that names it first, from 1.
    pub line: usize,
}

/// What has to be there before a Dockerfile is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Images, each once, in the order in which the Dockerfile names them.
    pub images: Vec<Reference>,
}

/// Why a Dockerfile can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has no FROM.
    #[error("there is no FROM in it")]
    NoStage,
    /// A FROM has other words than `FROM image` or `FROM image AS name`.
    #[error("line {line}: it should read FROM image, or FROM image AS name")]
    From {
        /// The line.
        line: usize,
    },
    /// A quote or brace is not closed, or a form of substitution is not known.
    #[error(
        "line {line}: `{word}` can't be understood: a quote or brace is not closed, or this form is not known"
    )]
    Word {
        /// The line.
        line: usize,
        /// The word.
        word: String,
    },
    /// A FROM names nothing, because its arguments have no value.
    #[error("line {line}: `FROM {word}` names no image, because {} no value; {}",
        match empty.as_slice() { [one] => format!("{one} has"), several => format!("{} have", several.join(" and ")) },
        if empty.iter().any(|name| name == "BASE") {
            "say in the bill of materials which image it is built on: `from: NAME`"
        } else {
            "give one with `args` in the bill of materials, or a default with ARG"
        }
    )]
    Blank {
        /// The line.
        line: usize,
        /// The word.
        word: String,
        /// The arguments without a value.
        empty: Vec<String>,
    },
    /// It has no stage of that name.
    #[error("it has no stage `{target}`; {}",
        if stages.is_empty() { "none of its stages has a name".to_owned() } else { format!("its stages are {}", stages.join(", ")) }
    )]
    NoTarget {
        /// What was asked for.
        target: String,
        /// The stages' names.
        stages: Vec<String>,
    },
}

/// Reads a Dockerfile.
///
/// Format: <https://docs.docker.com/reference/dockerfile/>.
///
/// # Errors
/// When it has no FROM, or one that is malformed. Everything else is left to the builder.
pub fn parse_dockerfile(text: &str) -> Result<Dockerfile, Error> {
    let (instructions, escape) = lines::split(text);
    let mut dockerfile = Dockerfile { arguments: Vec::new(), stages: Vec::new(), escape };
    for instruction in instructions {
        let words = split_words(&instruction.rest, escape);
        match (instruction.keyword.as_str(), dockerfile.stages.last_mut()) {
            ("ARG", None) => {
                dockerfile.arguments.extend(words.iter().map(|word| parse_argument(word, instruction.line)))
            }
            ("FROM", _) => dockerfile.stages.push(parse_from(&instruction, &words)?),
            ("COPY" | "RUN", Some(stage)) => stage.copies.extend(parse_copies(&instruction, &words)),
            _ => {}
        }
    }
    if dockerfile.stages.is_empty() { Err(Error::NoStage) } else { Ok(dockerfile) }
}

fn parse_argument(word: &str, line: usize) -> Argument {
    match word.split_once('=') {
        Some((name, default)) => Argument { name: name.to_owned(), default: Some(default.to_owned()), line },
        None => Argument { name: word.to_owned(), default: None, line },
    }
}

fn parse_from(instruction: &Instruction, words: &[String]) -> Result<Stage, Error> {
    let words: Vec<&str> =
        words.iter().map(String::as_str).skip_while(|word| word.starts_with("--")).collect();
    let (word, name) = match words.as_slice() {
        [word] => (*word, None),
        [word, and, name] if and.eq_ignore_ascii_case("as") => (*word, Some(name.to_ascii_lowercase())),
        _ => return Err(Error::From { line: instruction.line }),
    };
    let base = Mention { word: word.to_owned(), line: instruction.line };
    Ok(Stage { name, base, copies: Vec::new() })
}

/// `COPY --from=x` and `RUN --mount=type=bind,from=x`.
fn parse_copies(instruction: &Instruction, words: &[String]) -> Vec<Mention> {
    let copies = instruction.keyword == "COPY";
    let flags = words.iter().take_while(|word| word.starts_with("--"));
    let sources = flags.flat_map(|flag| {
        let from = flag.strip_prefix("--from=").filter(|_| copies).into_iter();
        let mount = flag.strip_prefix("--mount=").filter(|_| !copies).into_iter();
        from.chain(
            mount.flat_map(|mount| mount.split(',').filter_map(|field| field.trim().strip_prefix("from="))),
        )
    });
    let unquoted = |word: &str| word.trim_matches(['"', '\'']).to_owned();
    sources.map(|word| Mention { word: unquoted(word), line: instruction.line }).collect()
}

/// The line of the instruction that a builder calls `step`, however it writes the blanks and whatever it adds.
pub fn line_of_step(text: &str, step: &str) -> Option<usize> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let step = plain(step);
    let (instructions, _) = lines::split(text);
    let matching = instructions.into_iter().filter(|instruction| {
        step.contains(&plain(&format!("{} {}", instruction.keyword, instruction.rest)))
    });
    matching.max_by_key(|instruction| instruction.rest.len()).map(|instruction| instruction.line)
}

impl Dockerfile {
    /// What has to be there before the stage `target` (the last if none) is built with these arguments. Stages that
    /// it doesn't lead to don't count, nor does `scratch`.
    ///
    /// # Errors
    /// When there is no such stage, or a FROM that counts names no image.
    pub fn needs(&self, args: &BTreeMap<String, String>, target: Option<&str>) -> Result<Needs, Error> {
        let values = self.values(args)?;
        let variables = Variables { values: &values, escape: self.escape };
        let mut needs = Needs::default();
        let mut open = BTreeSet::from([self.target(target)?]);
        let mut seen = BTreeSet::new();
        let mut images = BTreeMap::new();
        while let Some(index) = open.pop_last() {
            if !seen.insert(index) {
                continue;
            }
            let base = self.base(index, &variables)?;
            let earlier = self.stages[..index].iter().rposition(|stage| stage.is_called(&base));
            match earlier {
                Some(stage) => drop(open.insert(stage)),
                None => self.mention(&mut images, (self.stages[index].base.line, base)),
            }
            for copy in &self.stages[index].copies {
                match self.stage(&copy.word) {
                    Some(stage) => drop(open.insert(stage)),
                    None => self.mention(&mut images, (copy.line, copy.word.clone())),
                }
            }
        }
        needs.images = images.into_iter().map(|(image, line)| Reference { image, line }).collect();
        needs.images.sort_by_key(|reference| reference.line);
        Ok(needs)
    }

    fn mention(&self, images: &mut BTreeMap<String, usize>, (line, image): (usize, String)) {
        // What a builder itself does not fill in, it refuses by itself.
        if image != "scratch" && !image.contains('$') {
            images.entry(image).and_modify(|first| *first = line.min(*first)).or_insert(line);
        }
    }

    /// The arguments before the first FROM with the values that they have there.
    fn values(&self, args: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
        let mut values = BTreeMap::new();
        for Argument { name, default, line } in &self.arguments {
            let value = match (args.get(name), default) {
                (Some(given), _) => Some(given.clone()),
                (None, Some(default)) => {
                    let variables = Variables { values: &values, escape: self.escape };
                    let word = || Error::Word { line: *line, word: default.clone() };
                    Some(variables.expand(default).ok_or_else(word)?.text)
                }
                (None, None) => None,
            };
            values.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(values)
    }

    fn base(&self, index: usize, variables: &Variables<'_>) -> Result<String, Error> {
        let Mention { word, line } = &self.stages[index].base;
        let malformed = || Error::Word { line: *line, word: word.clone() };
        let expanded = variables.expand(word).ok_or_else(malformed)?;
        if expanded.text.is_empty() {
            let empty = expanded.used.into_iter().collect();
            return Err(Error::Blank { line: *line, word: word.clone(), empty });
        }
        Ok(expanded.text)
    }

    fn target(&self, target: Option<&str>) -> Result<usize, Error> {
        let last = self.stages.len() - 1;
        let Some(target) = target else { return Ok(last) };
        self.stage(target).ok_or_else(|| Error::NoTarget {
            target: target.to_owned(),
            stages: self.stages.iter().filter_map(|stage| stage.name.clone()).collect(),
        })
    }

    /// A stage by its name or its number from 0.
    fn stage(&self, word: &str) -> Option<usize> {
        let named = self.stages.iter().rposition(|stage| stage.is_called(word));
        named.or_else(|| word.parse().ok().filter(|index| *index < self.stages.len()))
    }
}

impl Stage {
    fn is_called(&self, word: &str) -> bool {
        self.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests;
