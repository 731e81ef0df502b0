//! The engine's times: instants as text, durations as nanoseconds.

use std::time::Duration;

use jiff::Timestamp;

/// An instant; the engine writes the year 1 for "never".
pub(super) fn instant(text: Option<&str>) -> Option<Timestamp> {
    let instant: Timestamp = text?.parse().ok()?;
    (instant > Timestamp::UNIX_EPOCH).then_some(instant)
}

/// An instant as a parameter: seconds with nine decimals.
pub(super) fn parameter(instant: Timestamp) -> String {
    let nanoseconds = instant.as_nanosecond();
    format!(
        "{}.{:09}",
        nanoseconds.div_euclid(1_000_000_000),
        nanoseconds.rem_euclid(1_000_000_000)
    )
}

/// A duration in nanoseconds, as much as fits.
pub(super) fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// A duration from nanoseconds; zero means "not set".
pub(super) fn duration(nanoseconds: Option<i64>) -> Option<Duration> {
    let nanoseconds = u64::try_from(nanoseconds?).ok()?;
    (nanoseconds > 0).then(|| Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_never_as_nothing() {
        assert_eq!(instant(Some("0001-01-01T00:00:00Z")), None);
        assert_eq!(instant(Some("")), None);
        assert!(instant(Some("2024-05-06T07:08:09.123456789Z")).is_some());
        assert!(instant(Some("2024-05-06T07:08:09.5+02:00")).is_some());
    }

    #[test]
    fn writes_instants_with_nanoseconds() {
        let instant: Timestamp = "2024-05-06T07:08:09.000000012Z".parse().expect("valid");
        assert_eq!(parameter(instant), "1714979289.000000012");
        let before: Timestamp = "1969-12-31T23:59:59.5Z".parse().expect("valid");
        assert_eq!(parameter(before), "-1.500000000");
    }

    #[test]
    fn reads_zero_as_not_set() {
        assert_eq!(duration(Some(0)), None);
        assert_eq!(
            duration(Some(1_500_000_000)),
            Some(Duration::from_millis(1500))
        );
    }
}
