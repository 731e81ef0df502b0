//! Services must not wait for each other in a circle.

use std::collections::HashMap;

use super::Subject;
use crate::diagnostic::{CircleLink, Diagnostic, circle};
use crate::stack::{Dependency, Service};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    OnPath,
    Done,
}

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let services = &subject.stack.services;
    let mut marks: HashMap<&str, Mark> = HashMap::new();
    for start in services.values() {
        if marks.contains_key(start.name.as_str()) {
            continue;
        }
        // A path of its own and not the call stack: chains may be as long as the manifest.
        let mut path: Vec<(&Service, std::slice::Iter<'_, Dependency>)> = Vec::new();
        let mut edges: Vec<&Dependency> = Vec::new();
        marks.insert(&start.name, Mark::OnPath);
        path.push((start, start.depends_on.iter()));
        while let Some((service, rest)) = path.last_mut() {
            let Some(dependency) = rest.next() else {
                marks.insert(&service.name, Mark::Done);
                path.pop();
                edges.pop();
                continue;
            };
            let Some(next) = services.get(&dependency.service) else {
                continue;
            };
            if next.name == service.name {
                continue;
            }
            match marks.get(next.name.as_str()) {
                None => {
                    marks.insert(&next.name, Mark::OnPath);
                    edges.push(dependency);
                    path.push((next, next.depends_on.iter()));
                }
                Some(Mark::OnPath) => {
                    let from = path
                        .iter()
                        .position(|(on_path, _)| on_path.name == next.name)
                        .unwrap_or(0);
                    let mut circle: Vec<&Dependency> = edges[from..].to_vec();
                    circle.push(dependency);
                    problems.push(describe(&next.name, &circle));
                }
                Some(Mark::Done) => {}
            }
        }
    }
}

fn describe(start: &str, edges: &[&Dependency]) -> Diagnostic {
    let mut from = start;
    let links = edges.iter().map(|edge| CircleLink {
        place: &edge.span,
        text: format!("`{from}` waits for `{}`", edge.service),
        name: std::mem::replace(&mut from, &edge.service),
    });
    circle("services wait for each other in a circle", links.collect())
        .fix("take one of these dependencies out")
}
