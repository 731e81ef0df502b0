//! Time spans and points in time, as they are typed.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::ui;

/// How long ago a moment is, in words.
pub(super) fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs();
    ui::age(u64::try_from(seconds).unwrap_or(0))
}

/// A time span: `90` (seconds), `90s`, `1m30s`, `1.5h`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let refused = || format!("`{text}` is no time span: say for example `90s` or `1m30s`");
    let span: SignedDuration = text.parse().map_err(|_| refused())?;
    Duration::try_from(span).map_err(|_| refused())
}

/// A point in time: so long ago (`10m`), a date and time (`2026-11-23T09:30`, here or with a zone), or seconds since
/// 1970.
pub(super) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    moment(text, Timestamp::now(), &TimeZone::system())
}

fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let refused =
        || format!("`{text}` is no point in time: say for example `10m` or `2026-11-23T09:30:00`");
    // Docker's `--since 1732354200`; a span without a unit would be seconds, but no one waits 50 years.
    if let Some((seconds, nanoseconds)) = unix(text) {
        return Timestamp::new(seconds, nanoseconds).map_err(|_| refused());
    }
    if let Ok(span) = text.parse::<SignedDuration>() {
        return now.checked_sub(span).map_err(|_| refused());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let local: DateTime = text.parse().map_err(|_| refused())?;
    zone.to_timestamp(local).map_err(|_| refused())
}

fn unix(text: &str) -> Option<(i64, i32)> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
    Some((seconds.parse().ok()?, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units_or_are_seconds() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("1m30s", 90),
            ("1.5h", 5400),
            ("0", 0),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_secs(seconds)),
                "{text}"
            );
        }
        for text in ["", "soon", "-5s", "5 parsecs"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_ages_dates_or_unix_seconds() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a time");
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        for (text, at) in [
            ("10m", "2026-11-23T11:50:00Z"),
            ("1h30m", "2026-11-23T10:30:00Z"),
            ("2026-11-23T09:30:00Z", "2026-11-23T09:30:00Z"),
            ("2026-11-23T09:30:00+02:00", "2026-11-23T07:30:00Z"),
            ("2026-11-23T09:30", "2026-11-23T08:30:00Z"),
            ("2026-11-23", "2026-11-22T23:00:00Z"),
            ("1700000000", "2023-11-14T22:13:20Z"),
            ("1700000000.5", "2023-11-14T22:13:20.5Z"),
        ] {
            let at: Timestamp = at.parse().expect("a time");
            assert_eq!(moment(text, now, &zone), Ok(at), "{text}");
        }
        for text in ["", "yesterday-ish", "2026-13-01", "99999999999999999999"] {
            assert!(moment(text, now, &zone).is_err(), "{text}");
        }
    }
}
