//! What the user's file means: text in, [`Landscape`] and diagnostics out.
//!
//! This crate is pure and the only one that names the parsers of YAML and JSON, the schema's generator and the
//! renderer of diagnostics. A file goes through four steps: a [`Format`] reads the text into a tree in which every
//! value knows its place; the reader holds the tree against [`schema()`] and makes the canonical value;
//! serde makes the [`Landscape`] of that; and the [`RULES`] look at what no schema can say.

mod compose_words;
mod excerpt;
mod findings;
mod format;
mod json;
mod kinds;
mod nearest;
mod node;
mod places;
mod problem;
mod reader;
mod render;
mod rules;
mod schema;
mod supported;
mod yaml;

use landfall_model::Landscape;
use landfall_model::landscape::BOM_VERSION;

pub use findings::{Finding, Findings};
pub use format::{FORMATS, Format};
pub use places::Places;
pub use problem::{Problem, Problems, Related, Severity};
pub use render::Colour;
pub use rules::{RULES, Rule};
pub use schema::schema;
pub use supported::check_supported;

/// The largest file that is read, in bytes: 1 MiB. A landscape of 5,000 services fits.
pub const MAX_BYTES: usize = 1 << 20;

/// A file's name and text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name as messages show it; its ending says which [`Format`] it has.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

/// A bill of materials that was read: what it says, and where it says it.
#[derive(Clone, Debug)]
pub struct Bom {
    /// What the file describes.
    pub landscape: Landscape,
    /// Where in the file each part stands.
    pub places: Places,
    /// What is not wrong but hardly meant.
    pub warnings: Problems,
}

/// Reads a bill of materials.
///
/// # Errors
/// With every problem of the file, in the order of their places. A problem of syntax comes alone, because nothing
/// behind it can be read.
pub fn parse(source: &Source<'_>) -> Result<Bom, Problems> {
    let finish = |problems: Problems| problems.finish(source.text);
    if source.text.len() > MAX_BYTES {
        return Err(finish(Problems::from(too_large(source.text.len()))));
    }
    let tree =
        (Format::of(source.name).read)(source.text).map_err(|problem| finish(Problems::from(*problem)))?;
    if let Some(problem) = check_version(&tree.root) {
        return Err(finish(Problems::from(problem)));
    }
    let mut reading = reader::read(&tree.root, source.text);
    reading.problems.extend(tree.problems);
    let mut problems = reading.problems;
    match serde_json::from_value::<Landscape>(reading.value) {
        Ok(landscape) => {
            let mut findings = Findings::new(&problems);
            RULES.iter().for_each(|rule| (rule.check)(&landscape, &mut findings));
            problems.extend(findings.locate(&reading.places, source.text));
            let problems = finish(problems);
            if problems.has_errors() {
                // What is mistyped elsewhere looks unused.
                return Err(problems.without("unused"));
            }
            Ok(Bom { landscape, places: reading.places, warnings: problems })
        }
        Err(error) => {
            // The schema and the types come from one source, so this is a mistake of ours if nothing else is wrong.
            if !problems.has_errors() {
                problems.push(Problem::new("unreadable", "", None, format!("this can't be read: {error}")));
            }
            Err(finish(problems))
        }
    }
}

fn too_large(bytes: usize) -> Problem {
    let message = format!("the file has {bytes} bytes, more than the {MAX_BYTES} that are read");
    Problem::new("too-large", "", None, message)
        .help("put long contents into files of their own and name those here")
}

/// Says plainly that a file is for a newer Landfall, before the rest of it is judged by rules that it doesn't know.
fn check_version(root: &node::Node) -> Option<Problem> {
    let entry = root.entries()?.iter().find(|entry| entry.key == "landfall")?;
    let version = entry.value.number()?.as_u64().filter(|version| *version > u64::from(BOM_VERSION))?;
    let message = format!("this file is in format {version}, this Landfall reads format {BOM_VERSION}");
    let problem = Problem::new("newer-format", "landfall", Some(entry.value.span.clone()), message);
    Some(problem.help("install a newer Landfall"))
}
