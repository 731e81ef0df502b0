//! Sizes, durations and ages as people say them.

/// A number of bytes, in decimal units as registries count: `1.2 GB`.
#[expect(
    clippy::cast_precision_loss,
    reason = "three digits are shown; beyond 2^53 bytes nobody counts single ones"
)]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    // 999.95 and more would be shown as `1000`.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 99.95 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

/// A time span given in milliseconds: `40 ms`, `0.8 s`, `34 s`, `2 min 5 s`, `3 h 4 min`, `2 d 3 h`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..100 => format!("{milliseconds} ms"),
        100..9_950 => {
            let tenths = (milliseconds + 50) / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        9_950..60_000 => format!("{} s", ((milliseconds + 500) / 1000).min(59)),
        60_000..3_600_000 => pair(seconds / 60, "min", seconds % 60, "s"),
        3_600_000..86_400_000 => pair(seconds / 3600, "h", seconds / 60 % 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

/// A time span that is still going on, in whole seconds, so that it does not flicker.
pub fn elapsed(milliseconds: u64) -> String {
    match milliseconds / 1000 {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => duration(seconds * 1000),
    }
}

fn pair(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// How long ago something was, given in seconds: `just now`, `12 s ago`, `2 min ago`.
pub fn age(seconds: u64) -> String {
    match seconds {
        0..2 => "just now".to_owned(),
        2..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (45_678, "45.7 kB"),
            (123_456, "123 kB"),
            (999_999, "1.0 MB"),
            (1_234_567_890, "1.2 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn durations_name_the_two_largest_units() {
        let cases = [
            (0, "0 ms"),
            (99, "99 ms"),
            (800, "0.8 s"),
            (3_440, "3.4 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (59_999, "59 s"),
            (60_000, "1 min"),
            (125_000, "2 min 5 s"),
            (11_040_000, "3 h 4 min"),
            (183_600_000, "2 d 3 h"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration(milliseconds), text);
        }
    }

    #[test]
    fn ages_name_the_largest_unit() {
        let cases = [
            (1, "just now"),
            (59, "59 s ago"),
            (130, "2 min ago"),
            (7_300, "2 h ago"),
            (200_000, "2 d ago"),
        ];
        for (seconds, text) in cases {
            assert_eq!(age(seconds), text);
        }
    }
}
