//! Where what the parts of this program note goes: to the standard error, if anybody asked for it.

use tracing_subscriber::EnvFilter;

use crate::commands::Part;

/// The variable that says what is noted: `debug`, or `landfall_server=debug,warn`.
pub(crate) const VARIABLE: &str = "LANDFALL_LOG";

/// Notes what the variable says; else what servers note usually, or nothing.
pub(crate) fn ensure(part: Part) {
    let asked = std::env::var(VARIABLE).ok().filter(|filter| !filter.is_empty());
    let Some(filter) = asked.or_else(|| usual(part)) else {
        return;
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    // There is one already only if this is called twice, which is harmless.
    drop(subscriber.try_init());
}

fn usual(part: Part) -> Option<String> {
    match part {
        Part::Client => None,
        Part::Server => Some("info,hickory_server=warn".to_owned()),
    }
}
