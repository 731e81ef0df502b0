//! The files of one template, read and held in memory: from here on it makes no difference where they came from.

use std::borrow::Cow;

use indexmap::IndexMap;

/// What a template's own description is called.
pub const DEFINITION: &str = "template.yaml";
/// What it puts into the manifest.
pub const PART: &str = "devstack.yaml";
/// The folder of what it puts beside the manifest.
pub(super) const FILES: &str = "files/";

/// The files of one template, by their path in its folder, with `/` between the parts.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// The template's name: that of its folder.
    pub name: String,
    /// Where the folder is, as it is shown in messages.
    pub place: String,
    /// The files.
    pub files: IndexMap<String, Cow<'static, [u8]>>,
}

impl Bundle {
    /// A file's text; `None` if it is not there, an error if it is no text.
    pub fn text(&self, path: &str) -> Option<Result<&str, std::str::Utf8Error>> {
        self.files.get(path).map(|bytes| std::str::from_utf8(bytes))
    }

    /// How a file is called in messages.
    pub fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.place)
    }

    /// The files that go beside the manifest, by their path below [`FILES`].
    pub fn extra_files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .filter_map(|(path, bytes)| Some((path.strip_prefix(FILES)?, bytes.as_ref())))
    }
}
