//! What can be told of a build by reading its Dockerfile: the images it starts from, and what only BuildKit knows.
//!
//! The grammar is that of Docker's Dockerfile reference. Nothing is built or checked here; what cannot be read is
//! left to the engine, whose words are better.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::EngineError;
use crate::catalog::ImageName;
use crate::stack::{Build, BuildContext, BuildFile};

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
    let mut variables: HashMap<String, String> = HashMap::new();
    let mut stages: Vec<String> = Vec::new();
    let mut images: Vec<String> = Vec::new();
    for instruction in &file.instructions {
        let found = match instruction.keyword.as_str() {
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
                None
            }
            "FROM" => {
                if stages.last().is_some_and(|_| reached(&stages, target)) {
                    break;
                }
                let (image, stage) = from(&instruction.rest);
                let image = substitute(image, &variables, file.escape);
                let known = stages.contains(&image.to_lowercase());
                stages.push(stage.unwrap_or_default().to_lowercase());
                (!known).then_some(image)
            }
            "COPY" => copied_from(&instruction.rest)
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

/// The flags that an instruction begins with.
fn flags(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace()
        .take_while(|word| word.starts_with("--"))
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

/// Fills in `$X`, `${X}`, `${X:-word}`, `${X-word}`, `${X:+word}` and `${X+word}`.
fn substitute(text: &str, variables: &HashMap<String, String>, escape: char) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', escape]) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix(escape) {
            let next = after.chars().next();
            filled.extend(next);
            rest = &after[next.map_or(0, char::len_utf8)..];
            continue;
        }
        rest = &rest[1..];
        let (value, left) = variable(rest, variables, escape);
        filled.push_str(&value);
        rest = left;
    }
    filled.push_str(rest);
    filled
}

/// The value of what stands after a dollar sign, and what comes after it.
fn variable<'a>(
    rest: &'a str,
    variables: &HashMap<String, String>,
    escape: char,
) -> (String, &'a str) {
    let name_end = |text: &str| {
        text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(text.len())
    };
    let Some(inner) = rest.strip_prefix('{') else {
        let (name, left) = rest.split_at(name_end(rest));
        let value = match name {
            "" => "$".to_owned(),
            name => variables.get(name).cloned().unwrap_or_default(),
        };
        return (value, left);
    };
    let Some(end) = closing_brace(inner) else {
        return (format!("${rest}"), "");
    };
    let (body, left) = (&inner[..end], &inner[end + 1..]);
    let (name, operator) = body.split_at(name_end(body));
    let value = variables.get(name);
    let filled = value.filter(|value| !value.is_empty());
    let word = |word: &str| substitute(word, variables, escape);
    let result = if let Some(default) = operator.strip_prefix(":-") {
        filled.cloned().unwrap_or_else(|| word(default))
    } else if let Some(other) = operator.strip_prefix(":+") {
        filled.map(|_| word(other)).unwrap_or_default()
    } else if let Some(default) = operator.strip_prefix('-') {
        value.cloned().unwrap_or_else(|| word(default))
    } else if let Some(other) = operator.strip_prefix('+') {
        value.map(|_| word(other)).unwrap_or_default()
    } else {
        value.cloned().unwrap_or_default()
    };
    (result, left)
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Something in a Dockerfile that only BuildKit understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildKitOnly {
    /// The line, from 1.
    pub line: usize,
    /// What it is, such as `RUN --mount`.
    pub feature: String,
}

/// Flags that the classic builder does not know.
const BUILDKIT_FLAGS: [(&str, &[&str]); 3] = [
    ("RUN", &["--mount", "--network", "--security", "--device"]),
    ("COPY", &["--link", "--chmod", "--parents", "--exclude"]),
    (
        "ADD",
        &[
            "--link",
            "--chmod",
            "--checksum",
            "--keep-git-dir",
            "--exclude",
            "--unpack",
        ],
    ),
];

/// The first thing that only BuildKit understands; `# syntax=` counts if there is nothing else.
pub fn needs_buildkit(dockerfile: &str) -> Option<BuildKitOnly> {
    let file = Dockerfile::read(dockerfile);
    let found = file.instructions.iter().find_map(|instruction| {
        let feature = if instruction.heredoc {
            format!("{} <<", instruction.keyword)
        } else {
            let (_, known) = BUILDKIT_FLAGS
                .iter()
                .find(|(keyword, _)| *keyword == instruction.keyword)?;
            let flag = flags(&instruction.rest)
                .map(|flag| flag.split('=').next().unwrap_or(flag))
                .find(|flag| known.contains(flag))?;
            format!("{} {flag}", instruction.keyword)
        };
        Some(BuildKitOnly {
            line: instruction.line,
            feature,
        })
    });
    found.or_else(|| {
        file.syntax.map(|line| BuildKitOnly {
            line,
            feature: "# syntax=".to_owned(),
        })
    })
}

/// The text of a build's Dockerfile; `None` if the engine fetches it itself.
pub fn read_dockerfile(build: &Build) -> Result<Option<String>, EngineError> {
    let path = match (&build.dockerfile, &build.context) {
        (BuildFile::Inline(text), _) => return Ok(Some(text.clone())),
        (BuildFile::Path(_), BuildContext::Remote(_)) => return Ok(None),
        (BuildFile::Path(path), BuildContext::Folder(folder)) => dockerfile_path(folder, path),
    };
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) => Err(EngineError::File(format!(
            "the Dockerfile `{}` cannot be read: {error}",
            path.display()
        ))),
    }
}

/// Where the Dockerfile of a build lies.
pub(super) fn dockerfile_path(context: &Path, dockerfile: &Path) -> PathBuf {
    context.join(dockerfile)
}

/// A Dockerfile taken apart into instructions.
struct Dockerfile {
    escape: char,
    /// The line of a `# syntax=` directive.
    syntax: Option<usize>,
    instructions: Vec<Instruction>,
}

struct Instruction {
    line: usize,
    /// In capitals.
    keyword: String,
    rest: String,
    heredoc: bool,
}

impl Dockerfile {
    fn read(text: &str) -> Self {
        let mut file = Self {
            escape: '\\',
            syntax: None,
            instructions: Vec::new(),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().enumerate().peekable();
        while let Some((at, line)) = lines.peek()
            && let Some((name, value)) = directive(line)
        {
            match name.to_ascii_lowercase().as_str() {
                "escape" if value == "`" => file.escape = '`',
                "syntax" => file.syntax = Some(at + 1),
                _ => {}
            }
            lines.next();
        }
        while let Some((at, line)) = lines.next() {
            if is_blank_or_comment(line) {
                continue;
            }
            let mut whole = String::new();
            let mut part = line;
            while let Some(begun) = part.trim_end().strip_suffix(file.escape) {
                whole.push_str(begun);
                // Comments and empty lines inside a continued instruction do not end it.
                let next = lines.find(|(_, line)| !is_blank_or_comment(line));
                part = next.map_or("", |(_, next)| next);
            }
            whole.push_str(part);
            let whole = whole.trim();
            let (keyword, rest) = whole.split_once(char::is_whitespace).unwrap_or((whole, ""));
            let keyword = keyword.to_ascii_uppercase();
            let ends = if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
                heredocs(rest)
            } else {
                Vec::new()
            };
            for end in &ends {
                for (_, line) in lines.by_ref() {
                    if line.trim_start_matches('\t').trim_end() == *end {
                        break;
                    }
                }
            }
            file.instructions.push(Instruction {
                line: at + 1,
                keyword,
                heredoc: !ends.is_empty(),
                rest: rest.trim().to_owned(),
            });
        }
        file
    }
}

/// A parser directive, `# name=value`; they stand before everything else.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
    let name = name.trim();
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| (name, value.trim()))
}

fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The words that end the here-documents of an instruction (`<<EOF`, `<<-"EOF"`).
fn heredocs(rest: &str) -> Vec<String> {
    rest.split_whitespace()
        .filter_map(|word| {
            let at = word.find("<<")?;
            // Only a number of a file may stand before it, as in the shell; `<<<` is something else.
            if !word[..at].bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let end = word[at + 2..].trim_start_matches('-');
            let end = end.trim_matches(['"', '\'']);
            let plain = end.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && end.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            plain.then(|| end.to_owned())
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

    #[test]
    fn finds_what_only_buildkit_understands() {
        let first = |file: &str| needs_buildkit(file).map(|found| (found.line, found.feature));
        assert_eq!(
            first("# syntax=docker/dockerfile:1\nFROM a\nRUN --mount=type=cache,target=/c x"),
            Some((3, "RUN --mount".into()))
        );
        assert_eq!(
            first("FROM a\nCOPY <<EOF /x\nhi\nEOF"),
            Some((2, "COPY <<".into()))
        );
        assert_eq!(
            first("FROM a\nCOPY --link a b"),
            Some((2, "COPY --link".into()))
        );
        assert_eq!(first("#syntax = x\nFROM a"), Some((1, "# syntax=".into())));
        assert_eq!(
            first("FROM a\nCOPY --from=b --chown=1 a b\nRUN a --mount <b <<<c"),
            None
        );
    }
}
