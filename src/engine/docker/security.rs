//! `security_opt` in the engine's terms: what a command line client works out before it asks.
//!
//! The engine takes the text of a seccomp profile, not its path, and knows `systempaths` only by the two lists that
//! it stands for.

use std::path::Path;

use bollard::models::HostConfig;
use serde_json::Value;

use crate::engine::{EngineError, Result};

/// Puts the text of a seccomp profile in the place of its absolute path, and resolves `systempaths=unconfined`.
pub(super) async fn confine(host: &mut HostConfig) -> Result<()> {
    let Some(options) = &mut host.security_opt else {
        return Ok(());
    };
    let before = options.len();
    options.retain(|option| option != "systempaths=unconfined");
    let unconfined = options.len() < before;
    for option in options.iter_mut() {
        if let Some(path) = option
            .strip_prefix("seccomp=")
            .filter(|p| p.starts_with('/'))
        {
            *option = format!("seccomp={}", profile(Path::new(path)).await?);
        }
    }
    if options.is_empty() {
        host.security_opt = None;
    }
    if unconfined {
        host.masked_paths = Some(Vec::new());
        host.readonly_paths = Some(Vec::new());
    }
    Ok(())
}

async fn profile(path: &Path) -> Result<Value> {
    let wrong = |error: String| {
        EngineError::File(format!(
            "the seccomp profile `{}` cannot be read: {error}",
            path.display()
        ))
    };
    let text = tokio::fs::read(path)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(options: &[&str]) -> HostConfig {
        HostConfig {
            security_opt: Some(options.iter().map(|&option| option.to_owned()).collect()),
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn the_engine_gets_a_profiles_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("profile.json");
        std::fs::write(&path, "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\"\n}\n").expect("a file");
        let by_path = format!("seccomp={}", path.display());
        let mut host = host(&[&by_path, "no-new-privileges:true"]);
        confine(&mut host).await.expect("read");
        assert_eq!(
            host.security_opt.expect("options"),
            [
                "seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}",
                "no-new-privileges:true"
            ]
        );
    }

    #[tokio::test]
    async fn a_profile_that_is_not_there_is_named() {
        let mut host = host(&["seccomp=/no/such/profile.json"]);
        let error = confine(&mut host).await.expect_err("no file").to_string();
        assert!(error.contains("`/no/such/profile.json`"), "{error}");
    }

    #[tokio::test]
    async fn words_of_the_engine_stay() {
        let mut options = host(&["seccomp=unconfined", "apparmor=unconfined"]);
        confine(&mut options).await.expect("nothing to read");
        assert_eq!(
            options,
            host(&["seccomp=unconfined", "apparmor=unconfined"])
        );
    }

    #[tokio::test]
    async fn system_paths_are_shown_on_request() {
        let mut host = host(&["systempaths=unconfined"]);
        confine(&mut host).await.expect("nothing to read");
        assert_eq!(host.masked_paths, Some(Vec::new()));
        assert_eq!(host.security_opt, None);
    }
}
