//! Seeds of data that is not layered: notes tell what was applied.

use super::world::after;
use super::{messages, plan, seeded, stack, steps, with_images};
use crate::plan::SeedState;

/// A database whose volume has a driver's options of its own, so that it is not layered.
const BOUND: &str = "
services:
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: dev }
    volumes: ['dbdata:/var/lib/postgresql/data']
    seed: [a.sql]
volumes: { dbdata: { driver_opts: { type: tmpfs, device: tmpfs } } }
";

#[test]
fn half_seeded_data_is_thrown_away_and_made_again() {
    let stack = stack(BOUND);
    let observed = seeded(&["1"], with_images(&[]));
    let first = plan(&stack, &observed);
    let mut interrupted = after(observed, &first);
    interrupted.seeds[0].state = SeedState::Begun;
    let second = plan(&stack, &interrupted);
    assert_eq!(
        steps(&second)[..4],
        [
            "1 remove shop-db-1",
            "2 remove volume shop_dbdata <- 1",
            "3 create volume shop_dbdata <- 2",
            "4 create shop-db-1 <- 1 3",
        ]
    );
    assert!(
        steps(&second)
            .iter()
            .any(|step| step.contains("seed shop-db-1 from a.sql"))
    );
}

#[test]
fn an_added_seed_is_applied_and_a_changed_one_is_told() {
    let first = stack(BOUND);
    let observed = seeded(&["1"], with_images(&[]));
    let observed = after(observed.clone(), &plan(&first, &observed));

    let added = stack(&BOUND.replace("[a.sql]", "[a.sql, b.sql]"));
    let second = plan(&added, &seeded(&["1", "2"], observed.clone()));
    assert!(
        steps(&second)
            .iter()
            .any(|step| step.contains("seed shop-db-1 from b.sql")),
        "{:#?}",
        steps(&second)
    );

    let changed = plan(&first, &seeded(&["9"], observed));
    assert!(!changed.changes_something());
    assert_eq!(
        messages(&changed.warnings),
        ["seed a.sql of `db` changed since it was applied"]
    );
}

#[test]
fn data_from_before_the_seeds_is_left_alone() {
    let stack = stack(BOUND);
    let observed = seeded(&["1"], with_images(&[]));
    let mut observed = after(observed.clone(), &plan(&stack, &observed));
    observed.seeds.clear();
    let second = plan(&stack, &observed);
    assert!(!second.changes_something());
    assert_eq!(
        messages(&second.warnings),
        ["the data of `db` was there before its seeds; they are not applied to it"]
    );
}
