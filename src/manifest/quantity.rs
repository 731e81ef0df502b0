//! Durations and sizes, read and written as Compose does.

use std::time::Duration;

/// Reads a duration such as `1h5m30s20ms` or `1.5s`. Negative ones and plain numbers other than 0 are none.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanos = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3_600e9,
            "d" => 86_400e9,
            "w" => 604_800e9,
            _ => return None,
        };
        rest = &rest[letters..];
        nanos += number * unit;
    }
    // Go's durations end at 2^63 nanoseconds, about 292 years.
    if !(0.0..9.2e18).contains(&nanos) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked"
    )]
    let nanos = nanos.round() as u64;
    Some(Duration::from_nanos(nanos))
}

/// Writes a duration as Go does: `1m30s`, `1h0m0s`, `500ms`.
pub fn duration_text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let fraction = |value: u128, unit: u128, name: &str| {
        let digits = unit.ilog10() as usize;
        let part = value % unit;
        if part == 0 {
            format!("{}{name}", value / unit)
        } else {
            let part = format!("{part:0digits$}");
            format!("{}.{}{name}", value / unit, part.trim_end_matches('0'))
        }
    };
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => fraction(nanos, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(nanos, 1_000_000, "ms"),
        _ => {
            let minutes = nanos / 60_000_000_000;
            let seconds = fraction(nanos % 60_000_000_000, 1_000_000_000, "s");
            match minutes {
                0 => seconds,
                1..60 => format!("{minutes}m{seconds}"),
                _ => format!("{}h{}m{seconds}", minutes / 60, minutes % 60),
            }
        }
    }
}

/// Reads a number of bytes: `512m`, `1.5g`, `64kb`, `1GiB`, `1024`; each step is 1024, as the engine counts.
pub fn size(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    let bytes = number * 1024_f64.powi(unit);
    if !(0.0..9.2e18).contains(&bytes) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let bytes = bytes as i64;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_durations() {
        for (text, millis) in [
            ("1h5m30s20ms", 3_930_020),
            ("1.5s", 1_500),
            ("90s", 90_000),
            ("0", 0),
            ("2d", 172_800_000),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for bad in ["", "10", "-1s", "1x", "s", "1..s", "1s5", "999999999999h"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn writes_durations_as_go_does() {
        for (millis, text) in [
            (0, "0s"),
            (500, "500ms"),
            (1_500, "1.5s"),
            (90_000, "1m30s"),
            (3_600_000, "1h0m0s"),
        ] {
            assert_eq!(duration_text(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn sizes_count_in_1024() {
        for (text, bytes) in [
            ("512m", 536_870_912),
            ("1.5g", 1_610_612_736),
            ("64KB", 65_536),
            ("1GiB", 1_073_741_824),
            ("10", 10),
            ("20b", 20),
        ] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for bad in ["", "m", "-1", "1x", "1..2m", "99999999p"] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(millis in 0_u64..1_000_000_000) {
            let value = Duration::from_millis(millis);
            prop_assert_eq!(duration(&duration_text(value)), Some(value));
        }

        #[test]
        fn never_panics(text in "[0-9.a-zµ -]{0,12}") {
            let _ = (duration(&text), size(&text));
        }
    }
}
