//! `landfall graph`: the landscape as a graph, in several forms.

use clap::Args;
use clap::builder::PossibleValuesParser;
use landfall_plan::graph::{ALL, View, graph};

use crate::error::{Error, Exit};
use crate::screen::Form;
use crate::session::Session;

/// `landfall graph`.
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// The form; text if left out, and JSON with --json
    #[arg(long, value_name = "FORM", value_parser = forms())]
    format: Option<String>,
}

impl Graph {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let usual = if session.screen.form() == Form::Json { "json" } else { "text" };
        let name = self.format.as_deref().unwrap_or(usual);
        let view = find(name).expect("the argument's parser takes the views' names only");
        let project = session.project()?;
        let mut text = (view.render)(&graph(&project.landscape));
        if !text.ends_with('\n') {
            text.push('\n');
        }
        session.screen.data(&text)?;
        Ok(Exit::DONE)
    }
}

fn find(name: &str) -> Option<&'static View> {
    ALL.iter().find(|view| view.name == name)
}

fn forms() -> PossibleValuesParser {
    ALL.iter()
        .map(|view| clap::builder::PossibleValue::new(view.name).help(view.about))
        .collect::<Vec<_>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_exist() {
        assert!(find("text").is_some() && find("json").is_some());
    }
}
