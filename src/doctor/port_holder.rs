//! Who holds a host port: a container, or a process of this machine.
//!
//! Processes are found as `ss -p` finds them: the kernel's table of sockets names an inode, and a process that has it
//! open shows it below `/proc/PID/fd`. That is there on Linux only, and for processes of other users only for root.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::TakenPort;
use crate::engine::ContainerSummary;
use crate::plan::Labels;
use crate::stack::Protocol;

/// The state of a listening socket in the kernel's tables.
const LISTEN: &str = "0A";

/// Who holds a host port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortHolder {
    /// A container of this engine.
    Container {
        /// Its name.
        name: String,
        /// Its project, if it has one.
        project: Option<String>,
    },
    /// A process of this machine.
    Process {
        /// The program's name.
        name: String,
        /// Its id.
        pid: u32,
    },
    /// A process that may not be looked at.
    Hidden {
        /// Its user's id.
        user: u32,
    },
    /// Nobody that can be seen from here.
    Unknown,
}

/// The running container that holds a port, from a listing of all containers of the engine.
pub fn container_holding(taken: TakenPort, listing: &[ContainerSummary]) -> Option<PortHolder> {
    let holder = listing.iter().find(|container| {
        container.ports.iter().any(|port| {
            port.protocol == taken.protocol
                && port.host.is_some_and(|(address, number)| {
                    number == taken.port && overlap(address, taken.address)
                })
        })
    })?;
    Some(PortHolder::Container {
        name: holder.name.clone(),
        project: holder.labels.get(Labels::PROJECT).cloned(),
    })
}

/// The process that holds a port, from a `/proc` file system. It reads files: not to be called on an async thread.
pub fn process_holding(taken: TakenPort, proc: &Path) -> PortHolder {
    let sockets = sockets(taken, proc);
    let Some(first) = sockets.first() else {
        return PortHolder::Unknown;
    };
    let wanted: Vec<String> = sockets
        .iter()
        .map(|socket| format!("socket:[{}]", socket.inode))
        .collect();
    for entry in fs::read_dir(proc).into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let holds = fs::read_dir(entry.path().join("fd"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|target| {
                wanted
                    .iter()
                    .any(|wanted| target.as_os_str() == wanted.as_str())
            });
        if holds {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            let name: String = name.trim().chars().filter(|c| !c.is_control()).collect();
            return PortHolder::Process { name, pid };
        }
    }
    PortHolder::Hidden { user: first.user }
}

/// A socket in the kernel's tables.
struct Socket {
    address: IpAddr,
    port: u16,
    user: u32,
    inode: u64,
}

/// The sockets that are in the way.
fn sockets(taken: TakenPort, proc: &Path) -> Vec<Socket> {
    let (tables, state) = match taken.protocol {
        Protocol::Udp => (["net/udp", "net/udp6"], None),
        _ => (["net/tcp", "net/tcp6"], Some(LISTEN)),
    };
    let mut found = Vec::new();
    for table in tables {
        let text = fs::read_to_string(proc.join(table)).unwrap_or_default();
        found.extend(
            text.lines()
                .skip(1)
                .filter_map(|line| socket(line, state))
                .filter(|socket| {
                    socket.port == taken.port && overlap(socket.address, taken.address)
                }),
        );
    }
    found
}

/// A line of a table: `sl local remote st tx:rx tr:when retrnsmt uid timeout inode …`, in hexadecimal but for the last.
fn socket(line: &str, state: Option<&str>) -> Option<Socket> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    if state.is_some_and(|state| fields.get(3) != Some(&state)) {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    Some(Socket {
        address: hex_address(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
        user: fields.get(7)?.parse().ok()?,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// An address as the kernel prints it: groups of four bytes, each a number of this machine's byte order.
fn hex_address(text: &str) -> Option<IpAddr> {
    let group = |at: usize| {
        let digits = text.get(at * 8..at * 8 + 8)?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
    };
    match text.len() {
        8 => Some(Ipv4Addr::from(group(0)?).into()),
        32 => {
            let groups = [group(0)?, group(1)?, group(2)?, group(3)?];
            let mut bytes = [0; 16];
            bytes.copy_from_slice(groups.as_flattened());
            Some(Ipv6Addr::from(bytes).to_canonical())
        }
        _ => None,
    }
}

/// Whether two addresses cannot be bound to one port at once. `::` takes IPv4 too unless told otherwise.
fn overlap(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    fn taken(address: &str, port: u16, protocol: Protocol) -> TakenPort {
        TakenPort {
            address: address.parse().expect("an address"),
            port,
            protocol,
        }
    }

    #[test]
    fn reads_the_kernels_addresses() {
        // As a little-endian machine prints them.
        if cfg!(target_endian = "little") {
            let v4 = hex_address("0100007F").expect("an address");
            assert_eq!(v4, Ipv4Addr::LOCALHOST);
            let v6 = hex_address("00000000000000000000000001000000").expect("an address");
            assert_eq!(v6, Ipv6Addr::LOCALHOST);
            let mapped = hex_address("0000000000000000FFFF00000100007F").expect("an address");
            assert_eq!(mapped, Ipv4Addr::LOCALHOST);
        }
        assert_eq!(hex_address("xyz"), None);
        assert_eq!(hex_address("é00007F"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn finds_this_very_process() {
        let us = |holder: &PortHolder| matches!(holder, PortHolder::Process { pid, name } if *pid == std::process::id() && !name.is_empty());
        let proc = Path::new("/proc");
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = tcp.local_addr().expect("an address").port();
        for address in ["127.0.0.1", "0.0.0.0"] {
            let holder = process_holding(taken(address, port, Protocol::Tcp), proc);
            assert!(us(&holder), "{holder:?}");
        }
        let elsewhere = process_holding(taken("127.0.0.9", port, Protocol::Tcp), proc);
        assert_eq!(elsewhere, PortHolder::Unknown);
        let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let port = udp.local_addr().expect("an address").port();
        let holder = process_holding(taken("127.0.0.1", port, Protocol::Udp), proc);
        assert!(us(&holder), "{holder:?}");
    }

    #[test]
    fn says_what_is_known_of_a_process_that_may_not_be_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("net")).expect("a folder");
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                     0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 12345 1\n";
        fs::write(folder.path().join("net/tcp"), table).expect("a file");
        let wanted = taken("127.0.0.1", 8080, Protocol::Tcp);
        assert_eq!(
            process_holding(wanted, folder.path()),
            PortHolder::Hidden { user: 33 }
        );
        assert_eq!(
            process_holding(wanted, &folder.path().join("nothing")),
            PortHolder::Unknown
        );
    }
}
