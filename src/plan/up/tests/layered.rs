//! Layered data: first boot, the cache, further and edited seeds, reset, snapshots.

use std::collections::HashSet;

use super::world::after;
use super::{PAIR, messages, now, plan, seeded, stack, steps, with_images};
use crate::plan::{
    Action, DataState, LiveData, Observed, Plan, Replace, Replacement, Snapshot, SnapshotKind,
    prunable, replace, title,
};
use crate::stack::Stack;

fn up_once(stack: &Stack) -> Observed {
    let observed = seeded(&["1"], with_images(&["busybox:1", "postgres:17"]));
    after(observed.clone(), &plan(stack, &observed))
}

fn live(observed: &Observed) -> LiveData {
    let volume = observed.volume("shop_dbdata").expect("it is there");
    LiveData::from_volume(volume).expect("it is layered")
}

fn put(stack: &Stack, observed: &Observed, by: Replacement, everything: bool) -> Plan {
    let wanted = Replace {
        volumes: HashSet::from(["dbdata".to_owned()]),
        by,
        snapshot: Snapshot::new("shop", "before", SnapshotKind::Automatic, now()),
        kill: true,
        reason: "asked for".to_owned(),
    };
    replace(stack, observed, wanted, everything).expect("it can be planned")
}

fn without_data(mut observed: Observed) -> Observed {
    observed.containers.clear();
    observed.volumes.clear();
    observed.data.live.clear();
    observed
}

/// The steps that would have something to do on an engine whose live data is complete.
fn has(plan: &Plan, what: &str) -> bool {
    steps(plan).iter().any(|step| step.contains(what))
}

#[test]
fn what_seeds_brought_is_kept_below_a_fresh_layer() {
    let observed = up_once(&stack(PAIR));
    let live = live(&observed);
    assert_eq!(live.state, DataState::Live);
    assert_eq!((live.below.len(), live.seeded), (1, 1));
    assert_eq!(live.seeds.as_deref(), Some(&["1".to_owned()][..]));
    assert_eq!(observed.data.snapshots.len(), 1);
    assert_eq!(observed.data.snapshots[0].kind, SnapshotKind::Seeds);
}

#[test]
fn data_that_is_made_again_comes_from_the_cache() {
    let stack = stack(PAIR);
    let observed = up_once(&stack);
    let before = live(&observed);
    let gone = without_data(observed);
    let again = after(gone.clone(), &plan(&stack, &gone));
    assert_eq!(live(&again).below, before.below);
    assert_ne!(live(&again).top, before.top);
    assert_eq!(again.data.snapshots.len(), 1);
}

#[test]
fn other_settings_of_the_first_boot_are_other_data() {
    let stack = stack(PAIR);
    let mut gone = without_data(up_once(&stack));
    gone.fingerprints.get_mut("db").expect("there").setup = "other".to_owned();
    let again = after(gone.clone(), &plan(&stack, &gone));
    assert_eq!(again.data.snapshots.len(), 2);
}

#[test]
fn interrupted_seeding_is_thrown_away() {
    let stack = stack(PAIR);
    let observed = seeded(&["1"], with_images(&["busybox:1", "postgres:17"]));
    let mut first = plan(&stack, &observed);
    let ready = first
        .steps
        .iter()
        .position(|step| matches!(step.action, Action::ApplySeeds(_)))
        .expect("it seeds");
    first.steps.truncate(ready);
    let interrupted = after(observed, &first);
    assert_eq!(live(&interrupted).state, DataState::Seeding);
    let second = plan(&stack, &interrupted);
    let titles: Vec<String> = second.steps[..3]
        .iter()
        .map(|step| title(&step.action))
        .collect();
    assert_eq!(
        titles,
        ["stop shop-db-1", "remove shop-db-1", "prepare data of db"]
    );
    assert!(has(&second, "remove unused layers"));
    assert_eq!(live(&after(interrupted, &second)).state, DataState::Live);
}

#[test]
fn a_further_seed_goes_into_the_data_that_is_there() {
    let observed = up_once(&stack(PAIR));
    let before = live(&observed);
    let added = stack(&PAIR.replace("[a.sql]", "[a.sql, b.sql]"));
    let observed = seeded(&["1", "2"], observed);
    let second = plan(&added, &observed);
    assert!(
        has(&second, "take snapshot before-seed"),
        "{:#?}",
        steps(&second)
    );
    let now = after(observed, &second);
    let live = live(&now);
    assert_eq!(live.seeds.map(|seeds| seeds.len()), Some(2));
    assert_eq!(live.state, DataState::Live);
    assert!(live.kept);
    assert!(live.below.starts_with(&before.below));
}

#[test]
fn a_further_seed_that_was_interrupted_starts_from_the_same_data() {
    let observed = up_once(&stack(PAIR));
    let added = stack(&PAIR.replace("[a.sql]", "[a.sql, b.sql]"));
    let observed = seeded(&["1", "2"], observed);
    let mut second = plan(&added, &observed);
    let seeds = second
        .steps
        .iter()
        .position(|step| matches!(step.action, Action::ApplySeeds(_)))
        .expect("it seeds");
    second.steps.truncate(seeds);
    let interrupted = after(observed, &second);
    let below = live(&interrupted).below;
    let third = after(interrupted.clone(), &plan(&added, &interrupted));
    assert!(live(&third).below.starts_with(&below));
    assert_eq!(live(&third).state, DataState::Live);
}

#[test]
fn an_edited_seed_is_told_and_left_until_it_is_asked_for() {
    let first = stack(PAIR);
    let observed = seeded(&["9"], up_once(&first));
    let second = plan(&first, &observed);
    assert!(!second.changes_something(), "{:#?}", steps(&second));
    assert_eq!(
        messages(&second.warnings),
        ["seed a.sql of `db` changed since it was applied"]
    );
    let anew = after(
        observed.clone(),
        &put(&first, &observed, Replacement::Seeds, false),
    );
    assert_eq!(live(&anew).seeds.as_deref(), Some(&["9".to_owned()][..]));
}

#[test]
fn seeds_before_the_edited_one_are_kept_for_the_next_time() {
    let both = stack(&PAIR.replace("[a.sql]", "[a.sql, b.sql]"));
    let observed = seeded(&["1", "2"], with_images(&["busybox:1", "postgres:17"]));
    let observed = after(observed.clone(), &plan(&both, &observed));
    assert_eq!(observed.data.snapshots.len(), 1);
    let edited = seeded(&["1", "3"], observed);
    let anew = after(
        edited.clone(),
        &put(&both, &edited, Replacement::Seeds, false),
    );
    let seeds: Vec<usize> = anew
        .data
        .snapshots
        .iter()
        .filter(|snapshot| snapshot.kind == SnapshotKind::Seeds)
        .map(|snapshot| {
            snapshot
                .volumes
                .values()
                .next()
                .expect("one")
                .seeds
                .as_ref()
                .map_or(0, Vec::len)
        })
        .collect();
    assert_eq!(seeds, [2, 1, 2]);
    assert_eq!(live(&anew).below.len(), 2);
}

#[test]
fn reset_restarts_what_depends_on_the_data_and_can_be_undone() {
    let stack = stack(PAIR);
    let observed = up_once(&stack);
    let before = live(&observed);
    let plan = put(&stack, &observed, Replacement::Seeds, false);
    assert!(has(&plan, "stop shop-api-1"), "{:#?}", steps(&plan));
    assert!(!has(&plan, "create shop-api-1"));
    let reset = after(observed, &plan);
    assert_eq!(live(&reset).below, before.below);
    let aside = reset.data.of_project("shop")[0].id.clone();
    let undo = put(&stack, &reset, Replacement::Snapshot(aside), false);
    let undone = after(reset, &undo);
    let layers: Vec<String> = before.layers().map(str::to_owned).collect();
    assert_eq!(live(&undone).below, layers);
}

#[test]
fn reset_of_everything_makes_every_container_anew() {
    let stack = stack(PAIR);
    let observed = up_once(&stack);
    let plan = put(&stack, &observed, Replacement::Seeds, true);
    assert!(has(&plan, "create shop-api-1"), "{:#?}", steps(&plan));
}

/// How long each container that is stopped gets for it, in seconds; `None` for as long as the engine gives.
fn graces(plan: &Plan) -> Vec<(&str, Option<u64>)> {
    let stops = plan.steps.iter().filter_map(|step| match &step.action {
        Action::StopContainer { container, grace } => {
            Some((container.as_str(), grace.map(|grace| grace.as_secs())))
        }
        _ => None,
    });
    stops.collect()
}

#[test]
fn reset_of_everything_kills_what_leaves_nothing_behind() {
    let shop = stack(PAIR);
    let observed = up_once(&shop);
    let plan = put(&shop, &observed, Replacement::Seeds, true);
    assert!(
        graces(&plan).contains(&("shop-api-1", Some(0))),
        "{:?}",
        graces(&plan)
    );
    let plan = put(&shop, &observed, Replacement::Seeds, false);
    assert!(
        graces(&plan).contains(&("shop-api-1", None)),
        "{:?}",
        graces(&plan)
    );
    // What it writes into a folder of the user's is the user's.
    let text = PAIR.replacen(
        "    image: busybox:1\n",
        "    image: busybox:1\n    volumes: [\"./here:/there\"]\n",
        1,
    );
    assert_ne!(text, PAIR);
    let writing = stack(&text);
    let plan = put(&writing, &observed, Replacement::Seeds, true);
    assert!(
        graces(&plan).contains(&("shop-api-1", None)),
        "{:?}",
        graces(&plan)
    );
}

#[test]
fn a_snapshot_leaves_dependents_alone() {
    let stack = stack(PAIR);
    let observed = up_once(&stack);
    let plan = put(&stack, &observed, Replacement::Same, false);
    assert!(!has(&plan, "shop-api-1"), "{:#?}", steps(&plan));
    let saved = after(observed.clone(), &plan);
    assert_eq!(live(&saved).below.len(), live(&observed).below.len() + 1);
}

#[test]
fn a_frozen_layer_is_never_written_to() {
    let stack = stack(PAIR);
    let observed = up_once(&stack);
    let mut save = put(&stack, &observed, Replacement::Same, false);
    let taken = save
        .steps
        .iter()
        .position(|step| matches!(step.action, Action::TakeSnapshot(_)))
        .expect("it takes one");
    save.steps.truncate(taken + 1);
    let interrupted = after(observed, &save);
    let next = plan(&stack, &interrupted);
    assert!(has(&next, "prepare data of db"), "{:#?}", steps(&next));
    let thawed = after(interrupted.clone(), &next);
    assert_eq!(
        live(&thawed).below.len(),
        live(&interrupted).below.len() + 1
    );
}

#[test]
fn a_volume_from_before_is_adopted_as_it_is() {
    let stack = stack(PAIR);
    let mut observed = seeded(&["1"], with_images(&["busybox:1", "postgres:17"]));
    observed.volumes.push(crate::engine::VolumeDetail {
        name: "shop_dbdata".to_owned(),
        driver: "local".to_owned(),
        labels: std::collections::BTreeMap::new(),
        mountpoint: String::new(),
        created: "long ago".to_owned(),
    });
    let plan = plan(&stack, &observed);
    assert!(!has(&plan, "prepare data"), "{:#?}", steps(&plan));
    assert!(!has(&plan, "volume"));
}

#[test]
fn only_what_nothing_stands_on_is_pruned() {
    let stack = stack(PAIR);
    let observed = up_once(&stack);
    assert!(prunable("shop", &observed).is_empty());
    let reset = after(
        observed.clone(),
        &put(&stack, &observed, Replacement::Seeds, false),
    );
    let names: Vec<String> = prunable("shop", &reset)
        .iter()
        .map(|s| s.name.clone())
        .collect();
    assert_eq!(names, ["before"]);
    let gone = without_data(observed);
    assert_eq!(prunable("shop", &gone).len(), 1);
}

#[test]
fn a_job_on_a_databases_image_has_no_data_to_keep() {
    let stack =
        stack("services:\n  job:\n    image: postgres:17\n    command: psql -c 'select 1'\n");
    let plan = plan(&stack, &with_images(&["postgres:17"]));
    assert!(!has(&plan, "data"), "{:#?}", steps(&plan));
}
