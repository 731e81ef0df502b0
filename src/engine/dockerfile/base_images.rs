//! The images that a build starts from.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::substitution::substitute;
use super::syntax::{Dockerfile, flags};
use crate::catalog::ImageName;

/// The images that a Dockerfile starts from or copies out of, in order, each once.
///
/// Stages and `scratch` are left out, and so are stages after `target`, which are not built. `ARG`s before the first
/// `FROM` are filled in from `args`, else from their defaults. The engine needs these images under these names; with
/// a registry mirror they have to be there before the build.
pub fn base_images(
    dockerfile: &str,
    args: &IndexMap<String, Option<String>>,
    target: Option<&str>,
) -> Vec<String> {
    let file = Dockerfile::read(dockerfile);
    let all = stages(&file, args);
    let mut stages: Vec<String> = Vec::new();
    let mut images: Vec<String> = Vec::new();
    for (index, instruction) in file.instructions.iter().enumerate() {
        let found = match (instruction.keyword.as_str(), all.get(&index)) {
            ("FROM", Some((image, stage))) => {
                if stages.last().is_some_and(|_| reached(&stages, target)) {
                    break;
                }
                let known = stages.contains(&image.to_lowercase());
                stages.push(stage.clone().unwrap_or_default());
                (!known).then(|| image.clone())
            }
            ("COPY", _) => copied_from(&instruction.rest)
                .filter(|from| {
                    !stages.contains(&from.to_lowercase()) && from.parse::<usize>().is_err()
                })
                .map(str::to_owned),
            _ => None,
        };
        if let Some(image) = found
            && image != "scratch"
            && ImageName::parse(&image).is_some()
            && !images.contains(&image)
        {
            images.push(image);
        }
    }
    images
}

/// The image, with variables filled in, and the name in small letters of every `FROM`, by the instruction's index.
pub(super) fn stages(
    file: &Dockerfile,
    args: &IndexMap<String, Option<String>>,
) -> HashMap<usize, (String, Option<String>)> {
    let mut variables: HashMap<String, String> = HashMap::new();
    let mut stages = HashMap::new();
    for (index, instruction) in file.instructions.iter().enumerate() {
        match instruction.keyword.as_str() {
            "ARG" if stages.is_empty() => {
                for (name, default) in arguments(&instruction.rest) {
                    let given = args.get(&name).cloned().flatten();
                    let value = given.or_else(|| {
                        default.map(|default| substitute(&default, &variables, file.escape))
                    });
                    if let Some(value) = value {
                        variables.insert(name, value);
                    }
                }
            }
            "FROM" => {
                let (image, stage) = from(&instruction.rest);
                let image = substitute(image, &variables, file.escape);
                stages.insert(index, (image, stage.map(str::to_lowercase)));
            }
            _ => {}
        }
    }
    stages
}

/// Whether the last stage is the one to be built.
fn reached(stages: &[String], target: Option<&str>) -> bool {
    let (Some(target), Some(last)) = (target, stages.last()) else {
        return false;
    };
    *last == target.to_lowercase() || target == (stages.len() - 1).to_string()
}

/// The image and the stage's name of a `FROM`.
fn from(rest: &str) -> (&str, Option<&str>) {
    let mut words = rest
        .split_whitespace()
        .filter(|word| !word.starts_with("--"));
    let image = words.next().unwrap_or_default();
    let stage = words
        .next()
        .filter(|word| word.eq_ignore_ascii_case("as"))
        .and_then(|_| words.next());
    (image, stage)
}

fn copied_from(rest: &str) -> Option<&str> {
    flags(rest)
        .find_map(|flag| flag.strip_prefix("--from="))
        .filter(|from| !from.contains('$'))
}

/// The names and defaults of an `ARG`.
fn arguments(rest: &str) -> Vec<(String, Option<String>)> {
    // Quotes are the shell's; what is not well quoted is taken as it stands.
    let words = shell_words::split(rest)
        .unwrap_or_else(|_| rest.split_whitespace().map(str::to_owned).collect());
    words
        .into_iter()
        .map(|word| match word.split_once('=') {
            Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
            None => (word, None),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(dockerfile: &str) -> Vec<String> {
        base_images(dockerfile, &IndexMap::new(), None)
    }

    #[test]
    fn lists_images_but_not_stages() {
        let file = "\
FROM --platform=linux/amd64 rust:1.95 AS Build
RUN cargo build
from debian:trixie-slim as run
COPY --chown=1:1 --from=build /app /app
COPY --from=0 /a /b
COPY --from=nginx:1.26 /etc/nginx /etc/nginx
FROM scratch
FROM BUILD
FROM rust:1.95
";
        assert_eq!(
            images(file),
            ["rust:1.95", "debian:trixie-slim", "nginx:1.26"]
        );
    }

    #[test]
    fn fills_in_arguments_from_outside_and_from_defaults() {
        let file = "\
ARG VERSION=16
ARG REPO=\"postgres\" SUFFIX
ARG IMAGE=${REPO}:$VERSION${SUFFIX:+-}${SUFFIX}
FROM $IMAGE
ARG VERSION=1
FROM ${MISSING:-redis:${VERSION-0}}
";
        assert_eq!(images(file), ["postgres:16", "redis:16"]);
        let args = IndexMap::from([
            ("VERSION".to_owned(), Some("17".to_owned())),
            ("SUFFIX".to_owned(), Some("alpine".to_owned())),
            ("UNDECLARED".to_owned(), Some("x".to_owned())),
        ]);
        assert_eq!(
            base_images(file, &args, None),
            ["postgres:17-alpine", "redis:17"]
        );
    }

    #[test]
    fn stops_at_the_stage_that_is_built() {
        let file = "FROM a:1 AS one\nFROM b:1 AS Two\nCOPY --from=c:1 / /\nFROM d:1\n";
        let upto = |target| base_images(file, &IndexMap::new(), Some(target));
        assert_eq!(upto("one"), ["a:1"]);
        assert_eq!(upto("two"), ["a:1", "b:1", "c:1"]);
        assert_eq!(upto("1"), ["a:1", "b:1", "c:1"]);
        assert_eq!(upto("missing"), ["a:1", "b:1", "c:1", "d:1"]);
    }

    #[test]
    fn reads_continued_lines_comments_and_another_escape() {
        let file = "# escape=`\n\n# a comment\nFROM `\n# inside\n\n  busybox:1 `  \n  AS x\n";
        assert_eq!(images(file), ["busybox:1"]);
        assert_eq!(images("FROM busybox:1 \\"), ["busybox:1"]);
    }

    #[test]
    fn leaves_to_the_engine_what_is_no_image() {
        assert!(images("FROM\nFROM $UNSET\nFROM ${\nFROM A B C\nnonsense").is_empty());
        assert!(images("").is_empty());
    }

    #[test]
    fn does_not_read_instructions_inside_here_documents() {
        let file = "FROM a:1\nRUN <<EOF cat <<-'END'\nFROM b:1\nEOF\nFROM c:1\n\tEND\nFROM d:1\n";
        assert_eq!(images(file), ["a:1", "d:1"]);
    }
}
