//! As whom, and into which database, a project's own settings come in, so that they hold for the server that is
//! proposed: one kind of settings a file.

mod dotnet;
mod ecto;
mod rails;
mod settings;
mod spring;
mod urls;

use super::listing::Folder;
use super::software::Software;

/// Who comes in, and where to. What nothing says is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub user: Option<String>,
    /// With which password; an empty one is one, too.
    pub password: Option<String>,
    /// Into which database.
    pub database: Option<String>,
    /// On which host.
    pub host: Option<String>,
    /// On which port.
    pub port: Option<u16>,
    /// The file that says so.
    pub file: Option<String>,
}

impl Login {
    /// Takes over what only the other one says.
    pub fn fill(&mut self, other: Self) {
        self.user = self.user.take().or(other.user);
        self.password = self.password.take().or(other.password);
        self.database = self.database.take().or(other.database);
        self.host = self.host.take().or(other.host);
        self.port = self.port.or(other.port);
        self.file = self.file.take().or(other.file);
    }
}

/// A connection string of ASP.NET Core, taken apart.
pub(super) fn parse_connection_string(text: &str) -> Option<(Software, Login)> {
    dotnet::parse(text)
}

/// The connection strings of ASP.NET Core that the settings of a folder have, by their names.
pub(super) fn connection_strings(folder: &Folder<'_>) -> Vec<(String, String)> {
    dotnet::connection_strings(folder)
        .into_iter()
        .map(|(name, text, _)| (name, text))
        .collect()
}

/// Reads settings of one kind.
type Kind = fn(&Folder<'_>) -> Vec<(Software, Login)>;

/// The kinds of settings.
const KINDS: &[Kind] = &[
    rails::find,
    ecto::find,
    dotnet::find,
    spring::find,
    settings::find,
    urls::find,
];

/// Every login that the settings of a folder show, the more telling first.
pub(in crate::init) fn find(folder: &Folder<'_>) -> Vec<(Software, Login)> {
    KINDS.iter().flat_map(|kind| kind(folder)).collect()
}

/// Whether a file speaks of tests, or of what runs elsewhere.
fn is_elsewhere(path: &str) -> bool {
    [
        "test", "spec", "example", "doc", "prod", "staging", "README",
    ]
    .iter()
    .any(|word| path.contains(word))
}

/// A value that is more than a blank to be filled in.
fn plain(value: &str) -> Option<String> {
    let value = value.trim().trim_matches(['"', '\'']);
    let blank = value.contains(['<', '$', '{']) || value.is_empty();
    (!blank).then(|| value.to_owned())
}
