//! Points in time, in seconds since the beginning of 1970.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Unit};

/// The date and time of day of so many seconds, if there is such a year.
pub(crate) fn civil(seconds: f64) -> Option<DateTime> {
    let duration = SignedDuration::try_from_secs_f64(seconds).ok()?;
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(duration).ok()
}

/// The seconds of a date and time of day.
pub(crate) fn seconds(civil: DateTime) -> f64 {
    let since = civil.since((Unit::Second, DateTime::constant(1970, 1, 1, 0, 0, 0, 0)));
    // Seconds and below only, which cannot fail: no year of theirs is far enough away.
    since.and_then(|span| span.total(Unit::Second)).unwrap_or(f64::NAN)
}

/// The seconds of a text in a format of strptime, if it is so written.
pub(crate) fn parsed(format: &str, text: &str) -> Option<f64> {
    DateTime::strptime(format, text).ok().map(seconds)
}

/// As ISO 8601 has it: `2024-02-29`, or `2024-02-29T13:45:00` where the time of day is not midnight.
pub(crate) fn shown(seconds: f64) -> String {
    match civil(seconds) {
        Some(civil) if civil.time() == jiff::civil::Time::midnight() => civil.date().to_string(),
        Some(civil) => civil.to_string(),
        None => seconds.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_counted_from_1970() {
        assert_eq!(shown(0.0), "1970-01-01");
        assert_eq!(shown(-86_400.0), "1969-12-31");
        assert_eq!(shown(951_782_400.0 + 45_296.5), "2000-02-29T12:34:56.5");
        assert_eq!(shown(1e30), "1000000000000000000000000000000");
        for seconds_since in [0.0, -1.0, 951_827_696.0, 4_102_444_800.25] {
            assert_eq!(seconds(civil(seconds_since).unwrap()), seconds_since);
        }
    }
}
