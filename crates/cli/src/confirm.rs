//! Asks before something is lost.

use std::io::{self, BufRead, IsTerminal};

use landfall_model::name::{EnvironmentId, Name};

use crate::error::Error;
use crate::screen::Screen;

/// What has to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Nothing.
    None,
    /// That data is lost: that of these volumes.
    Loss(Vec<String>),
    /// That a protected environment goes, with the data of these volumes.
    Protected(Vec<String>),
}

/// What was confirmed on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Nothing.
    Nothing,
    /// Everything that needs no name.
    Yes,
    /// This name.
    Name(Name),
}

/// Makes sure that somebody wants this.
///
/// # Errors
/// When nobody does, or nobody can be asked.
pub(crate) fn confirm(
    screen: &Screen,
    environment: &EnvironmentId,
    question: &Question,
    given: &Given,
) -> Result<(), Error> {
    if is_settled(environment, question, given)? {
        return Ok(());
    }
    let text = render_question(environment, question);
    if !io::stdin().is_terminal() {
        let typed = match question {
            Question::Protected(_) => format!("--yes {}", environment.environment),
            _ => "--yes".to_owned(),
        };
        return Err(Error::Unconfirmed(format!(
            "{text}\nnothing was done, because nobody can be asked here; type `landfall down -e {environment} {typed}`"
        )));
    }
    match question {
        Question::Protected(_) => {
            screen.ask(&format!("{text}\nType the environment's name to take it down: "));
            if read_line()? == environment.environment.as_str() { Ok(()) } else { Err(Error::WrongName) }
        }
        _ => {
            screen.ask(&format!("{text}\nTake it down? [y/N] "));
            let yes = matches!(read_line()?.to_ascii_lowercase().as_str(), "y" | "yes");
            if yes { Ok(()) } else { Err(Error::Declined) }
        }
    }
}

/// Whether nothing is left to be asked.
fn is_settled(environment: &EnvironmentId, question: &Question, given: &Given) -> Result<bool, Error> {
    match (question, given) {
        (_, Given::Name(name)) if *name != environment.environment => Err(Error::WrongName),
        (Question::None, _) | (Question::Loss(_), Given::Yes) | (_, Given::Name(_)) => Ok(true),
        (Question::Loss(_), Given::Nothing) | (Question::Protected(_), _) => Ok(false),
    }
}

fn render_question(environment: &EnvironmentId, question: &Question) -> String {
    let loss = |volumes: &[String]| match volumes {
        [] => String::new(),
        [volume] => format!("the data in the volume {volume} will be lost"),
        several => format!("the data in the volumes {} will be lost", several.join(", ")),
    };
    match question {
        Question::None => String::new(),
        Question::Loss(volumes) => format!("{environment}: {}.", loss(volumes)),
        Question::Protected(volumes) if volumes.is_empty() => {
            format!("{environment} is protected by its purpose.")
        }
        Question::Protected(volumes) => {
            format!("{environment} is protected by its purpose, and {}.", loss(volumes))
        }
    }
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    #[test]
    fn what_was_given_settles_what_it_names() {
        let environment = EnvironmentId::new(name("shop"), name("prod"));
        let loss = Question::Loss(vec!["data".to_owned()]);
        let protected = Question::Protected(Vec::new());
        let settled = |question: &Question, given: Given| is_settled(&environment, question, &given).ok();
        assert_eq!(settled(&Question::None, Given::Nothing), Some(true));
        assert_eq!(settled(&loss, Given::Nothing), Some(false));
        assert_eq!(settled(&loss, Given::Yes), Some(true));
        assert_eq!(settled(&protected, Given::Yes), Some(false));
        assert_eq!(settled(&protected, Given::Name(name("prod"))), Some(true));
        assert_eq!(settled(&loss, Given::Name(name("dev"))), None);
        assert_eq!(settled(&Question::None, Given::Name(name("dev"))), None);
    }

    #[test]
    fn what_is_lost_is_named() {
        let environment = EnvironmentId::new(name("shop"), name("prod"));
        let volumes = vec!["data".to_owned(), "cache".to_owned()];
        assert_eq!(
            render_question(&environment, &Question::Protected(volumes.clone())),
            "shop/prod is protected by its purpose, and the data in the volumes data, cache will be lost."
        );
        assert_eq!(
            render_question(&environment, &Question::Loss(volumes[..1].to_vec())),
            "shop/prod: the data in the volume data will be lost."
        );
    }
}
