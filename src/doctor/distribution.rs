//! How each distribution installs and starts its own container engine.

use super::Machine;

/// The commands that install the distribution's engine, each as words; none where it has no package for one.
pub(super) fn install(machine: &Machine) -> Option<Vec<Vec<String>>> {
    let release = machine.text("/etc/os-release");
    let names = names(&release);
    let commands: &[&str] = names.iter().find_map(|name| match name.as_str() {
        "debian" | "ubuntu" => Some(&[
            "apt-get update",
            "apt-get install -y --no-install-recommends docker.io iptables ca-certificates",
        ] as &[&str]),
        "fedora" => Some(&["dnf install -y moby-engine"]),
        "arch" => Some(&["pacman -S --noconfirm docker"]),
        "alpine" => Some(&["apk add docker"]),
        "suse" | "opensuse" | "opensuse-leap" | "opensuse-tumbleweed" => {
            Some(&["zypper --non-interactive install docker"])
        }
        _ => None,
    })?;
    Some(commands.iter().map(|command| words(command)).collect())
}

/// The command that starts the engine of this machine as root.
pub(super) fn start(machine: &Machine) -> Vec<String> {
    if machine.has_systemd() {
        words("systemctl start docker")
    } else if machine.path("/run/openrc").is_dir() {
        words("rc-service docker start")
    } else {
        words("dockerd")
    }
}

/// `ID` and `ID_LIKE` of an os-release file, the nearest first.
fn names(release: &str) -> Vec<String> {
    let value = |key: &str| {
        release.lines().find_map(|line| {
            let value = line.strip_prefix(key)?.strip_prefix('=')?;
            Some(value.trim_matches(['"', '\'']).to_owned())
        })
    };
    let id = value("ID").unwrap_or_default();
    let like = value("ID_LIKE").unwrap_or_default();
    std::iter::once(id.as_str())
        .chain(like.split(' '))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn machine(release: &str) -> (tempfile::TempDir, Machine) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("etc")).expect("a folder");
        std::fs::write(folder.path().join("etc/os-release"), release).expect("a file");
        let machine = Machine {
            root: folder.path().to_owned(),
            search_path: None,
            uid: 1000,
            groups: BTreeSet::new(),
        };
        (folder, machine)
    }

    #[test]
    fn each_distribution_has_its_own_package() {
        for (release, package) in [
            ("ID=debian\nVERSION_ID=\"12\"\n", "docker.io"),
            (
                "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                "docker.io",
            ),
            ("ID=fedora\n", "moby-engine"),
            (
                "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n",
                "docker",
            ),
        ] {
            let (_folder, machine) = machine(release);
            let commands = install(&machine).expect(release);
            let last = commands.last().expect("a command");
            assert!(last.iter().any(|word| word == package), "{commands:?}");
        }
        let (_folder, unknown) = machine("ID=nixos\n");
        assert_eq!(install(&unknown), None);
    }

    #[test]
    fn starts_it_as_the_machine_starts_services() {
        let (folder, machine) = machine("ID=debian\n");
        assert_eq!(start(&machine), ["dockerd"]);
        std::fs::create_dir_all(folder.path().join("run/systemd/system")).expect("a folder");
        assert_eq!(start(&machine), ["systemctl", "start", "docker"]);
    }
}
