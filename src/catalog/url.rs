//! Connection URLs.

/// A text as a part of a URL: everything but letters, digits and `-._~` is percent-encoded (RFC 3986, section 2.3).
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            for digit in [byte >> 4, byte & 0xf] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
            // The percent sign goes in front of the two digits.
            encoded.insert(encoded.len() - 2, '%');
        }
    }
    encoded
}

/// `host:port`, an IPv6 address in brackets.
pub(super) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_what_would_end_a_part() {
        assert_eq!(encode("a@b/c é~"), "a%40b%2Fc%20%C3%A9~");
        assert_eq!(authority("::1", 5432), "[::1]:5432");
    }
}
