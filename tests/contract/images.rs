//! Images: pulls and names.

use devstack::engine::EngineError;

use crate::stage::Stage;

pub(crate) async fn an_image_is_pulled_with_progress(stage: Stage) {
    stage.pull(&stage.image).await.expect("pulls");
    let image = stage.engine.image(&stage.image).await.expect("answers");
    let image = image.expect("is there");
    assert!(image.id.starts_with("sha256:"), "{}", image.id);
    assert!(image.names.contains(&stage.image), "{:?}", image.names);
    assert!(image.platform.starts_with("linux/"), "{}", image.platform);
    assert!(image.size > 0);
    let by_id = stage.engine.image(&image.id).await.expect("answers");
    assert_eq!(by_id.expect("is there").id, image.id);
}

pub(crate) async fn an_image_that_no_registry_has_is_not_found_and_not_tried_again(stage: Stage) {
    for name in ["library/busybox:no-such-tag", "no/such/image:1"] {
        let reference = format!("{}/{name}", stage.registry);
        let error = stage.pull(&reference).await.expect_err("is not there");
        assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
        assert!(!error.is_transient());
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(stage.engine.image(&reference).await.expect("answers"), None);
    }
}

pub(crate) async fn a_registry_that_does_not_answer_is_worth_another_try(stage: Stage) {
    let error = stage.pull("127.0.0.1:1/x:1").await.expect_err("is down");
    assert!(error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

pub(crate) async fn an_image_gets_and_loses_names(stage: Stage) {
    let name = format!("{}:1", stage.name("image"));
    let tagged = stage.engine.tag_image(&stage.image, &name).await;
    tagged.expect("gets a name");
    let image = stage.engine.image(&name).await.expect("answers");
    assert!(image.expect("is there").names.contains(&stage.image));
    stage.engine.remove_image(&name).await.expect("loses it");
    assert_eq!(stage.engine.image(&name).await.expect("answers"), None);
    let first = stage.engine.image(&stage.image).await.expect("answers");
    assert!(first.is_some());
    let error = stage.engine.tag_image(&name, "x:1").await;
    assert!(matches!(error, Err(EngineError::NotFound(_))), "{error:?}");
}

pub(crate) async fn an_unknown_image_is_none(stage: Stage) {
    let name = stage.name("nothing");
    assert_eq!(stage.engine.image(&name).await.expect("answers"), None);
}

pub(crate) async fn images_with_a_name_are_listed(stage: Stage) {
    let listed = stage.engine.images().await.expect("lists");
    let found = listed
        .iter()
        .find(|image| image.names.contains(&stage.image));
    let found = found.expect("is listed");
    assert!(found.id.starts_with("sha256:"), "{}", found.id);
    assert!(listed.iter().all(|image| !image.names.is_empty()));
}

pub(crate) async fn a_registry_is_asked(stage: Stage) {
    let answer = stage.engine.ask_registry(&stage.registry).await;
    assert_eq!(answer.expect("it answers"), None);
    let nobody = stage.engine.ask_registry("127.0.0.1:2").await;
    let words = nobody.expect_err("nobody is there").to_string();
    assert!(words.contains("connection refused"), "{words}");
}
