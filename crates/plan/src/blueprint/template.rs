//! Customising on init: files rendered from templates, with secrets left sealed.
//!
//! A secret's value isn't known here, so it stands in the rendered text as a mark of private-use characters, and the
//! text is taken apart at the marks afterwards. A filter that changes a secret would break its mark, which is an error.

use std::collections::BTreeMap;

use landfall_model::landscape::Container;
use landfall_model::name::Name;
use landfall_model::sealed::{Sealed, SealedPart};
use landfall_model::text::{Endpoint, EnvironmentField};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::wiring::Context;

const OPEN: char = '\u{F8F0}';
const CLOSE: char = '\u{F8F1}';
/// Steps that a template may take: enough for any configuration, and an end for a loop without one.
const FUEL: u64 = 1_000_000;

/// Renders the template at `path` as the given container sees it.
pub(super) fn render(
    context: &Context,
    path: &str,
    container: &Container,
    variables: &BTreeMap<String, Sealed>,
) -> Result<Sealed, String> {
    let source =
        context.input.release.files.get(path).ok_or_else(|| format!("the template {path} is not there"))?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    // Files are what their author wrote, whatever their name ends in: nothing is escaped for HTML or JSON.
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    let rendered = environment.render_named_str(path, source, values(context, container, variables)?);
    parse_marks(&rendered.map_err(|error| describe(&error, path))?)
        .map_err(|message| format!("{path}: {message}"))
}

/// What a template can name: the environment, the landscape, variables, secrets, and what is depended on.
fn values(
    context: &Context,
    container: &Container,
    variables: &BTreeMap<String, Sealed>,
) -> Result<Value, String> {
    let secrets: BTreeMap<_, _> = context
        .input
        .release
        .secrets
        .iter()
        .map(|(name, version)| (name.as_str(), mark(name, *version)))
        .collect();
    let env: BTreeMap<_, _> = variables.iter().map(|(name, value)| (name.as_str(), marked(value))).collect();
    let services = container.depends_on.iter().filter_map(|dependency| {
        let service = context.landscape.services.get(&dependency.service)?;
        let ports: Vec<_> = service.ports.iter().map(|port| port.port).collect();
        let url = context.service_endpoint(&dependency.service, &Endpoint::Url(None), container).ok();
        let value = context! { host => dependency.host().as_str(), port => ports.first(), ports, url };
        Some((dependency.service.as_str(), value))
    });
    let externals = context.landscape.externals.iter().map(|(name, external)| {
        let url = context.external_endpoint(name, &Endpoint::Url(None)).ok();
        (name.as_str(), context! { host => external.host.as_str(), port => external.port, url })
    });
    Ok(context! {
        landscape => context! { name => context.landscape.landscape.as_str() },
        environment => context! {
            name => context.environment(EnvironmentField::Name),
            domain => context.environment(EnvironmentField::Domain),
            purpose => context.environment(EnvironmentField::Purpose),
        },
        services => services.collect::<BTreeMap<_, _>>(),
        externals => externals.collect::<BTreeMap<_, _>>(),
        secrets,
        env,
    })
}

fn mark(secret: &Name, version: u32) -> String {
    format!("{OPEN}{version}:{secret}{CLOSE}")
}

fn marked(value: &Sealed) -> String {
    let part = |part: &SealedPart| match part {
        SealedPart::Plain(text) => text.clone(),
        SealedPart::Secret { secret, version } => mark(secret, *version),
    };
    value.parts().iter().map(part).collect()
}

fn parse_marks(text: &str) -> Result<Sealed, String> {
    let broken = || "a secret can't be changed by a filter, only put in its place".to_owned();
    let mut pieces = text.split(OPEN);
    let mut parts = vec![SealedPart::Plain(pieces.next().unwrap_or_default().to_owned())];
    for piece in pieces {
        let (mark, plain) = piece.split_once(CLOSE).ok_or_else(broken)?;
        let (version, secret) = mark.split_once(':').ok_or_else(broken)?;
        let version = version.parse().map_err(|_| broken())?;
        parts.push(SealedPart::Secret { secret: Name::new(secret).map_err(|_| broken())?, version });
        parts.push(SealedPart::Plain(plain.to_owned()));
    }
    parts.retain(|part| !matches!(part, SealedPart::Plain(text) if text.is_empty()));
    Ok(Sealed::new(parts))
}

fn describe(error: &minijinja::Error, path: &str) -> String {
    let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("the template {path}{line} doesn't render: {}{detail}", error.kind())
}
