//! A login and `select 1` in Postgres' own protocol, version 3.

use super::conversation::{Conversation, Heard, Proof};
use super::scram;

/// Version 3.0 of the protocol.
const VERSION: u32 = 0x0003_0000;
/// A message longer than this is none of Postgres'.
const LONGEST: usize = 1 << 20;

/// Logs in as the application would, and asks something.
#[derive(Debug)]
pub(super) struct Login {
    proof: Proof,
    startup: Vec<u8>,
    password: Option<String>,
    nonce: String,
    asked: bool,
}

impl Login {
    /// With what is known of the login; `nonce` is a random text.
    pub(super) fn new(
        proof: Proof,
        user: &str,
        database: &str,
        password: Option<String>,
        nonce: &str,
    ) -> Self {
        let mut body = VERSION.to_be_bytes().to_vec();
        for text in ["user", user, "database", database] {
            body.extend(terminated(text));
        }
        body.push(0);
        Self {
            proof,
            startup: with_length(&body),
            // Others have to be normalised before they are hashed.
            password: password.filter(|password| password.is_ascii()),
            nonce: nonce.to_owned(),
            asked: false,
        }
    }

    fn answer(&mut self, kind: u8, body: &[u8]) -> Heard {
        match kind {
            b'E' => self.refused(body),
            // Somebody who decides about logins is there: it accepts connections.
            b'R' if self.proof == Proof::Listens => Heard::Proved,
            b'R' => self.identify(body),
            // Ready for a question, or after the answer.
            b'Z' if self.asked => Heard::Proved,
            b'Z' => {
                self.asked = true;
                Heard::Say(message(b'Q', &terminated("select 1")))
            }
            _ => Heard::More,
        }
    }

    /// The server asks who this is.
    fn identify(&self, body: &[u8]) -> Heard {
        let Some((how, rest)) = body.split_first_chunk() else {
            return Heard::CannotTell;
        };
        let said = match (u32::from_be_bytes(*how), &self.password) {
            // Logged in, or about to be.
            (0 | 12, _) => return Heard::More,
            (3, Some(password)) => Some(terminated(password)),
            (10, Some(_)) if mechanisms(rest).any(|name| name == scram::MECHANISM.as_bytes()) => {
                let mut body = terminated(scram::MECHANISM);
                body.extend(with_own_length(scram::first(&self.nonce).as_bytes()));
                Some(body)
            }
            (11, Some(password)) => std::str::from_utf8(rest)
                .ok()
                .and_then(|server| scram::last(password, &self.nonce, server))
                .map(String::into_bytes),
            _ => None,
        };
        said.map_or(Heard::CannotTell, |body| Heard::Say(message(b'p', &body)))
    }

    /// The server says no; why decides what that means.
    fn refused(&self, body: &[u8]) -> Heard {
        let field = |kind: u8| {
            let mut fields = body.split(|&byte| byte == 0);
            let found = fields.find(|field| field.first() == Some(&kind))?;
            Some(String::from_utf8_lossy(&found[1..]).into_owned())
        };
        let code = field(b'C').unwrap_or_default();
        let words = field(b'M').unwrap_or_else(|| format!("error {code}"));
        match code.as_str() {
            // It starts, stops or recovers.
            "57P03" => Heard::NotYet(words),
            _ if self.proof == Proof::Listens => Heard::Proved,
            // The login or the database is another one: what the container knows decides.
            "3D000" => Heard::CannotTell,
            code if code.starts_with("28") => Heard::CannotTell,
            _ => Heard::NotYet(words),
        }
    }
}

impl Conversation for Login {
    fn opening(&self) -> Vec<u8> {
        self.startup.clone()
    }

    fn hear(&mut self, heard: &mut Vec<u8>) -> Heard {
        while let [kind, a, b, c, d, ..] = heard[..] {
            let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            if !(4..=LONGEST).contains(&length) {
                return Heard::NotYet("it does not answer as Postgres does".to_owned());
            }
            if heard.len() <= length {
                break;
            }
            let body: Vec<u8> = heard.drain(..=length).skip(5).collect();
            match self.answer(kind, &body) {
                Heard::More => {}
                other => return other,
            }
        }
        Heard::More
    }

    fn farewell(&self) -> &'static [u8] {
        b"X\0\0\0\x04"
    }
}

fn mechanisms(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == 0)
}

fn terminated(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    bytes
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(with_length(body));
    bytes
}

/// The length of a message counts itself.
fn with_length(body: &[u8]) -> Vec<u8> {
    prefixed(body.len() + 4, body)
}

fn with_own_length(body: &[u8]) -> Vec<u8> {
    prefixed(body.len(), body)
}

fn prefixed(length: usize, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(proof: Proof, password: Option<&str>) -> Login {
        Login::new(proof, "me", "shop", password.map(str::to_owned), "mine")
    }

    fn asks(how: u32, rest: &[u8]) -> Vec<u8> {
        message(b'R', &[&how.to_be_bytes(), rest].concat())
    }

    fn refuses(code: &str, words: &str) -> Vec<u8> {
        message(
            b'E',
            format!("SFATAL\0VFATAL\0C{code}\0M{words}\0\0").as_bytes(),
        )
    }

    #[test]
    fn begins_as_the_protocol_asks() {
        assert_eq!(
            login(Proof::Serves, None).opening(),
            b"\0\0\0\x1f\0\x03\0\0user\0me\0database\0shop\0\0"
        );
    }

    #[test]
    fn is_proved_by_an_answer_to_a_question() {
        let mut login = login(Proof::Serves, None);
        let mut heard = [asks(0, b""), message(b'S', b"a\0b\0")].concat();
        assert_eq!(login.hear(&mut heard), Heard::More);
        let mut heard = message(b'Z', b"I");
        let question = Heard::Say(b"Q\0\0\0\x0dselect 1\0".to_vec());
        assert_eq!(login.hear(&mut heard), question);
        let answer = [
            message(b'D', b"1"),
            message(b'C', b"x"),
            message(b'Z', b"I"),
        ]
        .concat();
        // However the bytes arrive.
        let mut heard = answer[..answer.len() - 1].to_vec();
        assert_eq!(login.hear(&mut heard), Heard::More);
        heard.push(b'I');
        assert_eq!(login.hear(&mut heard), Heard::Proved);
    }

    #[test]
    fn listening_needs_no_login() {
        for (said, meant) in [
            (asks(10, b"SCRAM-SHA-256\0\0"), Heard::Proved),
            (refuses("28000", "no such role"), Heard::Proved),
            (
                refuses("57P03", "starting up"),
                Heard::NotYet("starting up".to_owned()),
            ),
        ] {
            assert_eq!(
                login(Proof::Listens, None).hear(&mut said.clone()),
                meant,
                "{said:?}"
            );
        }
    }

    #[test]
    fn an_unknown_login_proves_nothing() {
        for said in [
            asks(10, b"SCRAM-SHA-256\0\0"),
            asks(5, b"salt"),
            refuses("28P01", "password authentication failed"),
            refuses("3D000", "no such database"),
        ] {
            assert_eq!(
                login(Proof::Serves, None).hear(&mut said.clone()),
                Heard::CannotTell,
                "{said:?}"
            );
        }
        let full = refuses("53300", "too many clients");
        assert_eq!(
            login(Proof::Serves, None).hear(&mut full.clone()),
            Heard::NotYet("too many clients".to_owned())
        );
    }

    #[test]
    fn tells_its_password_as_it_is_asked() {
        let mut login = login(Proof::Serves, Some("pw"));
        let plain = login.hear(&mut asks(3, b""));
        assert_eq!(plain, Heard::Say(b"p\0\0\0\x07pw\0".to_vec()));
        let Heard::Say(first) = login.hear(&mut asks(10, b"SCRAM-SHA-256\0\0")) else {
            unreachable!("it knows this mechanism")
        };
        assert!(
            first.ends_with(b"SCRAM-SHA-256\0\0\0\0\x0cn,,n=,r=mine"),
            "{first:?}"
        );
        let server = b"r=mine1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2";
        assert!(matches!(login.hear(&mut asks(11, server)), Heard::Say(_)));
        assert_eq!(
            login.hear(&mut asks(11, b"r=other,s=,i=2")),
            Heard::CannotTell
        );
    }

    #[test]
    fn takes_no_nonsense_for_a_database() {
        for said in [&b"HTTP/1.1 400 Bad Request\r\n"[..], b"\0\0\0\0\0"] {
            assert!(matches!(
                login(Proof::Serves, None).hear(&mut said.to_vec()),
                Heard::NotYet(_)
            ));
        }
    }
}
