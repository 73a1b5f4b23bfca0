//! Every text of a landscape that may have references, with its path and what it may refer to.

use landfall_model::landscape::{Command, Dependency, Environment};
use landfall_model::text::Text;
use landfall_model::{Landscape, Name};

use super::super::{components, overrides};

/// A text, where it is written and where it is used.
pub(in crate::rules) struct Written<'a> {
    pub(in crate::rules) path: String,
    pub(in crate::rules) text: &'a Text,
    pub(in crate::rules) place: Place<'a>,
}

/// Where a text is used.
#[derive(Clone)]
pub(in crate::rules) enum Place<'a> {
    /// In a container, which finds what it depends on.
    Container { owner: &'a Name, owner_path: String, depends_on: &'a [Dependency] },
    /// In an image.
    Image,
    /// In a route.
    Route,
    /// By Landfall itself, which finds everything.
    Landfall,
}

/// Every text of the landscape.
pub(in crate::rules) fn of(landscape: &Landscape) -> Vec<Written<'_>> {
    let mut texts = Vec::new();
    for (name, image) in &landscape.images {
        variables(&mut texts, &format!("images.{name}.args"), &image.args, &Place::Image);
    }
    for component in components(landscape) {
        let (path, container) = (&component.path, component.container);
        let place = inside(component.name, path.clone(), &container.depends_on);
        variables(&mut texts, &format!("{path}.environment"), &container.environment, &place);
        command(&mut texts, format!("{path}.command"), container.command.as_ref(), &place);
        command(&mut texts, format!("{path}.entrypoint"), container.entrypoint.as_ref(), &place);
    }
    for (name, service) in &landscape.services {
        let path = format!("services.{name}");
        let place = inside(name, path.clone(), &service.container.depends_on);
        let check = service.healthcheck.as_ref().and_then(|check| check.command.as_ref());
        command(&mut texts, format!("{path}.healthcheck.command"), check, &place);
        let host = service.route.iter().map(|route| Written {
            path: format!("{path}.route.host"),
            text: &route.host,
            place: Place::Route,
        });
        texts.extend(host);
        queue(&mut texts, &path, &service.scale);
    }
    for (path, name, service, differs) in overrides(landscape) {
        let place = inside(name, format!("services.{name}"), &service.container.depends_on);
        variables(&mut texts, &format!("{path}.environment"), &differs.environment, &place);
        command(&mut texts, format!("{path}.command"), differs.command.as_ref(), &place);
        let check = differs.healthcheck.as_ref().and_then(|check| check.command.as_ref());
        command(&mut texts, format!("{path}.healthcheck.command"), check, &place);
        differs.scale.iter().for_each(|scale| queue(&mut texts, &path, scale));
    }
    texts
}

fn inside<'a>(owner: &'a Name, owner_path: String, depends_on: &'a [Dependency]) -> Place<'a> {
    Place::Container { owner, owner_path, depends_on }
}

fn variables<'a>(texts: &mut Vec<Written<'a>>, path: &str, variables: &'a Environment, place: &Place<'a>) {
    texts.extend(variables.iter().map(|(name, text)| Written {
        path: format!("{path}.{name}"),
        text,
        place: place.clone(),
    }));
}

fn command<'a>(texts: &mut Vec<Written<'a>>, path: String, command: Option<&'a Command>, place: &Place<'a>) {
    match command {
        None => {}
        Some(Command::Shell(text)) => texts.push(Written { path, text, place: place.clone() }),
        Some(Command::Words(words)) => texts.extend(words.iter().enumerate().map(|(index, text)| Written {
            path: format!("{path}.{index}"),
            text,
            place: place.clone(),
        })),
    }
}

fn queue<'a>(texts: &mut Vec<Written<'a>>, path: &str, scale: &'a landfall_model::landscape::Scale) {
    let queue = scale.target.as_ref().and_then(|target| target.queue.as_ref());
    let path = format!("{path}.scale.target.queue");
    texts.extend(queue.map(|text| Written { path, text, place: Place::Landfall }));
}
