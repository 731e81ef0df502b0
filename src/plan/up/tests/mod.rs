//! Stack and observation in, plan out, compared as text.

mod layered;
mod notes;
mod world;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::{UpOptions, up};
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerState, Image};
use crate::plan::{Action, Condition, Fingerprint, Observed, Plan, title};
use crate::stack::{LoadOptions, Stack, load};
use world::after;

/// The stack of a manifest, whose seeds exist and are empty.
fn stack(manifest: &str) -> Stack {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("devstack.yaml"), manifest).expect("a file");
    for seed in ["a.sql", "b.sql"] {
        std::fs::write(folder.path().join(seed), "").expect("a file");
    }
    std::fs::create_dir_all(folder.path().join("app")).expect("a folder");
    std::fs::write(folder.path().join("app/Dockerfile"), "FROM busybox:1\n").expect("a file");
    let loaded = load(&LoadOptions {
        directory: folder.path().to_owned(),
        project_name: Some("shop".to_owned()),
        environment: IndexMap::new(),
        ..LoadOptions::default()
    });
    loaded
        .stack
        .unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// An engine that has nothing but the images named.
fn with_images(images: &[&str]) -> Observed {
    let mut observed = Observed::nothing(now());
    for image in images {
        observed.images.insert((*image).to_owned(), image_of(image));
    }
    observed
}

fn image_of(reference: &str) -> Image {
    Image {
        id: format!("sha256:{reference}"),
        names: vec![reference.to_owned()],
        created: None,
        tagged: None,
        size: 0,
        platform: "linux/amd64".to_owned(),
        healthcheck: None,
        exposed: Vec::new(),
        volumes: Vec::new(),
        environment: Vec::new(),
        command: Vec::new(),
        entrypoint: Vec::new(),
        user: String::new(),
    }
}

/// `title <- needs` for each step, numbered from 1 as people see them.
fn steps(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| {
            let needs: Vec<String> = step
                .needs
                .iter()
                .chain(&step.after)
                .map(|need| (need.0 + 1).to_string())
                .collect();
            let needs = if needs.is_empty() {
                String::new()
            } else {
                format!(" <- {}", needs.join(" "))
            };
            format!("{} {}{needs}", step.id.0 + 1, title(&step.action))
        })
        .collect()
}

fn plan(stack: &Stack, observed: &Observed) -> Plan {
    up(stack, observed, &UpOptions::default()).expect("it can be planned")
}

fn messages(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic.message.as_str())
        .collect()
}

fn reason_of<'a>(plan: &'a Plan, wanted: &str) -> &'a str {
    let step = plan.steps.iter().find(|step| title(&step.action) == wanted);
    &step
        .unwrap_or_else(|| panic!("no {wanted} in {:#?}", steps(plan)))
        .reason
}

const PAIR: &str = "
services:
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: dev }
    volumes: ['dbdata:/var/lib/postgresql/data']
    seed: [a.sql]
  api:
    image: busybox:1
    depends_on: [db]
volumes: { dbdata: {} }
";

fn seeded(digests: &[&str], observed: Observed) -> Observed {
    let fingerprint = Fingerprint {
        setup: "as it is".to_owned(),
        seeds: digests.iter().map(|digest| (*digest).to_owned()).collect(),
        sizes: digests.iter().map(|_| 1000).collect(),
    };
    Observed {
        fingerprints: [("db".to_owned(), fingerprint)].into(),
        ..observed
    }
}

#[test]
fn the_first_up_is_two_chains_that_meet_where_one_needs_the_other() {
    let observed = seeded(&["1"], with_images(&["busybox:1"]));
    assert_eq!(
        steps(&plan(&stack(PAIR), &observed)),
        [
            "1 create network shop_default",
            "2 pull postgres:17",
            "3 prepare data of db <- 2",
            "4 create shop-db-1 <- 1 2 3",
            "5 start shop-db-1 <- 4",
            "6 wait until shop-db-1 is ready <- 5",
            "7 seed shop-db-1 from a.sql <- 6",
            "8 keep the first data of db <- 7",
            "9 prepare data of db <- 8",
            "10 create shop-db-1 <- 1 3 9",
            "11 start shop-db-1 <- 10",
            "12 wait until shop-db-1 is ready <- 11",
            "13 create shop-api-1 <- 1",
            "14 start shop-api-1 <- 12 13",
            "15 wait until shop-api-1 is ready <- 14",
        ]
    );
}

#[test]
fn the_second_up_only_looks_whether_everything_is_still_ready() {
    let stack = stack(PAIR);
    let observed = seeded(&["1"], with_images(&[]));
    let first = plan(&stack, &observed);
    let second = plan(&stack, &after(observed, &first));
    assert!(!second.changes_something(), "{:#?}", steps(&second));
    assert_eq!(second.steps.len(), 2);
    assert!(second.warnings.is_empty());
}

#[test]
fn a_changed_setting_recreates_its_service_alone() {
    let before = stack(PAIR);
    let observed = seeded(&["1"], with_images(&[]));
    let observed = after(observed.clone(), &plan(&before, &observed));
    let changed = stack(&PAIR.replace("depends_on: [db]", "depends_on: [db]\n    tty: true"));
    let second = plan(&changed, &observed);
    assert_eq!(
        steps(&second),
        [
            "1 wait until shop-db-1 is ready",
            "2 stop shop-api-1",
            "3 remove shop-api-1 <- 2",
            "4 create shop-api-1 <- 3",
            "5 start shop-api-1 <- 1 4",
            "6 wait until shop-api-1 is ready <- 5",
        ]
    );
    assert_eq!(
        reason_of(&second, "create shop-api-1"),
        "its settings in the manifest changed"
    );
}

#[test]
fn the_order_of_keys_in_the_manifest_changes_nothing() {
    let before = stack("services:\n  a:\n    image: busybox:1\n    environment: { A: 1, B: 2 }\n");
    let observed = with_images(&["busybox:1"]);
    let observed = after(observed.clone(), &plan(&before, &observed));
    let moved = stack("services:\n  a:\n    environment: { B: 2, A: 1 }\n    image: busybox:1\n");
    assert!(!plan(&moved, &observed).changes_something());
}

#[test]
fn a_service_whose_image_moved_on_is_recreated() {
    let stack = stack("services:\n  a: { image: 'busybox:1' }\n");
    let observed = with_images(&["busybox:1"]);
    let mut observed = after(observed.clone(), &plan(&stack, &observed));
    observed.images.get_mut("busybox:1").expect("there").id = "sha256:newer".to_owned();
    let second = plan(&stack, &observed);
    assert_eq!(
        reason_of(&second, "create shop-a-1"),
        "busybox:1 is another image now"
    );
}

#[test]
fn after_a_pull_on_request_only_a_new_image_recreates() {
    let stack = stack("services:\n  a: { image: 'busybox:1' }\n");
    let observed = with_images(&["busybox:1"]);
    let observed = after(observed.clone(), &plan(&stack, &observed));
    let options = UpOptions {
        pull: true,
        ..UpOptions::default()
    };
    let second = up(&stack, &observed, &options).expect("it can be planned");
    assert_eq!(title(&second.steps[0].action), "pull busybox:1");
    for step in &second.steps[1..] {
        let conditional = step
            .only_if
            .as_ref()
            .is_some_and(|only| matches!(only, Condition::Image(i) if i.was == "sha256:busybox:1"));
        let waits = matches!(step.action, Action::AwaitReady(_));
        assert!(conditional || waits, "{:#?}", steps(&second));
    }
}

#[test]
fn an_image_is_pulled_once_for_all_its_services() {
    let stack = stack("services:\n  a: { image: 'redis:8' }\n  b: { image: 'redis:8' }\n");
    let plan = plan(&stack, &with_images(&[]));
    let pulls = plan
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::PullImage { .. }));
    assert_eq!(pulls.count(), 1);
}

#[test]
fn hub_images_come_from_the_mirror_and_others_do_not() {
    let stack = stack(
        "registry: { mirror: 'localhost:5000' }\nservices:\n  a: { image: 'redis:8' }\n  b: { image: 'ghcr.io/x/y:1' }\n",
    );
    let plan = plan(&stack, &with_images(&[]));
    let mirrors: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::PullImage { mirror, .. } => Some(mirror.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(mirrors, [Some("localhost:5000/library/redis:8"), None]);
}

#[test]
fn a_build_waits_for_the_images_that_it_starts_from() {
    let stack = stack("services:\n  app: { build: ./app }\n");
    let mut observed = with_images(&[]);
    observed
        .base_images
        .insert("app".to_owned(), vec!["busybox:1".to_owned()]);
    assert_eq!(
        steps(&plan(&stack, &observed))[..3],
        [
            "1 create network shop_default",
            "2 pull busybox:1",
            "3 build shop-app <- 2"
        ]
    );
}

#[test]
fn orphans_are_named_and_go_on_request() {
    let both = stack("services:\n  a: { image: 'busybox:1' }\n  b: { image: 'busybox:1' }\n");
    let observed = with_images(&["busybox:1"]);
    let observed = after(observed.clone(), &plan(&both, &observed));
    let one = stack("services:\n  a: { image: 'busybox:1' }\n");
    let kept = plan(&one, &observed);
    assert_eq!(
        messages(&kept.warnings),
        ["the manifest has no service for `shop-b-1`"]
    );
    let options = UpOptions {
        remove_orphans: true,
        ..UpOptions::default()
    };
    let removed = up(&one, &observed, &options).expect("it can be planned");
    assert!(
        steps(&removed)
            .iter()
            .any(|step| step.contains("remove shop-b-1"))
    );
}

#[test]
fn fewer_replicas_remove_the_surplus() {
    let three = stack("services:\n  a: { image: 'busybox:1', scale: 3 }\n");
    let observed = with_images(&["busybox:1"]);
    let observed = after(observed.clone(), &plan(&three, &observed));
    assert_eq!(observed.containers.len(), 3);
    let one = stack("services:\n  a: { image: 'busybox:1', scale: 1 }\n");
    let observed = after(observed.clone(), &plan(&one, &observed));
    assert_eq!(observed.containers.len(), 1);
}

#[test]
fn a_one_shot_that_succeeded_is_not_run_again() {
    let stack = stack(
        "services:\n  job: { image: 'busybox:1', ready: completed }\n  app:\n    image: busybox:1\n    depends_on: [job]\n",
    );
    let observed = with_images(&["busybox:1"]);
    let mut observed = after(observed.clone(), &plan(&stack, &observed));
    let job = observed
        .containers
        .iter_mut()
        .find(|c| c.name == "shop-job-1")
        .expect("there");
    job.state = ContainerState::Exited;
    job.status = "Exited (0) 2 minutes ago".to_owned();
    assert_eq!(
        steps(&plan(&stack, &observed)),
        ["1 wait until shop-app-1 is ready"]
    );

    let job = observed
        .containers
        .iter_mut()
        .find(|c| c.name == "shop-job-1")
        .expect("there");
    job.status = "Exited (1) 2 minutes ago".to_owned();
    let again = plan(&stack, &observed);
    assert_eq!(
        reason_of(&again, "start shop-job-1"),
        "it stopped with exit code 1"
    );
}

#[test]
fn a_missing_external_network_is_refused_with_its_place() {
    let stack = stack(
        "services:\n  a: { image: 'busybox:1', networks: [far] }\nnetworks:\n  far: { external: true }\n",
    );
    let problems = up(&stack, &with_images(&[]), &UpOptions::default()).expect_err("it is missing");
    assert_eq!(
        messages(&problems),
        ["network `far` is external and does not exist"]
    );
    assert!(
        problems[0]
            .place
            .as_ref()
            .is_some_and(|label| label.span.position().line == 4)
    );
}

#[test]
fn what_shares_a_network_namespace_is_recreated_with_it() {
    let manifest = "
services:
  front: { image: 'busybox:1', environment: { A: 1 } }
  side: { image: 'busybox:1', network_mode: 'service:front' }
";
    let before = stack(manifest);
    let observed = with_images(&["busybox:1"]);
    let observed = after(observed.clone(), &plan(&before, &observed));
    let changed = stack(&manifest.replace("A: 1", "A: 2"));
    let second = plan(&changed, &observed);
    assert!(reason_of(&second, "create shop-side-1").contains("`front`, which is new"));
}

#[test]
fn a_stable_port_moves_on_where_it_is_taken_and_says_so() {
    let stack = stack("services:\n  db: { image: 'busybox:1', ports: ['5432'] }\n");
    let mut observed = with_images(&["busybox:1"]);
    observed.busy_ports.insert(5432);
    let plan = plan(&stack, &observed);
    let created = plan.steps.iter().find_map(|step| match &step.action {
        Action::CreateContainer { spec, .. } => Some(spec.ports[0].host),
        _ => None,
    });
    assert_eq!(created, Some(5433));
    assert!(
        messages(&plan.warnings)[0].contains("published as 5433"),
        "{:?}",
        plan.warnings
    );
}

#[test]
fn only_named_services_and_what_they_need_are_planned() {
    let stack = stack(
        "services:\n  a: { image: 'busybox:1' }\n  b: { image: 'busybox:1', depends_on: [a] }\n  c: { image: 'busybox:1' }\n",
    );
    let options = UpOptions {
        services: vec!["b".to_owned()],
        ..UpOptions::default()
    };
    let named = up(&stack, &with_images(&["busybox:1"]), &options).expect("it can be planned");
    assert_eq!(named.services, ["a", "b"]);
    let options = UpOptions {
        no_deps: true,
        ..options
    };
    let alone = up(&stack, &with_images(&["busybox:1"]), &options).expect("it can be planned");
    assert_eq!(alone.services, ["b"]);
}
