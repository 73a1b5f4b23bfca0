//! `landfall release`: lists, shows and compares releases.

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use landfall_model::release::ReleaseNumber;

use crate::error::{Error, Exit};
use crate::screen::Form;
use crate::session::Session;
use crate::views::difference::{Difference, render_difference};
use crate::views::release::{render_release, render_releases};

/// `landfall release`.
#[derive(Debug, Args)]
pub(crate) struct Release {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists the landscape's releases: when, by whom, from which commit
    List,
    /// Shows what a release consists of
    Show {
        /// The release: `r3` or `3`
        #[arg(value_name = "NUMBER", value_parser = parse_number)]
        number: ReleaseNumber,
    },
    /// Shows what differs between two releases, setting by setting
    Diff {
        /// The one: `r3` or `3`
        #[arg(value_name = "A", value_parser = parse_number)]
        from: ReleaseNumber,
        /// The other: `r4` or `4`
        #[arg(value_name = "B", value_parser = parse_number)]
        to: ReleaseNumber,
    },
}

impl Release {
    pub(crate) async fn run(self, session: &Session) -> Result<Exit, Error> {
        let landscape = session.landscape()?;
        let reader = session.reader().await?;
        let (screen, form) = (&session.screen, session.screen.form());
        match self.what {
            What::List => {
                let records = reader.releases(&landscape).await?;
                match form {
                    Form::Json => screen.json(&records)?,
                    Form::Text if records.is_empty() => {
                        screen.talk(&format!("{landscape} has no releases yet"))
                    }
                    Form::Text => screen.data(&render_releases(&records, &TimeZone::system()))?,
                }
            }
            What::Show { number } => {
                let view = reader.release(&landscape, number).await?;
                match form {
                    Form::Json => screen.json(&view)?,
                    Form::Text => screen.data(&render_release(&view, &TimeZone::system(), screen.paint()))?,
                }
            }
            What::Diff { from, to } => {
                let (old, new) =
                    (reader.release(&landscape, from).await?, reader.release(&landscape, to).await?);
                let difference = Difference::of((from, &old.release), (to, &new.release));
                match form {
                    Form::Json => screen.json(&difference)?,
                    Form::Text => screen.data(&render_difference(&difference, screen.paint()))?,
                }
            }
        }
        Ok(Exit::DONE)
    }
}

/// Takes `r3` or `3` as a release's number.
///
/// # Errors
/// When it is none.
pub(crate) fn parse_number(text: &str) -> Result<ReleaseNumber, String> {
    let digits = text.strip_prefix('r').unwrap_or(text);
    let number = digits.parse().ok().filter(|number| *number > 0);
    number.map(ReleaseNumber).ok_or_else(|| "a release's number is like `r3` or `3`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_releases() {
        assert_eq!(parse_number("r12"), Ok(ReleaseNumber(12)));
        assert_eq!(parse_number("3"), Ok(ReleaseNumber(3)));
        assert!(["", "r", "0", "-1", "latest"].iter().all(|text| parse_number(text).is_err()));
    }
}
