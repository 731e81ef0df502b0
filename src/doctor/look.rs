//! One look from inside of a container: what the API does not tell of the engine's machine.
//!
//! A container of an image that is there prints a few facts and ends. It mounts nothing and changes nothing, and carries
//! the label of containers that an interrupted run left behind, so that whatever happens somebody clears it away.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use crate::catalog::{ImageName, recognise};
use crate::engine::{
    ContainerSpec, EndpointSpec, EngineError, EngineHandle, LogLine, LogOptions, OutputStream,
};
use crate::plan::Labels;

/// How long a container may take to look around.
const LIMIT: Duration = Duration::from_secs(8);
/// So many images are tried until one has a shell.
const TRIES: usize = 3;
/// Images that have a shell, and that many have.
const KNOWN: [&str; 6] = ["busybox", "alpine", "debian", "ubuntu", "fedora", "nginx"];
/// Whose containers and layers they are, in the labels that say that they may go. No project has this name.
pub(super) const OWNER: &str = "devstack.doctor";
/// What is older than this was left behind by a check-up that did not end.
const ABANDONED: SignedDuration = SignedDuration::from_mins(1);

/// What the look prints, a word and its values a line. Names come last: they may take long.
const SCRIPT: &str = r#"
echo "clock $(date +%s)"
echo "disk $(df -Pk / 2>/dev/null | tail -n 1)"
echo "inodes $(df -Pi / 2>/dev/null | tail -n 1)"
for key in fs/inotify/max_user_watches fs/inotify/max_user_instances vm/max_map_count; do
    read -r value </proc/sys/$key && echo "$key $value"
done 2>/dev/null
while read -r key value unit; do
    [ "$key" = MemAvailable: ] && echo "memory $value"
done </proc/meminfo
within() { if command -v timeout >/dev/null; then timeout 4 "$@"; else "$@"; fi; }
resolve() {
    if command -v getent >/dev/null; then within getent hosts "$1"
    elif command -v nslookup >/dev/null; then within nslookup "$1"
    else return 9; fi
}
for name; do
    { resolve "$name" >/dev/null 2>&1; echo "name $name $?"; } &
done
wait
"#;

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// The image that was used.
    pub(super) image: String,
    /// What the container's clock shows more than the engine's, to a second.
    pub(super) clock_lead: Option<SignedDuration>,
    /// The disk under the container's root.
    pub(super) disk: Option<DiskSpace>,
    /// Memory that can still be had, in bytes.
    pub(super) memory_available: Option<u64>,
    /// Settings of the engine's kernel, as below `/proc/sys`.
    pub(super) kernel: HashMap<String, u64>,
    /// The exit code of looking each name up: 0 if it has an address, 9 if nothing could look.
    pub(super) names: HashMap<String, i32>,
}

/// Room on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Bytes that can still be written.
    pub free: u64,
    /// All bytes.
    pub total: u64,
    /// Files that can still be made, where the file system counts them.
    pub files_free: Option<u64>,
    /// Files that there can be.
    pub files_total: Option<u64>,
}

/// Why there was no look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoLook {
    /// No image that is there has a shell.
    NoImage,
    /// The engine refused.
    Refused(String),
    /// It took longer than this.
    Late(Duration),
}

impl NoLook {
    /// As it is said.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::NoImage => {
                "no local image has a shell to look with (`devstack pull` fetches the stack's)"
                    .to_owned()
            }
            Self::Refused(words) => format!("the engine starts no container: {words}"),
            Self::Late(limit) => {
                let limit = limit.as_secs();
                format!("no container has shown it within {limit} s: the engine is busy")
            }
        }
    }
}

/// Takes a look with the first of the images that has a shell, else with one that is known to.
pub(super) async fn look(
    engine: &EngineHandle,
    network: Option<String>,
    images: &[String],
    names: &[String],
) -> Result<Look, NoLook> {
    if let Err(error) = sweep(engine).await {
        tracing::info!(%error, "leftovers of an earlier check-up stay");
    }
    let there = engine.images().await.unwrap_or_default();
    let mut others: Vec<(u64, String)> = there
        .into_iter()
        .flat_map(|image| image.names.into_iter().map(move |name| (image.size, name)))
        .filter(|(_, name)| has_shell(name))
        .collect();
    others.sort();
    let others = others.into_iter().map(|(_, name)| name);
    let mut refused = NoLook::NoImage;
    let mut tries = 0;
    for image in images.iter().cloned().chain(others) {
        if tries == TRIES {
            break;
        }
        if !matches!(engine.image(&image).await, Ok(Some(_))) {
            continue;
        }
        tries += 1;
        match look_with(engine, network.as_deref(), &image, names).await {
            Ok(Some(look)) => return Ok(look),
            Ok(None) => {}
            Err(error) => refused = NoLook::Refused(error.to_string()),
        }
    }
    Err(refused)
}

/// Removes what an earlier check-up that was interrupted left behind.
pub(super) async fn sweep(engine: &EngineHandle) -> Result<(), EngineError> {
    let now = Timestamp::now();
    let old = |made: Timestamp| now.duration_since(made) > ABANDONED;
    let doors = engine
        .containers(&[format!("{}={OWNER}", Labels::DOOR)])
        .await?;
    for door in doors.iter().filter(|door| old(door.created)) {
        engine.remove_container(&door.id, true).await?;
    }
    let layers = engine
        .volumes(&[format!("{}={OWNER}", Labels::LAYER)])
        .await?;
    for layer in layers
        .iter()
        .filter(|layer| layer.created.parse().is_ok_and(old))
    {
        engine.remove_volume(&layer.name).await?;
    }
    Ok(())
}

fn has_shell(name: &str) -> bool {
    let Some(parsed) = ImageName::parse(name) else {
        return false;
    };
    let last = parsed.repository().rsplit('/').next().unwrap_or_default();
    KNOWN.contains(&last) || recognise(name).is_some()
}

/// `None` if the image has no shell.
async fn look_with(
    engine: &EngineHandle,
    network: Option<&str>,
    image: &str,
    names: &[String],
) -> Result<Option<Look>, EngineError> {
    let mut spec = ContainerSpec::new(unique(), image);
    spec.labels
        .insert(Labels::DOOR.to_owned(), OWNER.to_owned());
    spec.options.entrypoint = Some(vec![
        "/bin/sh".to_owned(),
        "-c".to_owned(),
        SCRIPT.to_owned(),
    ]);
    spec.options.command = Some(
        std::iter::once("look".to_owned())
            .chain(names.iter().cloned())
            .collect(),
    );
    // A server that does not answer costs a second, not ten.
    let options = Some("timeout:1 attempts:2".to_owned());
    spec.options
        .environment
        .insert("RES_OPTIONS".to_owned(), options);
    if let Some(network) = network {
        network.clone_into(&mut spec.network_mode);
        spec.networks
            .insert(network.to_owned(), EndpointSpec::default());
    }
    let id = engine.create_container(&spec).await?;
    let seen = async {
        engine.start_container(&id).await?;
        let follow = LogOptions {
            follow: true,
            ..LogOptions::default()
        };
        let mut lines = Vec::new();
        let mut logs = engine.logs(&id, follow);
        // What came in time counts.
        let _ = timeout(LIMIT, async {
            while let Some(Ok(line)) = logs.next().await {
                lines.push(line);
            }
        })
        .await;
        Ok(lines)
    }
    .await;
    let removed = engine.remove_container(&id, true).await;
    match seen {
        Ok(lines) => {
            removed?;
            Ok(Some(read(image, &lines)))
        }
        Err(error) if no_shell(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn no_shell(error: &EngineError) -> bool {
    let words = error.to_string();
    [
        "no such file or directory",
        "executable file not found",
        "exec format error",
    ]
    .iter()
    .any(|known| words.contains(known))
}

fn read(image: &str, lines: &[LogLine]) -> Look {
    let mut look = Look {
        image: image.to_owned(),
        ..Look::default()
    };
    for line in lines
        .iter()
        .filter(|line| line.stream == OutputStream::Stdout)
    {
        let Some((word, rest)) = line.text.split_once(' ') else {
            continue;
        };
        let rest = rest.trim();
        match word {
            "clock" => look.clock_lead = lead(rest, line.at),
            "disk" => look.disk = space(rest),
            "inodes" => {
                let counted = fields(rest);
                if let Some(disk) = &mut look.disk
                    && let Some((total, free)) = counted
                    && total > 0
                {
                    (disk.files_total, disk.files_free) = (Some(total), Some(free));
                }
            }
            "memory" => look.memory_available = rest.parse::<u64>().ok().map(|kib| kib * 1024),
            "name" => {
                if let Some((name, code)) = rest.rsplit_once(' ') {
                    look.names
                        .insert(name.to_owned(), code.parse().unwrap_or(9));
                }
            }
            key => {
                if let Ok(value) = rest.parse() {
                    look.kernel.insert(key.to_owned(), value);
                }
            }
        }
    }
    look
}

/// The container's clock, in seconds, against the engine's when the line came.
fn lead(seconds: &str, at: Option<Timestamp>) -> Option<SignedDuration> {
    let theirs = Timestamp::from_second(seconds.parse().ok()?).ok()?;
    let engine = Timestamp::from_second(at?.as_second()).ok()?;
    Some(theirs.duration_since(engine))
}

/// A line of `df -Pk`: name, blocks, used, available, percent, place; the name may have spaces.
fn space(line: &str) -> Option<DiskSpace> {
    let (total, free) = fields(line)?;
    Some(DiskSpace {
        free: free.checked_mul(1024)?,
        total: total.checked_mul(1024)?,
        files_free: None,
        files_total: None,
    })
}

/// The second and the fourth column of `df`.
fn fields(line: &str) -> Option<(u64, u64)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let from_end = |at: usize| fields.get(fields.len().checked_sub(at)?)?.parse().ok();
    Some((from_end(5)?, from_end(3)?))
}

/// A name that nothing has yet.
fn unique() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let number = RandomState::new().hash_one(std::process::id());
    format!("devstack-look-{:012x}", number & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine {
            stream: OutputStream::Stdout,
            at: Some("2026-01-01T00:00:10.9Z".parse().expect("a time")),
            text: text.to_owned(),
        }
    }

    #[test]
    fn reads_what_a_container_prints() {
        let lines = [
            line("clock 1767225670"),
            line("disk overlay 61255492 9153296 48958292 16% /"),
            line("inodes overlay 3907584 300000 3607584 8% /"),
            line("fs/inotify/max_user_watches 8192"),
            line("memory 1024"),
            line("name registry.example 0"),
            line("name other.example 2"),
            line("sh: oops"),
        ];
        let seen = read("busybox:1", &lines);
        assert_eq!(seen.clock_lead, Some(SignedDuration::from_secs(60)));
        let disk = seen.disk.expect("a disk");
        assert_eq!(
            (disk.free, disk.total),
            (48_958_292 << 10, 61_255_492 << 10)
        );
        assert_eq!(disk.files_free, Some(3_607_584));
        assert_eq!(seen.memory_available, Some(1 << 20));
        assert_eq!(seen.kernel["fs/inotify/max_user_watches"], 8192);
        assert_eq!(
            (seen.names["registry.example"], seen.names["other.example"]),
            (0, 2)
        );
    }

    #[test]
    fn makes_nothing_of_nonsense() {
        for text in [
            "disk",
            "disk ",
            "disk a b c",
            "clock x",
            "inodes - - - - /",
            "memory",
            "name x",
        ] {
            let seen = read("x", &[line(text)]);
            assert_eq!(
                (seen.disk, seen.clock_lead, seen.memory_available),
                (None, None, None),
                "{text}"
            );
        }
    }
}
