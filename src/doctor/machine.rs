//! What this machine says of itself: files that everybody may read, and who we are.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Where programs of the system lie that are not in everybody's `PATH`.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/local/sbin"];

/// This machine, as far as checks look at it.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Where its files begin: `/`, in tests a folder that looks like it.
    pub root: PathBuf,
    /// `PATH`.
    pub search_path: Option<OsString>,
    /// The user's id.
    pub uid: u32,
    /// The ids of the groups that this process is in.
    pub groups: BTreeSet<u32>,
}

/// Who may use a socket that we may not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Guard {
    /// The members of a group; `listed` says whether the user is one, in a session that is older than that.
    Group { name: String, listed: bool },
    /// Its owner alone.
    Owner,
    /// The socket is not what keeps us out: a folder above it is.
    Folder,
}

impl Machine {
    /// The machine that this process runs on.
    pub fn this(search_path: Option<OsString>) -> Self {
        Self {
            root: PathBuf::from("/"),
            search_path,
            uid: rustix::process::geteuid().as_raw(),
            groups: rustix::process::getgroups()
                .unwrap_or_default()
                .into_iter()
                .chain([rustix::process::getegid()])
                .map(rustix::process::Gid::as_raw)
                .collect(),
        }
    }

    /// A path of the machine.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A small file's text, empty if it cannot be read.
    pub(super) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// A file that holds a number.
    pub(super) fn number(&self, path: &str) -> Option<u64> {
        self.text(path).trim().parse().ok()
    }

    /// Whether a program is installed.
    pub(super) fn has_program(&self, name: &str) -> bool {
        let listed = self.search_path.iter().flat_map(std::env::split_paths);
        let system = SYSTEM_FOLDERS.iter().map(|folder| self.path(folder));
        listed.chain(system).any(|folder| {
            fs::metadata(folder.join(name))
                .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        })
    }

    /// Whether systemd runs it.
    pub(super) fn has_systemd(&self) -> bool {
        self.path("/run/systemd/system").is_dir()
    }

    /// Whether this process is in a container, so that the engine's files are not those that it sees.
    ///
    /// Machines that were made from a container's files have its mark too, but a disk of their own.
    pub(super) fn is_container(&self) -> bool {
        let marked = self.path("/.dockerenv").exists() || self.path("/run/.containerenv").exists();
        let mounts = self.text("/proc/self/mountinfo");
        let own = mounts.lines().rev().find_map(own_disk).unwrap_or(false);
        marked && !own
    }

    /// The user's name.
    pub(super) fn user(&self) -> Option<String> {
        self.text("/etc/passwd").lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(self.uid)).then(|| name.to_owned())
        })
    }

    /// Who may use a socket.
    pub(super) fn guard(&self, socket: &Path) -> Guard {
        let Ok(file) = fs::metadata(socket) else {
            return Guard::Folder;
        };
        // To connect is to write.
        let for_group = file.permissions().mode() & 0o020 != 0;
        if for_group && self.groups.contains(&file.gid()) {
            return Guard::Folder;
        }
        let user = self.user().unwrap_or_default();
        let groups = self.text("/etc/group");
        let found = groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let id = fields.nth(1)?.parse::<u32>().ok()?;
            let mut members = fields.next().unwrap_or_default().split(',');
            (id == file.gid()).then(|| (name.to_owned(), members.any(|member| member == user)))
        });
        match found {
            // Nobody becomes root by joining its group.
            Some((name, listed)) if for_group && name != "root" => Guard::Group { name, listed },
            _ => Guard::Owner,
        }
    }

    /// How root runs this command, as it is typed.
    pub(super) fn as_root(&self, command: &str) -> String {
        if self.uid == 0 {
            command.to_owned()
        } else {
            format!("sudo {command}")
        }
    }
}

/// Whether a line of `mountinfo` is that of `/`, and `/` a whole disk: no part of one, as engines make containers' roots,
/// and no overlay.
fn own_disk(line: &str) -> Option<bool> {
    let (mount, kind) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(3);
    let (part, place) = (fields.next()?, fields.next()?);
    let kind = kind.split(' ').next()?;
    (place == "/").then(|| part == "/" && !matches!(kind, "overlay" | "zfs" | "fuse-overlayfs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_containers_root_from_a_machines() {
        let disk = "20 1 254:0 / / rw,relatime - ext4 /dev/vda rw";
        let overlay = "700 600 0:55 / / rw - overlay overlay rw,lowerdir=/x";
        let folder = "700 600 254:0 /var/lib/docker/vfs/dir/4711 / rw - ext4 /dev/vda rw";
        assert_eq!(own_disk(disk), Some(true));
        assert_eq!(own_disk(overlay), Some(false));
        assert_eq!(own_disk(folder), Some(false));
        assert_eq!(own_disk("20 1 0:5 / /proc rw - proc proc rw"), None);
        assert_eq!(own_disk("nonsense"), None);
    }

    #[test]
    fn knows_users_groups_and_programs() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("etc")).expect("a folder");
        fs::create_dir_all(folder.path().join("usr/sbin")).expect("a folder");
        let gid = fs::metadata(folder.path()).expect("is there").gid();
        fs::write(
            folder.path().join("etc/passwd"),
            "root:x:0:0::/root:/bin/sh\nada:x:4711:4711::/home/ada:/bin/sh\n",
        )
        .expect("a file");
        let text = format!("none:x:99999:\nengines:x:{gid}:eve,ada\n");
        fs::write(folder.path().join("etc/group"), text).expect("a file");
        fs::write(folder.path().join("usr/sbin/dockerd"), "").expect("a file");
        let machine = Machine {
            root: folder.path().to_owned(),
            search_path: None,
            uid: 4711,
            groups: BTreeSet::new(),
        };
        assert_eq!(machine.user().as_deref(), Some("ada"));
        let socket = folder.path().join("socket");
        fs::write(&socket, "").expect("a file");
        let mode = |mode| fs::set_permissions(&socket, fs::Permissions::from_mode(mode));
        mode(0o660).expect("allowed");
        let open = Guard::Group {
            name: "engines".to_owned(),
            listed: true,
        };
        assert_eq!(machine.guard(&socket), open);
        mode(0o600).expect("allowed");
        assert_eq!(machine.guard(&socket), Guard::Owner);
        let nowhere = folder.path().join("nowhere");
        assert_eq!(machine.guard(&nowhere), Guard::Folder);
        assert!(!machine.has_program("dockerd"), "it may not be executed");
        let program = folder.path().join("usr/sbin/dockerd");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("allowed");
        assert!(machine.has_program("dockerd"));
        assert_eq!(machine.as_root("x"), "sudo x");
    }
}
