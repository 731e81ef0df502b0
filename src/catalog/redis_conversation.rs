//! `PING` in Redis' own protocol.

use super::conversation::{Conversation, Heard, Proof};

/// Asks a Redis or Valkey server for `PONG`.
#[derive(Debug)]
pub(super) struct Ping {
    proof: Proof,
    password: Option<String>,
}

impl Ping {
    /// Logs in first, if the password is known.
    pub(super) fn new(proof: Proof, password: Option<String>) -> Self {
        Self { proof, password }
    }

    fn judge(&self, line: &str) -> Heard {
        let refusal = line.strip_prefix('-').unwrap_or(line);
        let code = refusal.split(' ').next().unwrap_or_default();
        match code {
            "+PONG" => Heard::Proved,
            "+OK" => Heard::More,
            // What the server says to a password that it does not want.
            "ERR" if refusal.contains("AUTH") => Heard::More,
            "NOAUTH" | "WRONGPASS" if self.proof == Proof::Listens => Heard::Proved,
            // The password may stand in a file in the container, and protected mode lets only its own network in.
            "NOAUTH" | "WRONGPASS" | "NOPERM" | "DENIED" => Heard::CannotTell,
            _ => Heard::NotYet(refusal.to_owned()),
        }
    }
}

impl Conversation for Ping {
    fn opening(&self) -> Vec<u8> {
        let mut text = String::new();
        if let Some(password) = &self.password {
            let length = password.len();
            text = format!("*2\r\n$4\r\nAUTH\r\n${length}\r\n{password}\r\n");
        }
        text.push_str("*1\r\n$4\r\nPING\r\n");
        text.into_bytes()
    }

    fn hear(&mut self, heard: &mut Vec<u8>) -> Heard {
        while let Some(end) = heard.windows(2).position(|two| two == b"\r\n") {
            let line: Vec<u8> = heard.drain(..end + 2).collect();
            let line = String::from_utf8_lossy(&line[..end]).into_owned();
            match self.judge(&line) {
                Heard::More => {}
                other => return other,
            }
        }
        Heard::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(proof: Proof, words: &str) -> Heard {
        Ping::new(proof, None).hear(&mut words.as_bytes().to_vec())
    }

    #[test]
    fn understands_what_a_server_may_say() {
        let loading = "LOADING Redis is loading the dataset in memory";
        let wants = "-NOAUTH Authentication required.\r\n";
        let none =
            "-ERR AUTH <password> called without any password configured for the default user.\r\n";
        for (words, serves, listens) in [
            ("+PONG\r\n", Heard::Proved, Heard::Proved),
            ("+PO", Heard::More, Heard::More),
            ("+OK\r\n+PONG\r\n", Heard::Proved, Heard::Proved),
            (wants, Heard::CannotTell, Heard::Proved),
            (
                "-DENIED Redis is running in protected mode\r\n",
                Heard::CannotTell,
                Heard::CannotTell,
            ),
            (&format!("{none}+PONG\r\n"), Heard::Proved, Heard::Proved),
            (
                &format!("-{loading}\r\n"),
                Heard::NotYet(loading.to_owned()),
                Heard::NotYet(loading.to_owned()),
            ),
        ] {
            assert_eq!(hear(Proof::Serves, words), serves, "{words}");
            assert_eq!(hear(Proof::Listens, words), listens, "{words}");
        }
    }

    #[test]
    fn logs_in_with_a_password_of_any_characters() {
        let ping = Ping::new(Proof::Serves, Some("p w\u{e9}".to_owned()));
        assert_eq!(
            ping.opening(),
            "*2\r\n$4\r\nAUTH\r\n$5\r\np w\u{e9}\r\n*1\r\n$4\r\nPING\r\n".as_bytes()
        );
    }
}
