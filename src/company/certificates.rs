//! The company's certificate authority, and a bundle that holds the system's authorities with it.
//!
//! Programs take one file of authorities, which replaces what they would trust otherwise: a file with the company's alone
//! would cut them off from everything else.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Sources;

/// Where containers and builds find the bundle.
pub const BUNDLE_PATH: &str = "/etc/devstack/ca.pem";

/// The variables by which programs are told of it: OpenSSL (and with it Python, Ruby, PHP), Go and Rust; curl; requests;
/// pip; Node.js; git; AWS; cargo; Deno.
pub const VARIABLES: [&str; 9] = [
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "DENO_CERT",
];

/// Where systems keep the authorities that they trust: Debian and Alpine, Fedora, SUSE, macOS.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How a certificate begins in PEM form.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// The company's certificates.
#[derive(Debug, Clone)]
pub struct CompanyCertificates {
    /// The file that the user named.
    pub path: PathBuf,
    /// The digest of its content, in hex.
    pub digest: String,
    /// The system's authorities and the company's, in PEM form.
    pub bundle: String,
    /// Where the bundle lies on this machine once it is [written](Self::write).
    pub bundle_file: PathBuf,
}

impl CompanyCertificates {
    /// Reads the file; `None` if no certificate is in it.
    pub(super) fn read(path: &Path, sources: Sources<'_>) -> io::Result<Option<Self>> {
        let own = fs::read(path)?;
        let own = String::from_utf8_lossy(&own);
        if !own.contains(BEGIN) {
            return Ok(None);
        }
        let named = sources.variable("SSL_CERT_FILE");
        let system = named
            .into_iter()
            .chain(SYSTEM)
            .find_map(|path| fs::read_to_string(path).ok())
            .unwrap_or_default();
        let bundle = format!("{}\n{}\n", system.trim_end(), own.trim_end());
        let bundle = bundle.trim_start().to_owned();
        let cache = match sources.variable("XDG_CACHE_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => match sources.home {
                Some(home) => home.join(".cache"),
                None => std::env::temp_dir(),
            },
        };
        let name = hex::encode(&Sha256::digest(bundle.as_bytes())[..16]);
        Ok(Some(Self {
            path: path.to_owned(),
            digest: hex::encode(Sha256::digest(own.as_bytes())),
            bundle,
            bundle_file: cache.join(format!("devstack/ca/{name}.pem")),
        }))
    }

    /// Writes the bundle to where containers are given it from, unless it lies there already.
    pub fn write(&self) -> io::Result<()> {
        let path = &self.bundle_file;
        if fs::read(path).is_ok_and(|found| found == self.bundle.as_bytes()) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let mut file = fs::File::create(&beside)?;
        file.write_all(self.bundle.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    }
}
