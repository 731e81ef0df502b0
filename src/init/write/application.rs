//! An application as a service of the manifest, or as advice for whoever runs it on this machine.

use super::{Text, by_hand, flow, migration_words, plain};
use crate::init::application::Application;
use crate::init::example::Example;
use crate::init::listing::{file_name, parent};
use crate::init::proposal::Proposal;
use crate::init::wiring::{Side, needs, settings};

/// An application in a container.
pub(super) fn contained(proposal: &Proposal, app: &Application, text: &mut Text) {
    let Some(file) = &app.dockerfile else { return };
    text.said(2, &format!("{}:", app.name), Some(&app.kind()));
    if let Some(words) = own_index(proposal, app).and_then(|index| migration_words(proposal, index))
    {
        text.comment(4, &words);
    }
    let context = if file.context.is_empty() {
        ".".to_owned()
    } else {
        format!("./{}", file.context)
    };
    let usual = if file.context.is_empty() {
        "Dockerfile".to_owned()
    } else {
        format!("{}/Dockerfile", file.context)
    };
    if file.path == usual {
        text.line(4, &format!("build: {}", plain(&context)));
    } else {
        let path = file
            .path
            .strip_prefix(&format!("{}/", file.context))
            .unwrap_or(&file.path);
        text.line(
            4,
            &format!(
                "build: {{ context: {}, dockerfile: {} }}",
                flow(&context),
                flow(path)
            ),
        );
    }
    if let Some(example) = app.example.as_ref().filter(|example| example.readable) {
        let own = own_file(example);
        text.said(
            4,
            &format!(
                "env_file: [{}, {{ path: {}, required: false }}]",
                flow(&example.path),
                flow(&own)
            ),
            Some("the second is yours, and wins"),
        );
    }
    let settings = settings(app, &proposal.servers, Side::Container);
    if !settings.is_empty() {
        text.line(4, "environment:");
        for setting in settings {
            let value = if setting.input {
                setting.value
            } else {
                setting.value.replace('$', "$$")
            };
            text.line(6, &format!("{}: {}", setting.name, plain(&value)));
        }
    }
    let needed: Vec<&str> = proposal
        .servers
        .iter()
        .filter(|server| server.wanted && needs(app, server))
        .map(|server| server.service.as_str())
        .collect();
    if !needed.is_empty() {
        text.said(
            4,
            &format!("depends_on: [{}]", needed.join(", ")),
            Some("waits until they are ready and seeded"),
        );
    }
    let Some(port) = app.port else { return };
    text.line(4, &format!("ports: [\"{port}\"]"));
    match &app.health {
        Some((route, _)) if file.health.is_none() => {
            let from = app.health.as_ref().map(|(_, file)| format!("the route is in {file}"));
            text.said(
                4,
                &format!("ready: {{ http: {}, port: {port} }}", flow(route)),
                from.as_deref(),
            );
        }
        Some(_) => text.comment(4, "It is ready when the health check of its Dockerfile says so."),
        None if file.checks_health => text.comment(4, "It is ready when the health check of its Dockerfile says so."),
        None => text.comment(
            4,
            "Ready when the port answers. Better, if it has a health route: ready: { http: /healthz }",
        ),
    }
    text.line(4, "open: /");
}

/// An application on this machine.
pub(super) fn on_machine(proposal: &Proposal, app: &Application, text: &mut Text) {
    let place = if app.folder.is_empty() {
        String::new()
    } else {
        format!(" in {}", app.folder)
    };
    let start = app
        .project
        .as_ref()
        .and_then(|project| project.start.clone());
    let start = start.map_or(String::new(), |start| format!(", with `{start}`"));
    text.comment(
        2,
        &format!(
            "{} ({}) runs on this machine{start}{place}.",
            app.name,
            app.kind()
        ),
    );
    if let Some(words) = own_index(proposal, app).and_then(|index| migration_words(proposal, index))
    {
        text.comment(2, &words);
    }
    let settings = settings(app, &proposal.servers, Side::Machine);
    match (&app.example, settings.is_empty()) {
        (Some(example), true) => text.comment(
            2,
            &format!(
                "It finds the services as {} says: copy that to {}.",
                example.path,
                own_file(example)
            ),
        ),
        (Some(example), false) => {
            let own = own_file(example);
            text.comment(
                2,
                &format!("Copy {} to {own}, and set there:", example.path),
            );
        }
        (None, false) => text.comment(2, "It finds the services by these variables:"),
        (None, true) => {}
    }
    for setting in settings {
        text.line(2, &format!("#   {}={}", setting.name, setting.value));
    }
    let secrets = by_hand(app);
    if !secrets.is_empty() {
        text.comment(
            2,
            &format!("Your own values belong there for {}.", secrets.join(", ")),
        );
    }
}

/// What a developer calls the copy of an example.
fn own_file(example: &Example) -> String {
    let (home, name) = (parent(&example.path), file_name(&example.path));
    let own = match name {
        ".env.local.example" | ".env.example.local" => ".env.local",
        _ => ".env",
    };
    if home.is_empty() {
        own.to_owned()
    } else {
        format!("{home}/{own}")
    }
}

fn own_index(proposal: &Proposal, app: &Application) -> Option<usize> {
    proposal
        .applications
        .iter()
        .position(|chosen| chosen.app.name == app.name)
}
