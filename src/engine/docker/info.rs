//! Who answers.

use std::path::Path;

use bollard::models::SystemInfo;
use jiff::{SignedDuration, Timestamp};

use super::client::DockerEngine;
use crate::engine::{EngineInfo, EngineProxies, Result};

/// Where Linux tells its own release.
const KERNEL_RELEASE: &str = "/proc/sys/kernel/osrelease";

impl DockerEngine {
    /// What the engine said of itself when it was first asked.
    pub(super) async fn described(&self) -> Result<EngineInfo> {
        let info = self.inner.info.get_or_try_init(|| self.describe()).await?;
        Ok(info.clone())
    }

    async fn describe(&self) -> Result<EngineInfo> {
        let before = Timestamp::now();
        let info = self.ask(self.inner.docker.info()).await?;
        let after = Timestamp::now();
        let kernel = std::fs::read_to_string(Path::new(KERNEL_RELEASE)).ok();
        let local = self.inner.local && shares_machine(&info, kernel.as_deref().map(str::trim));
        Ok(EngineInfo {
            version: info.server_version.unwrap_or_default(),
            api: self.inner.api,
            os: info.os_type.unwrap_or_else(|| "linux".to_owned()),
            architecture: architecture(&info.architecture.unwrap_or_default()).to_owned(),
            storage_driver: info.driver.unwrap_or_default(),
            cpus: info
                .ncpu
                .and_then(|cpus| u64::try_from(cpus).ok())
                .unwrap_or_default(),
            memory: info
                .mem_total
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or_default(),
            system: info.operating_system.unwrap_or_default(),
            root: info.docker_root_dir.unwrap_or_default(),
            storage_status: info
                .driver_status
                .unwrap_or_default()
                .into_iter()
                .filter_map(|pair| {
                    let mut pair = pair.into_iter();
                    Some((pair.next()?, pair.next()?))
                })
                .collect(),
            clock_lead: lead(info.system_time.as_deref(), before, after),
            proxies: EngineProxies {
                http: info.http_proxy.unwrap_or_default(),
                https: info.https_proxy.unwrap_or_default(),
                none_for: info.no_proxy.unwrap_or_default(),
            },
            local,
        })
    }
}

/// What a clock that showed `theirs` between `before` and `after` shows more than ours, to the precision of half that
/// time.
pub(super) fn lead(theirs: Option<&str>, before: Timestamp, after: Timestamp) -> SignedDuration {
    let Some(theirs) = theirs.and_then(|time| time.parse::<Timestamp>().ok()) else {
        return SignedDuration::ZERO;
    };
    let took = after.duration_since(before);
    theirs.duration_since(before + took / 2)
}

/// Whether addresses of containers can be reached from here and files here be mounted there.
///
/// A local socket is not enough: it may lead into a virtual machine (Docker Desktop, or a tunnel of the user's own),
/// which betrays itself by another kernel, or to an engine in a network namespace of its own (rootless).
fn shares_machine(info: &SystemInfo, kernel: Option<&str>) -> bool {
    let rootless = info
        .security_options
        .iter()
        .flatten()
        .any(|option| option.contains("rootless"));
    !rootless && kernel.is_some() && info.kernel_version.as_deref() == kernel
}

/// The kernel's name of an architecture as images name it.
fn architecture(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "armv7l" | "armv6l" => "arm",
        "i386" | "i686" => "386",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(kernel: &str, options: &[&str]) -> SystemInfo {
        SystemInfo {
            kernel_version: Some(kernel.to_owned()),
            security_options: Some(options.iter().map(|&option| option.to_owned()).collect()),
            ..Default::default()
        }
    }

    #[test]
    fn knows_an_engine_on_another_kernel() {
        assert!(shares_machine(
            &info("6.1.0", &["name=seccomp"]),
            Some("6.1.0")
        ));
        assert!(!shares_machine(&info("5.15-linuxkit", &[]), Some("6.1.0")));
        assert!(!shares_machine(
            &info("6.1.0", &["name=rootless"]),
            Some("6.1.0")
        ));
        assert!(!shares_machine(&info("6.1.0", &[]), None));
    }

    #[test]
    fn names_architectures_as_images_do() {
        assert_eq!(architecture("x86_64"), "amd64");
        assert_eq!(architecture("s390x"), "s390x");
    }
}
