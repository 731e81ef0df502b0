//! `devstack doctor`: looks into everything that keeps stacks from coming up, and mends what can be mended.

use std::collections::HashSet;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cli::mends::carry_out;
use crate::cli::{CliError, Context, ExitCode};
use crate::doctor::{Finding, FindingState, Group, Mend, check_up};
use crate::ui::{Waiting, confirm, count_findings, render_findings};

const EXAMPLES: &str = "\
Examples:
  devstack doctor                  what is wrong, and what helps
  devstack doctor --fix            mend what can be mended, asking before each step
  devstack doctor --fix --yes      the same without asking
  devstack doctor --json           the same for scripts

Exit codes: 0 nothing keeps stacks from coming up, 1 something does, 3 no engine answers.";

/// The version of the JSON form.
const SCHEMA: u32 = 1;
/// Off a terminal, this long nothing is said.
const SILENT: Duration = Duration::from_secs(2);
/// One thing mended may show the next: installed, then started, then permitted.
const ROUNDS: usize = 4;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mend what can be mended safely: start or install the engine, let you use it, clear leftovers away, make the .env
    #[arg(long)]
    fix: bool,
    /// Answer every question with yes
    #[arg(short, long, requires = "fix")]
    yes: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Report)]
    format: Format,
    /// Short for `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Report,
    /// One object with all findings
    Json,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let json = arguments.json || arguments.format == Format::Json;
    let output = context.output();
    let mut findings = examine(context).await;
    if !json {
        output.bytes(report(context, &findings).as_bytes())?;
        summarise(context, &findings, arguments.fix)?;
    }
    let mut mended = Vec::new();
    if arguments.fix {
        let mut refused = HashSet::new();
        for _ in 0..ROUNDS {
            let done = mend(context, &findings, arguments.yes, &mut refused).await?;
            if done.is_empty() {
                break;
            }
            mended.extend(done);
            let before = std::mem::replace(&mut findings, examine(context).await);
            if !json {
                let news = changed(&before, &findings);
                output.data("\nLooked again:")?;
                output.bytes(report(context, &news).as_bytes())?;
                summarise(context, &findings, true)?;
            }
        }
    }
    if json {
        let count = |state| {
            findings
                .iter()
                .filter(|finding| finding.state() == state)
                .count()
        };
        let answer = json!({
            "schema": SCHEMA,
            "findings": findings,
            "counts": {
                "ok": count(FindingState::Ok),
                "warning": count(FindingState::Warning),
                "error": count(FindingState::Error),
                "skipped": count(FindingState::Skipped),
            },
            "mended": mended,
        });
        output.data(&serde_json::to_string_pretty(&answer)?)?;
    }
    Ok(exit_code(&findings))
}

/// Carries all checks out; whoever waits is told for what.
async fn examine(context: &Context) -> Vec<Finding> {
    let waiting = Waiting::new(context.output());
    let (open, mut told) = tokio::sync::watch::channel(String::new());
    let checks = check_up(context.subject(), |names| {
        let text = format!("checking {}", names.join(", "));
        waiting.on(&text);
        // Nobody listens where it is seen anyway.
        let _ = open.send(text);
    });
    tokio::pin!(checks);
    tokio::select! {
        findings = &mut checks => return findings,
        () = tokio::time::sleep(SILENT) => {}
    }
    if !waiting.is_seen() {
        let still = told.borrow_and_update().clone();
        context.output().say(&format!("still {still}"));
    }
    checks.await
}

fn report(context: &Context, findings: &[Finding]) -> String {
    let output = context.output();
    let terminal = output.terminal();
    // Off a terminal nothing is wrapped.
    let columns = if terminal.stdout {
        output.window().0
    } else {
        200
    };
    render_findings(findings, columns, terminal.stdout_palette)
}

/// The last lines: how many, and what could be mended.
fn summarise(context: &Context, findings: &[Finding], fix: bool) -> Result<(), CliError> {
    let output = context.output();
    output.data(&format!("\n{}", count_findings(findings)))?;
    let mends = mends(findings);
    if !fix {
        for mend in &mends {
            output.data(&format!("`devstack doctor --fix` can {}", mend.title()))?;
        }
    } else if mends.is_empty()
        && findings
            .iter()
            .any(|finding| finding.diagnostic().is_some())
    {
        output.data("nothing of this can be mended without you")?;
    }
    Ok(())
}

/// What could be mended, each once.
fn mends(findings: &[Finding]) -> Vec<Mend> {
    let mut mends: Vec<Mend> = Vec::new();
    for mend in findings.iter().filter_map(|finding| finding.mend.as_ref()) {
        if !mends.contains(mend) {
            mends.push(mend.clone());
        }
    }
    mends
}

/// Mends what is agreed to and was not tried before. Gives what was done.
async fn mend(
    context: &Context,
    findings: &[Finding],
    yes: bool,
    tried: &mut HashSet<Mend>,
) -> Result<Vec<Mend>, CliError> {
    let mut done = Vec::new();
    for mend in mends(findings) {
        if !tried.insert(mend.clone()) {
            continue;
        }
        // Long commands would break the question; the fix above names them.
        let what = match &mend {
            Mend::InstallEngine { .. } => "install it like that".to_owned(),
            other => other.title(),
        };
        let question = format!("Shall devstack {what}?");
        // Saying yes by a careless Enter must not change the machine.
        let careful = matches!(mend, Mend::InstallEngine { .. } | Mend::JoinGroup { .. });
        let output = context.output();
        if yes || confirm(output, &question, !careful, "--yes", context.cancel()).await? {
            carry_out(context, &mend).await?;
            done.push(mend);
        }
    }
    Ok(done)
}

/// The findings that are not as they were.
fn changed(before: &[Finding], now: &[Finding]) -> Vec<Finding> {
    now.iter()
        .filter(|finding| !before.contains(finding))
        .cloned()
        .collect()
}

/// As every command: 3 where no engine can be reached, else 1 if something is wrong.
fn exit_code(findings: &[Finding]) -> ExitCode {
    let failed = |finding: &Finding| finding.state() == FindingState::Error;
    let unreachable = findings.iter().any(|finding| {
        let engine = matches!(finding.check.as_str(), "found" | "permitted");
        finding.group == Group::Engine && engine && failed(finding)
    });
    if unreachable {
        ExitCode::UNREACHABLE
    } else if findings.iter().any(failed) {
        ExitCode::FAILED
    } else {
        ExitCode::DONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;

    #[test]
    fn warnings_are_no_failure_and_no_engine_has_its_own_code() {
        let problem = |check: &str, diagnostic| Finding::problem(Group::Engine, check, diagnostic);
        let warning = problem("disk", Diagnostic::warning("little room"));
        let error = problem("disk", Diagnostic::error("no room"));
        let gone = problem("found", Diagnostic::error("nobody there"));
        assert_eq!(exit_code(std::slice::from_ref(&warning)), ExitCode::DONE);
        assert_eq!(exit_code(&[warning, error.clone()]), ExitCode::FAILED);
        assert_eq!(exit_code(&[error, gone]), ExitCode::UNREACHABLE);
    }
}
