//! A network that the engine does not remove, for it counts containers on it.

use crate::diagnostic::Diagnostic;

/// Tells what holds a network: containers of somebody else, or nothing but a count of the engine's that is wrong
/// (moby issue 42119, seen when many containers end at once).
pub(super) fn network_held(network: &str, holders: &[String]) -> Diagnostic {
    if holders.is_empty() {
        return Diagnostic::error(format!(
            "the engine does not remove network {network}: it counts containers on it that are gone"
        ))
        .note("that is an error of the engine, seen when many containers end at once")
        .note("the network does no harm: the next `devstack up` takes it as it is")
        .fix("restart the engine, then `devstack down`");
    }
    let names = holders.join("`, `");
    Diagnostic::error(format!(
        "network {network} cannot be removed: `{names}` uses it"
    ))
    .fix(format!(
        "docker network disconnect {network} {}, then `devstack down`",
        holders[0]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_who_holds_it_or_that_nobody_does() {
        let by_us = network_held("shop_default", &["other-db-1".to_owned()]);
        assert!(by_us.message.contains("`other-db-1` uses it"), "{by_us:?}");
        let by_none = network_held("shop_default", &[]);
        assert!(by_none.message.contains("that are gone"), "{by_none:?}");
    }
}
