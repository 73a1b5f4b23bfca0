//! `landfall check`: everything that is wrong with the bill of materials.

use clap::Args;
use landfall_bom::Problems;
use serde_json::json;

use crate::error::{Error, Exit};
use crate::project::count;
use crate::screen::Form;
use crate::session::{Session, colour};

/// `landfall check`.
#[derive(Debug, Args)]
pub(crate) struct Check {}

impl Check {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let file = session.file()?;
        let (problems, valid) = match file.examine() {
            Ok(bom) => (bom.warnings, true),
            Err(problems) => (problems, false),
        };
        let name = file.name.clone();
        match session.screen.form() {
            Form::Json => {
                let problems = problems.to_json(&file.source());
                session.screen.json(&json!({ "file": name, "valid": valid, "problems": problems }))?;
            }
            Form::Text => show(session, &problems, &file.source())?,
        }
        if valid {
            session.screen.talk(&told(&name, &problems));
            return Ok(Exit::DONE);
        }
        Err(Error::Wrong { name, problems: count(problems.len()) })
    }
}

fn show(session: &Session, problems: &Problems, source: &landfall_bom::Source<'_>) -> Result<(), Error> {
    if !problems.is_empty() {
        session.screen.data(&problems.render(source, colour(session.screen.paint())))?;
    }
    Ok(())
}

fn told(name: &str, problems: &Problems) -> String {
    match problems.len() {
        0 => format!("{name} is right"),
        1 => format!("{name} is right, with 1 warning"),
        warnings => format!("{name} is right, with {warnings} warnings"),
    }
}
