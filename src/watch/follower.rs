//! Follows the files of rules, and tells what changed in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};

use super::filter::Verdict;
use super::notices::{Notice, Notices};
use super::tree::{Ground, Tree};
use super::{Change, NoticeError, Rule};

/// After the last of several changes it is waited so long for a further one: who saves a file, or switches to another
/// branch, makes many.
const QUIET: Duration = Duration::from_millis(100);
/// But no longer than this after the first.
const LONGEST: Duration = Duration::from_secs(2);

/// Follows files.
pub struct Follower {
    rules: Arc<[Rule]>,
    notices: UnboundedReceiver<Notice>,
    /// Away while it is looked at.
    known: Option<Known>,
    /// Where something happened that was not looked at yet.
    places: BTreeSet<PathBuf>,
    /// Whether everything has to be looked at.
    lost: bool,
}

/// What is known of the files.
struct Known {
    tree: Tree,
    ground: Watched,
}

/// The rules, and what tells of changes.
struct Watched {
    rules: Arc<[Rule]>,
    notices: Notices,
}

impl Follower {
    /// Looks at everything that the rules are about, and follows it from now on.
    pub async fn start(rules: Vec<Rule>) -> Result<Self, NoticeError> {
        let rules: Arc<[Rule]> = rules.into();
        let (notices, told) = Notices::new()?;
        let ground = Watched {
            rules: Arc::clone(&rules),
            notices,
        };
        let known = Known {
            tree: Tree::default(),
            ground,
        };
        let mut follower = Self {
            rules,
            notices: told,
            known: Some(known),
            places: BTreeSet::new(),
            lost: true,
        };
        follower.look().await?;
        Ok(follower)
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Waits until something happened and it is quiet again. Nothing is lost where the wait is given up.
    pub async fn happened(&mut self) {
        if self.places.is_empty() && !self.lost {
            match self.notices.recv().await {
                Some(notice) => self.note(notice),
                // Never as long as what tells of changes is there.
                None => std::future::pending().await,
            }
        }
        let latest = Instant::now() + LONGEST;
        loop {
            let until = latest.min(Instant::now() + QUIET);
            match timeout_at(until, self.notices.recv()).await {
                Ok(Some(notice)) => self.note(notice),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Looks where something happened, and tells what changed.
    pub async fn look(&mut self) -> Result<Vec<Change>, NoticeError> {
        let mut places = std::mem::take(&mut self.places);
        let deep = std::mem::take(&mut self.lost);
        if deep {
            places.extend(self.rules.iter().map(|rule| rule.root().to_owned()));
        }
        let mut known = self.known.take().expect("it is put back after each look");
        let looked = tokio::task::spawn_blocking(move || {
            let found = known.look(&places, deep);
            (known, found)
        });
        let (known, found) = looked.await.expect("looking does not panic");
        self.known = Some(known);
        found
    }

    /// Everything that counts, as it was at the last look.
    pub fn all(&self) -> Vec<Change> {
        let known = self.known.as_ref().expect("it is put back after each look");
        known.tree.all(&known.ground)
    }

    fn note(&mut self, notice: Notice) {
        match notice {
            Notice::Paths(paths) => self.places.extend(paths),
            Notice::Lost => self.lost = true,
        }
    }
}

impl Known {
    fn look(&mut self, places: &BTreeSet<PathBuf>, deep: bool) -> Result<Vec<Change>, NoticeError> {
        if deep {
            for rule in self.ground.rules.iter() {
                // Editors put another file in the place of one, and folders go and come with branches, which only the
                // folder above tells.
                if let Some(folder) = rule.root().parent() {
                    self.ground.notices.watch(folder)?;
                }
            }
        }
        self.tree.look(places, deep, &mut self.ground)
    }
}

impl Ground for Watched {
    fn verdict(&self, path: &Path, folder: bool) -> Verdict {
        let verdicts = self.rules.iter().map(|rule| rule.verdict(path, folder));
        verdicts.max().unwrap_or(Verdict::Nothing)
    }

    fn follow(&mut self, folder: &Path) -> Result<(), NoticeError> {
        self.notices.watch(folder)
    }
}
