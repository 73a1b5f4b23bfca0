//! Times and amounts in the words in which people read them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A short period: `0.3 s`, `61 s`, `12m 5s`.
pub(crate) fn seconds(period: Duration) -> String {
    match period.as_secs() {
        0..10 => format!("{:.1} s", period.as_secs_f64()),
        10..120 => format!("{} s", period.as_secs()),
        seconds => format!("{}m {}s", seconds / 60, seconds % 60),
    }
}

/// The time from `then` to `now`, both in seconds since 1970, in its largest unit: `5s`, `3m`, `2h`, `9d`.
pub(crate) fn age(then: i64, now: i64) -> String {
    match now.saturating_sub(then).max(0) {
        seconds @ 0..120 => format!("{seconds}s"),
        seconds @ 120..7_200 => format!("{}m", seconds / 60),
        seconds @ 7_200..172_800 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// A number of bytes in powers of 1,024: `812B`, `3.3M`, `1.2G`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("T", 1 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)];
    match UNITS.iter().find(|(_, size)| count >= *size) {
        None => format!("{count}B"),
        Some((unit, size)) => {
            let tenths = count.saturating_mul(10) / size;
            if tenths < 100 {
                format!("{}.{}{unit}", tenths / 10, tenths % 10)
            } else {
                format!("{}{unit}", tenths / 10)
            }
        }
    }
}

/// A moment, in seconds since 1970, as a clock and a calendar show it.
pub(crate) fn moment(seconds: i64, zone: &TimeZone) -> String {
    let Ok(moment) = Timestamp::from_second(seconds) else { return seconds.to_string() };
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment, in milliseconds since 1970, as a clock shows it.
pub(crate) fn clock(millis: i64, zone: &TimeZone) -> String {
    let Ok(moment) = Timestamp::from_millisecond(millis) else { return millis.to_string() };
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// Now, in seconds since 1970.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_amounts() {
        let shown = [90, 1_234, 61_999, 725_000].map(|millis| seconds(Duration::from_millis(millis)));
        assert_eq!(shown, ["0.1 s", "1.2 s", "61 s", "12m 5s"]);
        assert_eq!([0, 119, 120, 7_200, 172_800].map(|then| age(-then, 0)), ["0s", "119s", "2m", "2h", "2d"]);
        assert_eq!(age(5, 0), "0s");
        assert_eq!([812, 3_500_000, 64 << 20, 1 << 40].map(bytes), ["812B", "3.3M", "64M", "1.0T"]);
    }

    #[test]
    fn moments() {
        assert_eq!(moment(1_795_460_820, &TimeZone::UTC), "2026-11-23 19:07:00");
        assert_eq!(clock(1_795_460_820_042, &TimeZone::UTC), "2026-11-23 19:07:00.042");
    }
}
