//! MinIO, for what speaks S3.

use super::options::{option, words};
use super::shell::script;
use super::{
    Access, ClientCommand, Delivery, Facts, Family, Naming, Part, SeedError, SeedFormat, Seeding,
};

/// MinIO.
pub(super) struct Minio;

/// A folder: what lies directly in it are buckets, what lies in those are objects.
const OBJECTS: SeedFormat = SeedFormat {
    name: "a folder of buckets",
    extensions: &[],
    mark: None,
    folder: Some(""),
    naming: Naming::No,
    delivery: Delivery::Objects,
    client: upload,
    error: upload_error,
};

/// Takes file after file from its input, with the client that the image brings. `MC_HOST_…` is how that is told where
/// the server is without a file of settings.
const UPLOAD: &str = r#"
exec 2>&1
command -v mc >/dev/null || { echo 'the image has no mc to upload with'; exit 127; }
user=$(value MINIO_ROOT_USER MINIO_ACCESS_KEY)
password=$(value MINIO_ROOT_PASSWORD MINIO_SECRET_KEY)
MC_HOST_devstack="http://${user:-minioadmin}:${password:-minioadmin}@$(address):$1"
MC_CONFIG_DIR=$(mktemp -d) || exit
export MC_HOST_devstack MC_CONFIG_DIR
trap 'rm -rf "$MC_CONFIG_DIR"' EXIT
made=/
while IFS= read -r entry; do
    size=${entry%% *} name=${entry#* }
    bucket=${name%%/*}
    case $name in
        */*) ;;
        *) echo "<ERROR> it lies in no bucket: put it into a folder, which becomes the bucket"; echo "object: $name"; exit 1 ;;
    esac
    case $made in
        */"$bucket"/*) ;;
        *) mc --quiet mb --ignore-existing "devstack/$bucket" </dev/null >/dev/null || { echo "bucket: $bucket"; exit 1; }
           made=$made$bucket/ ;;
    esac
    head -c "$size" | mc --quiet pipe "devstack/$name" >/dev/null || { echo "object: $name"; exit 1; }
done
"#;

fn port(facts: Facts<'_>) -> u16 {
    option(facts.command, &["--address"])
        .and_then(|address| address.rsplit_once(':')?.1.parse().ok())
        .or_else(|| facts.first(&["MINIO_API_PORT_NUMBER"])?.parse().ok())
        .unwrap_or(9000)
}

fn upload(seeding: &Seeding<'_>) -> ClientCommand {
    script(UPLOAD, &[&port(seeding.facts).to_string()])
}

/// `mc: <ERROR> …`, and after it what it was about.
fn upload_error(output: &str) -> Option<SeedError> {
    let lines: Vec<&str> = output.lines().collect();
    let (at, message) = lines
        .iter()
        .enumerate()
        .find_map(|(at, line)| Some((at, line.split_once("<ERROR>")?.1)))?;
    Some(SeedError {
        message: message.trim().to_owned(),
        details: lines[at + 1..]
            .iter()
            .map(|line| (*line).to_owned())
            .collect(),
        ..SeedError::default()
    })
}

impl Family for Minio {
    fn name(&self) -> &'static str {
        "minio"
    }

    fn recognises(&self, repository: &str) -> bool {
        repository.rsplit('/').next() == Some("minio")
    }

    fn port(&self, facts: Facts<'_>) -> u16 {
        port(facts)
    }

    /// The folder that `server` is given; several, or patterns, are no single place.
    fn data_dir(&self, facts: Facts<'_>) -> Option<String> {
        let words = words(facts.command);
        let after = words.iter().position(|word| word == "server")? + 1;
        let mut folders = words[after..].iter().filter(|word| word.starts_with('/'));
        match (folders.next(), folders.next()) {
            (Some(only), None) if !only.contains("...") => Some(only.clone()),
            _ if facts.is_bitnami() => Some("/bitnami/minio/data".to_owned()),
            _ => None,
        }
    }

    /// <https://min.io/docs/minio/linux/operations/monitoring/healthcheck-probe.html>, without a program that the image
    /// might not have.
    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        let body = r#"
exec bash -c '
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    printf "GET /minio/health/cluster HTTP/1.0\r\nHost: %s\r\n\r\n" "$1" >&3
    read -r -t 5 version status rest <&3
    echo "it answers with status $status"
    [ "$status" = 200 ]' devstack "$(address)" "$1" 2>&1
"#;
        script(body, &[&port(facts).to_string()])
    }

    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        let body = r#"exec bash -c 'exec 3<>"/dev/tcp/$1/$2"' devstack "$(address)" "$1" 2>&1"#;
        script(body, &[&port(facts).to_string()])
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[OBJECTS]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let key = |names| facts.first(names).or_else(|| Some("minioadmin".to_owned()));
        Access {
            scheme: "http",
            user: key(&["MINIO_ROOT_USER", "MINIO_ACCESS_KEY"]),
            password: key(&["MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"]),
            apart: true,
            ..Access::default()
        }
    }

    /// Not `AWS_…`: those would take the place of the login of whoever works with the real service.
    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[
            ("MINIO_URL", Part::Url),
            ("MINIO_ACCESS_KEY", Part::User),
            ("MINIO_SECRET_KEY", Part::Password),
        ]
    }

    fn console(&self, _facts: Facts<'_>) -> Option<ClientCommand> {
        None
    }
}
