//! `extends`: a service that starts from another one, of the same file or of another.
//!
//! The base is copied and the service merged over it, by the same rules as override files. Paths of a base in
//! another file start from the folder of that file.

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

use super::environment::Variables;
use super::file::{join, near_sibling, shown};
use super::loader::Loader;
use super::merge::merge;
use super::node::{Mapping, Node};
use crate::diagnostic::{CircleLink, Diagnostic, circle, nearest};
use crate::source::Span;

/// How many values bases may add to one load.
const COPIED_NODES: usize = 150_000;
/// Applies all `extends` of a document of `file`, in which relative files start from `base`.
pub(super) fn apply(
    document: &mut Node,
    file: &Path,
    base: &Path,
    loader: &mut Loader<'_>,
    variables: &Variables,
) {
    let Some(services) = services_mut(document) else {
        return;
    };
    let names: Vec<String> = services
        .iter()
        .filter(|(_, entry)| entry.node.has("extends"))
        .map(|(name, _)| name.clone())
        .collect();
    let mut resolver = Resolver {
        loader,
        variables,
        file: Rc::from(file),
        folder: Rc::from(base),
    };
    for name in names {
        let mut chain = Vec::new();
        let extended = resolver
            .last_base(&name, services, &mut chain)
            .and_then(|last| resolver.put_together(last, &chain, services));
        if extended.is_none() {
            give_up(&name, &chain, services);
        }
    }
}

/// Something on the way to the last base is wrong, which has been reported. What the base would have given is missing,
/// so nothing may be said of what is missing; and it is not to be reported again for every service of the chain.
fn give_up(name: &str, chain: &[Link], services: &mut Mapping) {
    let own = chain.iter().filter(|link| link.service.is_none());
    for name in own.map(|link| link.name.as_str()).chain([name]) {
        let service = services
            .get_mut(name)
            .and_then(|entry| entry.node.as_mapping_mut());
        let Some((service, broken)) =
            service.and_then(|service| service.shift_remove("extends").map(|it| (service, it)))
        else {
            continue;
        };
        for key in ["image", "build"] {
            if !service.contains_key(key) {
                let mut entry = broken.clone();
                entry.node.make_broken();
                service.insert(key.to_owned(), entry);
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

/// A service on the way to its last base, which extends the next one.
struct Link {
    file: Rc<Path>,
    name: String,
    /// The service, if it is one of another file; `None` for one of the document, which stands there.
    service: Option<Rc<Node>>,
    /// Where it says what it extends.
    place: Span,
}

struct Resolver<'l, 'a> {
    loader: &'l mut Loader<'a>,
    variables: &'l Variables,
    file: Rc<Path>,
    folder: Rc<Path>,
}

impl Resolver<'_, '_> {
    /// Follows a service's bases to the last one, which is given; the services before it are added to `chain`. `None`
    /// if there is no last one, which is reported.
    ///
    /// This is a loop, for chains may be as long as the manifest.
    fn last_base(&mut self, name: &str, services: &Mapping, chain: &mut Vec<Link>) -> Option<Node> {
        let mut seen: HashSet<(Rc<Path>, String)> = HashSet::new();
        let mut tree: Option<Rc<Node>> = None;
        let (mut file, mut folder) = (Rc::clone(&self.file), Rc::clone(&self.folder));
        let mut name = name.to_owned();
        loop {
            let checked = match &tree {
                None => None,
                // Other files are as they were written: each service is checked when something extends it.
                Some(tree) => {
                    let service = &tree.get("services")?.as_mapping()?.get(&name)?.node;
                    let known = (self.loader.bases)
                        .extended
                        .get(&(file.to_path_buf(), name.clone()));
                    Some(match known {
                        Some(known) => Rc::clone(known),
                        None => self.loader.extended_service(&file, &folder, &name, service),
                    })
                }
            };
            let service = match &checked {
                Some(service) => service,
                None => &services.get(&name)?.node,
            };
            let Some(extends) = service.get("extends") else {
                return Some(service.clone());
            };
            if !seen.insert((Rc::clone(&file), name.clone())) {
                self.report_circle(chain, &file, &name);
                return None;
            }
            let reference = extends.str("service")?.to_owned();
            chain.push(Link {
                file: Rc::clone(&file),
                name,
                service: checked.clone(),
                place: extends.get("service").unwrap_or(extends).span.clone(),
            });
            if let Some(other) = extends.get("file") {
                let path = join(&folder, other.as_str()?);
                tree = Some(self.read(&path, other)?);
                folder = Rc::from(path.parent().unwrap_or(&folder));
                file = Rc::from(path);
            }
            let among = match &tree {
                None => Some(services),
                Some(tree) => tree.get("services").and_then(Node::as_mapping),
            };
            self.exists(&reference, among, extends, &file)?;
            name = reference;
        }
    }

    /// Merges the services of a chain over its last base, from the end of the chain on, and keeps each, so that what
    /// several services extend is made once. `None` if that makes too much, which is reported.
    fn put_together(&mut self, last: Node, chain: &[Link], services: &mut Mapping) -> Option<()> {
        let mut below = last;
        for link in chain.iter().rev() {
            self.loader.copied += count(&below);
            if self.loader.copied > COPIED_NODES {
                let problem = Diagnostic::error("`extends` makes this manifest far too large")
                    .at(&link.place, "")
                    .note(format!("copies of bases may add {COPIED_NODES} values"));
                self.loader.problems.push(problem);
                return None;
            }
            below = if let Some(service) = &link.service {
                let merged = over_base(below, Node::clone(service), &link.name);
                let key = (link.file.to_path_buf(), link.name.clone());
                self.loader
                    .bases
                    .extended
                    .insert(key, Rc::new(merged.clone()));
                merged
            } else {
                let entry = services.get_mut(&link.name)?;
                let place = Node::null(entry.key.clone());
                let service = std::mem::replace(&mut entry.node, place);
                entry.node = over_base(below, service, &link.name);
                entry.node.clone()
            };
        }
        Some(())
    }

    fn read(&mut self, path: &Path, place: &Node) -> Option<Rc<Node>> {
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
        services: Option<&Mapping>,
        extends: &Node,
        file: &Path,
    ) -> Option<()> {
        if services.is_some_and(|services| services.contains_key(reference)) {
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
            match nearest(
                reference,
                services
                    .into_iter()
                    .flat_map(Mapping::keys)
                    .map(String::as_str),
            ) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem,
            },
        );
        None
    }

    fn report_circle(&mut self, chain: &[Link], file: &Path, name: &str) {
        let from = chain
            .iter()
            .position(|link| *link.file == *file && link.name == name);
        let links = chain[from.unwrap_or(0)..].iter().map(|link| CircleLink {
            name: &link.name,
            place: &link.place,
            text: format!("what `{}` extends", link.name),
        });
        self.loader.problems.push(circle(
            "services extend each other in a circle",
            links.collect(),
        ));
    }
}

/// A service merged over its base.
fn over_base(base: Node, service: Node, name: &str) -> Node {
    let mut path = vec!["services".to_owned(), name.to_owned()];
    let mut merged = merge(base, service, &mut path);
    if let Some(merged) = merged.as_mapping_mut() {
        merged.shift_remove("extends");
    }
    merged
}

fn count(node: &Node) -> usize {
    1 + node.items().iter().map(count).sum::<usize>()
        + node
            .entries()
            .map(|(_, entry)| count(&entry.node))
            .sum::<usize>()
}
