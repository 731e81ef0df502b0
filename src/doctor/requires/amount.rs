//! Numbers of bytes as manifests write them, in steps of 1024.

/// `512 MB`, `3.8 GB`.
#[expect(
    clippy::cast_precision_loss,
    reason = "one digit behind the point is shown"
)]
pub(super) fn amount(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    // Down rather than up: what is too little must not look like enough.
    let shown = (value * 10.0).floor() / 10.0;
    format!("{shown} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_manifests_do() {
        assert_eq!(amount(4 << 30), "4 GB");
        assert_eq!(amount((4 << 30) - 1), "3.9 GB");
        assert_eq!(amount(512 << 20), "512 MB");
        assert_eq!(amount(1000 << 30), "0.9 TB");
        assert_eq!(amount(0), "0 kB");
    }
}
