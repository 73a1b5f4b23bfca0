//! What happened to environments.

use jiff::tz::TimeZone;
use landfall_api::EventView;

use super::words::clock;
use crate::screen::paint::Paint;

/// An event in one line.
pub(crate) fn render_event(event: &EventView, zone: &TimeZone, paint: Paint) -> String {
    let time = paint.dim(&clock(event.time, zone));
    let environment = event.environment.to_string();
    format!("{time}  {environment:<20} {:<10} {}\n", event.kind, event.message)
}

#[cfg(test)]
mod tests {
    use landfall_model::name::{EnvironmentId, Name};

    use super::*;

    #[test]
    fn an_event_is_a_line() {
        let name = |text| Name::new(text).unwrap();
        let event = EventView {
            id: 7,
            time: 1_795_460_820_042,
            environment: EnvironmentId::new(name("lidar"), name("dev")),
            kind: "repair".to_owned(),
            message: "api: 1 of 2 instances was gone".to_owned(),
        };
        assert_eq!(
            render_event(&event, &TimeZone::UTC, Paint::Plain),
            "2026-11-23 19:07:00.042  lidar/dev            repair     api: 1 of 2 instances was gone\n"
        );
    }
}
