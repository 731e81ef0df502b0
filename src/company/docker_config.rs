//! The proxies that the docker command line hands to containers and builds: `proxies` in its `config.json`.

use std::path::PathBuf;

use serde_json::Value;

use super::{Proxy, ProxyOrigin, Sources};

/// The proxy for the engine that `DOCKER_HOST` names, or for all. A file that cannot be read has none: what is wrong with
/// it is told by whoever needs its logins.
pub(super) fn proxy(sources: Sources<'_>) -> Option<Proxy> {
    let folder = match sources.variable("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => sources.home?.join(".docker"),
    };
    let text = std::fs::read(folder.join("config.json")).ok()?;
    let config: Value = serde_json::from_slice(&text).ok()?;
    let proxies = config.get("proxies")?;
    let of_host = sources
        .variable("DOCKER_HOST")
        .and_then(|host| proxies.get(host));
    let found = of_host.or_else(|| proxies.get("default"))?;
    let text = |key: &str| {
        let value = found.get(key)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let proxy = Proxy {
        http: text("httpProxy"),
        https: text("httpsProxy"),
        all: text("allProxy"),
        ftp: text("ftpProxy"),
        no: text("noProxy"),
        origin: ProxyOrigin::DockerConfig,
    };
    Some(proxy).filter(|proxy| !proxy.is_empty())
}
