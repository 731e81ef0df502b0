//! What is known of a service when its family is asked.

use indexmap::IndexMap;

use super::ImageName;

/// What is known of a service when its family is asked: the manifest's words, and the image's where they are known.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The image reference.
    pub image: &'a str,
    /// The environment of the container.
    pub environment: &'a IndexMap<String, Option<String>>,
    /// The command that the manifest gives, empty for the image's own.
    pub command: &'a [String],
}

impl Facts<'_> {
    /// A variable's value, if it is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)?
            .as_deref()
            .filter(|value| !value.is_empty())
    }

    /// Whether a password lies in a file that a variable names.
    pub fn has_password_file(&self) -> bool {
        self.environment.iter().any(|(name, path)| {
            let name = name.strip_suffix("_FILE");
            name.is_some_and(|name| name.contains("PASS")) && path.is_some()
        })
    }

    /// The first of these variables that is set and not empty.
    pub(super) fn first(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .find_map(|name| self.variable(name))
            .map(str::to_owned)
    }

    /// Whether the image is one of Bitnami's, which have folders and variables of their own.
    pub(super) fn is_bitnami(&self) -> bool {
        ImageName::parse(self.image).is_some_and(|name| {
            matches!(
                name.repository().split('/').next(),
                Some("bitnami" | "bitnamilegacy" | "bitnamisecure")
            )
        })
    }

    /// Whether the image is one of Docker's official ones.
    pub(super) fn is_official(&self) -> bool {
        ImageName::parse(self.image).is_some_and(|name| name.repository().starts_with("library/"))
    }

    /// The major version, if the tag begins with one.
    pub(super) fn major_version(&self) -> Option<u32> {
        let name = ImageName::parse(self.image)?;
        let tag = name.tag()?;
        let digits = tag.bytes().take_while(u8::is_ascii_digit).count();
        tag[..digits].parse().ok()
    }
}
