//! What one check found: the unit that `devstack doctor` shows, and that a failed run tells as a diagnostic.
//!
//! A check never prints and never fails: whatever it comes across is a [`Finding`]. A problem is a [`Diagnostic`], so
//! that whoever meets it elsewhere tells the same in the same words.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::Mend;
use crate::diagnostic::{Diagnostic, Severity};

/// What a check is about. The order is that of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// The container engine.
    Engine,
    /// Registries, names, proxies, certificates.
    Network,
    /// What the manifest describes, and what there is of it.
    Project,
    /// What the manifest requires of the machine, and its inputs.
    Requirements,
    /// This machine and the engine's.
    Machine,
}

impl Group {
    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Engine => "Engine",
            Self::Network => "Network",
            Self::Project => "Project",
            Self::Requirements => "Requirements",
            Self::Machine => "Machine",
        }
    }
}

/// How a check came out, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// As it should be.
    Ok,
    /// It could not be checked, or there was nothing to check.
    Skipped,
    /// It works, but not as well as it could.
    Warning,
    /// It keeps stacks from coming up.
    Error,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Ok(String),
    Skipped(String),
    Problem(Diagnostic),
}

/// What one check found.
///
/// It serialises as `{group, check, state, summary, found, needed, problem, automatic_fix}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Finding {
    /// What it is about.
    pub group: Group,
    /// The check's name within its group, such as `disk`; what stands at the beginning of its line.
    pub check: String,
    verdict: Verdict,
    /// What was found, where it can be said in a word: `2.1 GB`.
    pub found: Option<String>,
    /// What would do: `4 GB`.
    pub needed: Option<String>,
    /// What devstack can do about it by itself.
    pub mend: Option<Mend>,
}

impl Finding {
    fn new(group: Group, check: impl Into<String>, verdict: Verdict) -> Self {
        Self {
            group,
            check: check.into(),
            verdict,
            found: None,
            needed: None,
            mend: None,
        }
    }

    /// All is well; `summary` says what there is, in a few words.
    pub fn ok(group: Group, check: impl Into<String>, summary: impl Into<String>) -> Self {
        Self::new(group, check, Verdict::Ok(summary.into()))
    }

    /// It was not checked; `reason` says why.
    pub fn skipped(group: Group, check: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(group, check, Verdict::Skipped(reason.into()))
    }

    /// A problem, as bad as the diagnostic says; its message is the summary.
    pub fn problem(group: Group, check: impl Into<String>, diagnostic: Diagnostic) -> Self {
        Self::new(group, check, Verdict::Problem(diagnostic))
    }

    /// Sets what was found.
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Sets what would do.
    pub fn needed(mut self, needed: impl Into<String>) -> Self {
        self.needed = Some(needed.into());
        self
    }

    /// Sets what devstack can do about it by itself.
    pub fn mend(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }

    /// How it came out.
    pub fn state(&self) -> FindingState {
        match &self.verdict {
            Verdict::Ok(_) => FindingState::Ok,
            Verdict::Skipped(_) => FindingState::Skipped,
            Verdict::Problem(problem) => match problem.severity {
                Severity::Warning => FindingState::Warning,
                Severity::Error => FindingState::Error,
            },
        }
    }

    /// What is said of it in one line.
    pub fn summary(&self) -> &str {
        match &self.verdict {
            Verdict::Ok(summary) | Verdict::Skipped(summary) => summary,
            Verdict::Problem(problem) => &problem.message,
        }
    }

    /// The problem, if it is one.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        match &self.verdict {
            Verdict::Problem(problem) => Some(problem),
            Verdict::Ok(_) | Verdict::Skipped(_) => None,
        }
    }

    /// The problem as it is told outside of a report, with what was found and what is needed.
    pub fn into_diagnostic(self) -> Option<Diagnostic> {
        let compared = self.compared();
        match self.verdict {
            Verdict::Problem(problem) => Some(compared.into_iter().fold(problem, Diagnostic::note)),
            Verdict::Ok(_) | Verdict::Skipped(_) => None,
        }
    }

    /// What was found beside what is needed, if both are known.
    pub fn compared(&self) -> Option<String> {
        let (found, needed) = (self.found.as_ref()?, self.needed.as_ref()?);
        Some(format!("found {found}, needed {needed}"))
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 8)?;
        object.serialize_field("group", &self.group)?;
        object.serialize_field("check", &self.check)?;
        object.serialize_field("state", &self.state())?;
        object.serialize_field("summary", self.summary())?;
        object.serialize_field("found", &self.found)?;
        object.serialize_field("needed", &self.needed)?;
        object.serialize_field("problem", &self.diagnostic())?;
        object.serialize_field("automatic_fix", &self.mend)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_tells_what_was_found_and_needed() {
        let finding = Finding::problem(
            Group::Requirements,
            "memory",
            Diagnostic::error("the engine has too little memory").fix("give it more"),
        )
        .found("2 GB")
        .needed("4 GB");
        assert_eq!(finding.state(), FindingState::Error);
        assert_eq!(finding.summary(), "the engine has too little memory");
        let told = finding.into_diagnostic().expect("a problem");
        assert_eq!(told.notes, ["found 2 GB, needed 4 GB"]);
        let fine = Finding::ok(Group::Engine, "memory", "8 GB");
        assert_eq!(fine.into_diagnostic(), None);
    }

    #[test]
    fn serialises_flat() {
        let finding = Finding::problem(
            Group::Engine,
            "found",
            Diagnostic::warning("it sleeps").fix("wake it"),
        )
        .mend(Mend::StartEngine {
            command: vec!["dockerd".to_owned()],
            as_root: true,
        });
        let json = serde_json::to_value(&finding).expect("plain data");
        assert_eq!(json["group"], "engine");
        assert_eq!(json["state"], "warning");
        assert_eq!(json["problem"]["fix"], "wake it");
        assert_eq!(json["automatic_fix"]["do"], "start_engine");
    }
}
