//! `extends`: a service that starts from another one, of the same file or of another.
//!
//! The base is copied and the service merged over it, by the same rules as override files. Paths of a base in
//! another file start from the folder of that file.

use std::path::{Path, PathBuf};

use super::file::{join, near_sibling, shown};
use super::loader::Loader;
use super::merge::merge;
use super::node::{Mapping, Node};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;

/// How many values bases may add to one load.
const COPIED_NODES: usize = 150_000;
/// How long a chain of bases may be.
const CHAIN: usize = 100;

/// A service on the way to its last base: its file, its name, and where it says what it extends.
struct Link {
    file: PathBuf,
    service: String,
    place: Span,
}

/// Applies all `extends` of a document of `file`, in which relative files start from `base`.
pub(super) fn apply(
    document: &mut Node,
    file: &Path,
    base: &Path,
    loader: &mut Loader<'_>,
    variables: &super::environment::Variables,
) {
    let Some(services) = services_mut(document) else {
        return;
    };
    let names: Vec<String> = services
        .iter()
        .filter(|(_, entry)| entry.node.has("extends"))
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        let mut resolver = Resolver {
            loader,
            variables,
            chain: Vec::new(),
        };
        if let Some(extended) = resolver.extended(&name, services, file, base, State::Canonical)
            && let Some(entry) = services.get_mut(&name)
        {
            entry.node = extended;
        } else if let Some(service) = services
            .get_mut(&name)
            .and_then(|entry| entry.node.as_mapping_mut())
        {
            // Reported. What the base would have given is missing, so nothing may be said of what is missing.
            let broken = service.shift_remove("extends");
            for key in ["image", "build"] {
                if let Some(entry) = &broken
                    && !service.contains_key(key)
                {
                    let mut entry = entry.clone();
                    entry.node.make_broken();
                    service.insert(key.to_owned(), entry);
                }
            }
        }
    }
}

fn services_mut(document: &mut Node) -> Option<&mut Mapping> {
    document
        .as_mapping_mut()?
        .get_mut("services")?
        .node
        .as_mapping_mut()
}

/// What services are when they are looked up.
#[derive(Clone, Copy)]
enum State {
    /// In their long form.
    Canonical,
    /// As their file has them: each is checked when something extends it.
    AsWritten,
}

struct Resolver<'l, 'a> {
    loader: &'l mut Loader<'a>,
    variables: &'l super::environment::Variables,
    chain: Vec<Link>,
}

impl Resolver<'_, '_> {
    /// The service with its bases below it; `None` if that cannot be, which is reported.
    fn extended(
        &mut self,
        name: &str,
        services: &Mapping,
        file: &Path,
        base: &Path,
        state: State,
    ) -> Option<Node> {
        let service = &services.get(name)?.node;
        let checked;
        let service = match state {
            State::Canonical => service,
            State::AsWritten => {
                checked = self.loader.extended_service(file, base, name, service);
                &*checked
            }
        };
        let Some(extends) = service.get("extends") else {
            return Some(service.clone());
        };
        let place = extends.get("service").unwrap_or(extends).span.clone();
        if let Some(at) = self
            .chain
            .iter()
            .position(|link| link.file == file && link.service == name)
        {
            self.report_circle(at, name);
            return None;
        }
        if self.chain.len() >= CHAIN {
            self.loader
                .problems
                .push(extends.error(format!("more than {CHAIN} services extend one another"), ""));
            return None;
        }
        let reference = extends.str("service")?.to_owned();
        self.chain.push(Link {
            file: file.to_path_buf(),
            service: name.to_owned(),
            place,
        });
        let below = match extends.get("file") {
            None => {
                self.exists(&reference, services, extends, file)?;
                self.extended(&reference, services, file, base, state)?
            }
            Some(other) => {
                let path = join(base, other.as_str()?);
                let folder = path.parent().unwrap_or(base).to_path_buf();
                let tree = self.read(&path, other)?;
                let services = tree.get("services").and_then(Node::as_mapping);
                let empty = Mapping::new();
                let services = services.unwrap_or(&empty);
                self.exists(&reference, services, extends, &path)?;
                self.extended(&reference, services, &path, &folder, State::AsWritten)?
            }
        };
        self.chain.pop();
        self.loader.copied += count(&below);
        if self.loader.copied > COPIED_NODES {
            self.loader.problems.push(
                extends
                    .error("`extends` makes this manifest far too large", "")
                    .note(format!("copies of bases may add {COPIED_NODES} values")),
            );
            return None;
        }
        let mut path = vec!["services".to_owned(), name.to_owned()];
        let mut merged = merge(below, service.clone(), &mut path);
        if let Some(merged) = merged.as_mapping_mut() {
            merged.shift_remove("extends");
        }
        Some(merged)
    }

    fn read(&mut self, path: &Path, place: &Node) -> Option<std::rc::Rc<Node>> {
        match self.loader.extended_file(path, self.variables) {
            Ok(tree) => tree,
            Err(error) => {
                let problem = place.error(error.to_string(), "");
                self.loader.problems.push(match near_sibling(path) {
                    Some(near) => problem.fix(format!("did you mean `{near}`?")),
                    None => problem,
                });
                None
            }
        }
    }

    fn exists(
        &mut self,
        reference: &str,
        services: &Mapping,
        extends: &Node,
        file: &Path,
    ) -> Option<()> {
        if services.contains_key(reference) {
            return Some(());
        }
        let place = extends.get("service").unwrap_or(extends);
        let problem = place.error(
            format!(
                "there is no service `{reference}` in {}",
                shown(file, &self.loader.options.directory)
            ),
            "",
        );
        self.loader.problems.push(
            match nearest(reference, services.keys().map(String::as_str)) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem,
            },
        );
        None
    }

    fn report_circle(&mut self, at: usize, name: &str) {
        let circle = &self.chain[at..];
        let names: Vec<String> = circle
            .iter()
            .map(|link| format!("`{}`", link.service))
            .collect();
        let mut problem = Diagnostic::error(format!(
            "services extend each other in a circle: {} → `{name}`",
            names.join(" → ")
        ));
        for (index, link) in circle.iter().enumerate() {
            let text = format!("what `{}` extends", link.service);
            problem = if index == 0 {
                problem.at(&link.place, text)
            } else {
                problem.related(&link.place, text)
            };
        }
        self.loader.problems.push(problem);
    }
}

fn count(node: &Node) -> usize {
    1 + node.items().iter().map(count).sum::<usize>()
        + node
            .entries()
            .map(|(_, entry)| count(&entry.node))
            .sum::<usize>()
}
