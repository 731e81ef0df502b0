//! What the data of a service is made from.

use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::fingerprint::{content, fingerprint};
use crate::catalog;
use crate::plan::Fingerprint;
use crate::stack::{MountKind, Seed, SeedKind, Service};

/// The fingerprint of a service's data: its seeds, and what its first boot depends on. It reads the files as a whole;
/// errors name the file. `None` if neither counts.
pub fn data_fingerprint(service: &Service) -> io::Result<Option<Fingerprint>> {
    let first_boot = service
        .server()
        .is_some_and(|family| family.first_boot(service.facts()));
    if service.seeds.is_empty() && !first_boot {
        return Ok(None);
    }
    Ok(Some(Fingerprint {
        setup: setup(service)?,
        seeds: fingerprint(&service.seeds)?,
        sizes: service.seeds.iter().map(size).collect(),
    }))
}

fn size(seed: &Seed) -> u64 {
    match &seed.kind {
        SeedKind::File { path, .. } => std::fs::metadata(path).map_or(0, |file| file.len()),
        SeedKind::Exec { .. } | SeedKind::Run(_) | SeedKind::Http(_) => 0,
    }
}

/// Settings and files that a first boot reads. The image is not among them: only the engine knows which one it is.
fn setup(service: &Service) -> io::Result<String> {
    let family = service.family.and_then(catalog::family);
    let mut hash = Sha256::new();
    let mut part = |name: &str, value: &str| {
        hash.update(format!("{name}\0{}\0", value.len()));
        hash.update(value);
    };
    let options = &service.container;
    let mut environment: Vec<_> = options
        .environment
        .iter()
        .filter(|(name, _)| family.is_none_or(|family| family.shapes_data(name)))
        .collect();
    environment.sort();
    for (name, value) in environment {
        part(name, value.as_deref().unwrap_or("\0unset"));
    }
    for words in [&options.command, &options.entrypoint] {
        part("words", &words.as_deref().unwrap_or_default().join("\0"));
    }
    part("user", options.user.as_deref().unwrap_or_default());
    for file in &service.files {
        part(&file.target, &file.digest);
    }
    let mut targets: Vec<&str> = service
        .mounts
        .iter()
        .filter(|mount| matches!(mount.kind, MountKind::Volume { .. }))
        .map(|mount| mount.target.as_str())
        .collect();
    targets.sort_unstable();
    part("targets", &targets.join("\0"));
    let scripts = family.and_then(catalog::Family::first_boot_scripts);
    if let Some(folder) = scripts {
        for mount in &service.mounts {
            let MountKind::Bind { source, .. } = &mount.kind else {
                continue;
            };
            if mount.target.starts_with(folder) {
                hash.update(&mount.target);
                tree(source, &mut hash)?;
            }
        }
    }
    Ok(hex::encode(hash.finalize()))
}

/// Everything in a folder by name and content, or one file.
fn tree(path: &Path, hash: &mut Sha256) -> io::Result<()> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    match std::fs::metadata(path) {
        // The engine makes what is missing, as an empty folder.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(named(error)),
        Ok(found) if found.is_dir() => {
            let mut entries: Vec<_> = std::fs::read_dir(path)
                .and_then(Iterator::collect)
                .map_err(named)?;
            entries.sort_by_key(std::fs::DirEntry::file_name);
            for entry in entries {
                hash.update(entry.file_name().as_encoded_bytes());
                hash.update([0]);
                tree(&entry.path(), hash)?;
            }
            Ok(())
        }
        Ok(found) if found.is_file() => content(path, hash).map_err(named),
        // A socket or a pipe: reading it might never end.
        Ok(_) => Ok(()),
    }
}
