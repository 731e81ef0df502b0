//! Mounts in the engine's terms, which has three forms for them.
//!
//! `Mounts` is the exact one. `Binds` is needed where the engine shall make a missing folder of the host or relabel
//! it for SELinux, and `Tmpfs` where memory has options of the kernel. Where two forms say the same, it is the one that
//! Docker Compose takes, so that the engine shows both alike.

use std::collections::HashMap;

use bollard::models::{
    Mount, MountBindOptions, MountBindOptionsPropagationEnum, MountImageOptions, MountTmpfsOptions,
    MountType, MountVolumeOptions,
};

use super::create::refused;
use super::request::ApiVersion;
use crate::engine::{MountSource, MountSpec, Result};

/// `CreateMountpoint` of a bind.
const CREATES_IN_MOUNTS: ApiVersion = (1, 42);
/// How a read-only bind treats mounts below it.
const RECURSIVE_READ_ONLY: ApiVersion = (1, 44);
/// A folder of a volume.
const VOLUME_FOLDERS: ApiVersion = (1, 45);
/// The files of an image.
const IMAGE_MOUNTS: ApiVersion = (1, 48);

/// Mounts, each in the form that can say what it means.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Placed {
    pub(super) binds: Vec<String>,
    pub(super) mounts: Vec<Mount>,
    pub(super) tmpfs: HashMap<String, String>,
}

/// Finds the form for each mount.
pub(super) fn place(mounts: &[MountSpec], api: ApiVersion) -> Result<Placed> {
    let mut placed = Placed::default();
    for mount in mounts {
        let exact = |typ, source: &str| Mount {
            target: Some(mount.target.clone()),
            source: (!source.is_empty()).then(|| source.to_owned()),
            typ: Some(typ),
            read_only: mount.read_only.then_some(true),
            consistency: mount.consistency.clone(),
            ..Default::default()
        };
        match &mount.source {
            MountSource::Volume {
                name,
                no_copy,
                subpath,
            } => {
                if subpath.is_some() {
                    needs(api, VOLUME_FOLDERS, "a folder of a volume (`subpath`)")?;
                }
                if !*no_copy && subpath.is_none() && !mount.target.contains(':') {
                    placed.binds.push(line(name, mount, &[]));
                    continue;
                }
                placed.mounts.push(Mount {
                    volume_options: (*no_copy || subpath.is_some()).then(|| MountVolumeOptions {
                        no_copy: Some(*no_copy),
                        subpath: subpath.clone(),
                        ..Default::default()
                    }),
                    ..exact(MountType::VOLUME, name)
                });
            }
            MountSource::Anonymous => placed.mounts.push(exact(MountType::VOLUME, "")),
            MountSource::Bind { .. } => bind(mount, &mut placed, api, &exact)?,
            MountSource::Tmpfs {
                size,
                mode,
                options,
            } => match options {
                None => placed.mounts.push(Mount {
                    tmpfs_options: tmpfs(*size, *mode),
                    ..exact(MountType::TMPFS, "")
                }),
                Some(options) => {
                    let options = tmpfs_line(*size, *mode, options, mount.read_only);
                    placed.tmpfs.insert(mount.target.clone(), options);
                }
            },
            MountSource::Npipe { source } => placed.mounts.push(exact(MountType::NPIPE, source)),
            MountSource::Image { source, subpath } => {
                needs(api, IMAGE_MOUNTS, "mounting an image")?;
                placed.mounts.push(Mount {
                    image_options: subpath.as_ref().map(|subpath| MountImageOptions {
                        subpath: Some(subpath.clone()),
                    }),
                    ..exact(MountType::IMAGE, source)
                });
            }
        }
    }
    Ok(placed)
}

fn bind(
    mount: &MountSpec,
    placed: &mut Placed,
    api: ApiVersion,
    exact: &dyn Fn(MountType, &str) -> Mount,
) -> Result<()> {
    let MountSource::Bind {
        source,
        create,
        propagation,
        selinux,
        recursive,
    } = &mount.source
    else {
        return Ok(());
    };
    // A colon separates the parts of a line of `Binds`: such paths fit only into `Mounts`.
    let has_colon = source.contains(':') || mount.target.contains(':');
    let wants_line = selinux.is_some() || (*create && propagation.is_none());
    if wants_line && !has_colon && recursive.is_none() {
        let mut options: Vec<&str> = Vec::new();
        options.extend(selinux.as_deref());
        options.extend(propagation.as_deref());
        options.extend(mount.consistency.as_deref());
        placed.binds.push(line(source, mount, &options));
        return Ok(());
    }
    if selinux.is_some() {
        return Err(refused(format!(
            "the engine cannot relabel `{source}` for SELinux together with a colon in a path or with `recursive`"
        )));
    }
    let mut options = MountBindOptions {
        propagation: propagation.as_deref().map(read_propagation).transpose()?,
        create_mountpoint: (*create && api >= CREATES_IN_MOUNTS).then_some(true),
        ..Default::default()
    };
    match recursive.as_deref() {
        None | Some("enabled") => {}
        Some("disabled") => options.non_recursive = Some(true),
        Some("writable") => {
            needs(api, RECURSIVE_READ_ONLY, "`recursive: writable`")?;
            options.read_only_non_recursive = Some(true);
        }
        Some("readonly") => {
            needs(api, RECURSIVE_READ_ONLY, "`recursive: readonly`")?;
            options.read_only_force_recursive = Some(true);
        }
        Some(other) => return Err(refused(format!("`{other}` is no value of `recursive`"))),
    }
    placed.mounts.push(Mount {
        bind_options: (options != MountBindOptions::default()).then_some(options),
        ..exact(MountType::BIND, source)
    });
    Ok(())
}

/// A line of `Binds`: `source:target:rw,…`.
fn line(source: &str, mount: &MountSpec, options: &[&str]) -> String {
    let access = if mount.read_only { "ro" } else { "rw" };
    let mut words = vec![access];
    words.extend(options);
    format!("{source}:{}:{}", mount.target, words.join(","))
}

fn read_propagation(text: &str) -> Result<MountBindOptionsPropagationEnum> {
    Ok(match text {
        "" => MountBindOptionsPropagationEnum::EMPTY,
        "private" => MountBindOptionsPropagationEnum::PRIVATE,
        "rprivate" => MountBindOptionsPropagationEnum::RPRIVATE,
        "shared" => MountBindOptionsPropagationEnum::SHARED,
        "rshared" => MountBindOptionsPropagationEnum::RSHARED,
        "slave" => MountBindOptionsPropagationEnum::SLAVE,
        "rslave" => MountBindOptionsPropagationEnum::RSLAVE,
        other => return Err(refused(format!("`{other}` is no mount propagation"))),
    })
}

fn tmpfs(size: Option<i64>, mode: Option<u32>) -> Option<MountTmpfsOptions> {
    (size.is_some() || mode.is_some()).then(|| MountTmpfsOptions {
        size_bytes: size,
        mode: mode.map(i64::from),
        ..Default::default()
    })
}

fn tmpfs_line(size: Option<i64>, mode: Option<u32>, options: &str, read_only: bool) -> String {
    let mut all = Vec::new();
    all.extend(read_only.then(|| "ro".to_owned()));
    all.extend(size.map(|size| format!("size={size}")));
    all.extend(mode.map(|mode| format!("mode={mode:o}")));
    all.extend((!options.is_empty()).then(|| options.to_owned()));
    all.join(",")
}

fn needs(api: ApiVersion, wanted: ApiVersion, what: &str) -> Result<()> {
    if api >= wanted {
        return Ok(());
    }
    Err(refused(format!(
        "{what} needs a container engine with API {}.{} or later; this one speaks {}.{}",
        wanted.0, wanted.1, api.0, api.1
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(target: &str, source: MountSource) -> MountSpec {
        MountSpec {
            target: target.into(),
            source,
            read_only: false,
            consistency: None,
        }
    }

    fn folder(source: &str, create: bool) -> MountSource {
        MountSource::Bind {
            source: source.into(),
            create,
            propagation: None,
            selinux: None,
            recursive: None,
        }
    }

    #[test]
    fn a_folder_that_must_exist_is_an_exact_mount() {
        let placed = place(&[at("/a", folder("/src", false))], (1, 41)).expect("placed");
        assert!(placed.binds.is_empty());
        assert_eq!(placed.mounts[0].typ, Some(MountType::BIND));
        assert_eq!(placed.mounts[0].bind_options, None);
    }

    #[test]
    fn a_folder_that_may_be_made_is_a_line_with_its_options() {
        let mut mount = at(
            "/a",
            MountSource::Bind {
                source: "/src".into(),
                create: true,
                propagation: Some("rslave".into()),
                selinux: Some("z".into()),
                recursive: None,
            },
        );
        mount.read_only = true;
        mount.consistency = Some("cached".into());
        let placed = place(&[mount], (1, 41)).expect("placed");
        assert_eq!(placed.binds, ["/src:/a:ro,z,rslave,cached"]);
        let plain = place(&[at("/a", folder("/src", true))], (1, 41)).expect("placed");
        assert_eq!(plain.binds, ["/src:/a:rw"]);
    }

    #[test]
    fn a_path_with_a_colon_is_an_exact_mount() {
        let placed = place(&[at("/a", folder("/s:rc", true))], (1, 42)).expect("placed");
        let options = placed.mounts[0].bind_options.clone().expect("options");
        assert_eq!(options.create_mountpoint, Some(true));
        let old = place(&[at("/a", folder("/s:rc", true))], (1, 41)).expect("placed");
        assert_eq!(old.mounts[0].bind_options, None);
    }

    #[test]
    fn memory_takes_its_options() {
        let mut mount = at(
            "/t",
            MountSource::Tmpfs {
                size: Some(1024),
                mode: Some(0o1770),
                options: Some("noexec,uid=1000".into()),
            },
        );
        mount.read_only = true;
        let placed = place(&[mount], (1, 41)).expect("placed");
        assert_eq!(placed.tmpfs["/t"], "ro,size=1024,mode=1770,noexec,uid=1000");
        let long = MountSource::Tmpfs {
            size: Some(1024),
            mode: Some(0o1770),
            options: None,
        };
        let placed = place(&[at("/t", long)], (1, 41)).expect("placed");
        let options = placed.mounts[0].tmpfs_options.clone().expect("options");
        assert_eq!(
            (options.size_bytes, options.mode),
            (Some(1024), Some(0o1770))
        );
    }

    #[test]
    fn volumes_with_and_without_a_name() {
        let named = MountSource::Volume {
            name: "shop_data".into(),
            no_copy: true,
            subpath: None,
        };
        let placed = place(
            &[at("/d", named), at("/x", MountSource::Anonymous)],
            (1, 41),
        )
        .expect("placed");
        assert_eq!(placed.mounts[0].source.as_deref(), Some("shop_data"));
        assert_eq!(
            placed.mounts[0]
                .volume_options
                .as_ref()
                .and_then(|options| options.no_copy),
            Some(true)
        );
        assert_eq!(placed.mounts[1].source, None);
        let plain = MountSource::Volume {
            name: "shop_data".into(),
            no_copy: false,
            subpath: None,
        };
        let placed = place(&[at("/d", plain)], (1, 41)).expect("placed");
        assert_eq!(placed.binds, ["shop_data:/d:rw"]);
    }

    #[test]
    fn refuses_in_words_what_the_engine_is_too_old_for() {
        let subpath = MountSource::Volume {
            name: "v".into(),
            no_copy: false,
            subpath: Some("in".into()),
        };
        let image = MountSource::Image {
            source: "busybox".into(),
            subpath: None,
        };
        for source in [subpath, image] {
            let error = place(&[at("/d", source)], (1, 41)).expect_err("too old");
            assert!(
                error.to_string().contains("this one speaks 1.41"),
                "{error}"
            );
        }
    }
}
