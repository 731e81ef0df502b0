//! What is added to the services of a Compose file, as text.

use super::server::entry;
use super::{Text, flow};
use crate::init::extend::Extension;

/// The services that get something, and for each the entry that is added to it.
pub fn additions(extension: &Extension) -> Vec<(String, String)> {
    let mut found: Vec<(String, Text)> = Vec::new();
    let proposal = &extension.proposal;
    for (index, server) in proposal.servers.iter().enumerate() {
        let wanted: Vec<_> = proposal
            .seeds
            .iter()
            .filter(|offer| offer.server == index && offer.wanted)
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let text = begun(&mut found, &server.service);
        text.line(2, "seed: # applied in this order, once per content");
        for offer in wanted {
            text.line(4, &format!("- {}", entry(proposal, offer)));
        }
    }
    for route in extension.routes.iter().filter(|route| route.wanted) {
        let text = begun(&mut found, &route.service);
        let check = format!(
            "ready: {{ http: {}, port: {} }}",
            flow(&route.path),
            route.port
        );
        text.said(2, &check, Some(&format!("the route is in {}", route.file)));
        if route.opens {
            text.line(2, "open: /");
        }
    }
    let texts = found.into_iter();
    texts.map(|(service, text)| (service, text.text)).collect()
}

/// The text of a service, with its first line.
fn begun<'t>(found: &'t mut Vec<(String, Text)>, service: &str) -> &'t mut Text {
    let at = found.iter().position(|(other, _)| other == service);
    let at = at.unwrap_or_else(|| {
        let mut text = Text::default();
        text.line(0, "x-devstack:");
        found.push((service.to_owned(), text));
        found.len() - 1
    });
    &mut found[at].1
}
