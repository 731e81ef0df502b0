//! Volumes and mounts.

use devstack::engine::{EngineError, MountSource, MountSpec};

use crate::stage::Stage;

fn mount(target: &str, source: MountSource) -> MountSpec {
    MountSpec {
        target: target.to_owned(),
        source,
        read_only: false,
        consistency: None,
    }
}

fn named(name: &str) -> MountSource {
    MountSource::Volume {
        name: name.to_owned(),
        no_copy: false,
        subpath: None,
    }
}

pub(crate) async fn a_volume_is_made_once_and_removed(stage: Stage) {
    let spec = stage.volume("data");
    stage.engine.create_volume(&spec).await.expect("makes");
    let volume = stage.engine.volume(&spec.name).await.expect("answers");
    let volume = volume.expect("is there");
    assert_eq!(
        (volume.name.as_str(), volume.driver.as_str()),
        (spec.name.as_str(), "local")
    );
    assert_eq!(volume.labels, spec.labels);
    assert!(volume.mountpoint.contains(&spec.name));
    assert!(!volume.created.is_empty());
    stage.engine.create_volume(&spec).await.expect("is there");
    let listed = stage.engine.volumes(&[stage.label()]).await.expect("lists");
    assert_eq!(listed, [volume]);
    for _ in 0..2 {
        let removed = stage.engine.remove_volume(&spec.name).await;
        removed.expect("is gone");
    }
    assert_eq!(
        stage.engine.volume(&spec.name).await.expect("answers"),
        None
    );
}

pub(crate) async fn a_volume_in_use_stays(stage: Stage) {
    let volume = stage.volume("data");
    stage.engine.create_volume(&volume).await.expect("makes");
    let mut spec = stage.spec("a", &["sleep", "600"]);
    spec.mounts.push(mount("/data", named(&volume.name)));
    let id = stage.engine.create_container(&spec).await.expect("creates");
    let error = stage.engine.remove_volume(&volume.name).await;
    let error = error.expect_err("is in use");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");
    assert!(error.to_string().contains(&id), "{error}");
    // Its container takes anonymous volumes with it, not this one.
    stage
        .engine
        .remove_container(&id, true)
        .await
        .expect("goes");
    let volume = stage.engine.volume(&volume.name).await.expect("answers");
    assert!(volume.is_some());
}

pub(crate) async fn anonymous_volumes_go_with_their_container_if_asked(stage: Stage) {
    for (of, with_volumes) in [("a", true), ("b", false)] {
        let mut spec = stage.spec(of, &["sleep", "600"]);
        spec.mounts.push(mount("/data", MountSource::Anonymous));
        let id = stage.engine.create_container(&spec).await.expect("creates");
        let detail = stage.detail(&id).await;
        let name = detail.mounts[0].name.clone().expect("has a name");
        let there = async || stage.engine.volume(&name).await.expect("answers").is_some();
        assert!(there().await);
        let removed = stage.engine.remove_container(&id, with_volumes).await;
        removed.expect("goes");
        assert_eq!(there().await, !with_volumes);
        stage.engine.remove_volume(&name).await.expect("goes");
    }
}

pub(crate) async fn mounts_are_told(stage: Stage) {
    let volume = stage.volume("data");
    stage.engine.create_volume(&volume).await.expect("makes");
    let mut spec = stage.spec("a", &["sleep", "600"]);
    spec.mounts.push(mount("/data", named(&volume.name)));
    let bind = MountSource::Bind {
        source: "/etc".to_owned(),
        create: false,
        propagation: None,
        selinux: None,
        recursive: None,
    };
    spec.mounts.push(mount("/host", bind));
    let name = stage.start(&spec).await;
    let mut mounts = stage.detail(&name).await.mounts;
    mounts.sort_by(|a, b| a.target.cmp(&b.target));
    let seen: Vec<_> = mounts
        .iter()
        .map(|m| (m.target.as_str(), m.kind.as_str(), m.name.as_deref()))
        .collect();
    let expected = [
        ("/data", "volume", Some(volume.name.as_str())),
        ("/host", "bind", None),
    ];
    assert_eq!(seen, expected);
    assert_eq!(mounts[1].source, "/etc");
}
