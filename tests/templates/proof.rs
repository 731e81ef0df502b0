//! The checks of templates, carried out in a stack that is up.

use std::path::Path;
use std::process::Command;

use devstack::stack::LoadOptions;
use devstack::templates::{Interview, Proof, Target, Template, embedded};
use indexmap::IndexMap;

/// The proofs of a template that is about to be added to a folder with the default answers.
pub(crate) fn proofs(name: &str, folder: &Path) -> Vec<Proof> {
    let template = Template::read(embedded(name).expect("it is there")).expect("it can be read");
    let options = LoadOptions {
        directory: folder.to_path_buf(),
        ..LoadOptions::default()
    };
    let target = Target::open(&options).expect("the manifest can be read");
    let mut interview =
        Interview::new(&template, &target, None, IndexMap::new()).expect("nothing is wrong");
    while let Some(asked) = interview.next_question().expect("nothing is wrong") {
        let default = asked.default.expect("every question has a default");
        interview.answer(&default).expect("a default is right");
    }
    let answers = interview.finish();
    let filled = template.checks.iter().map(|check| check.proof(&answers));
    let proofs: Vec<Proof> = filled
        .map(|proof| proof.expect("everything is known"))
        .collect();
    assert!(!proofs.is_empty(), "`{name}` has no check");
    proofs
}

/// Carries a proof out in its container of a project; what it printed, if it failed.
pub(crate) fn carry_out(project: &str, proof: &Proof) -> Result<(), String> {
    let container = format!("{project}-{}-1", proof.service);
    let output = Command::new("docker")
        .args(["exec", &container, "sh", "-c", &proof.run])
        .output()
        .expect("docker runs");
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains(&proof.expect) {
        Ok(())
    } else {
        Err(format!("{proof:?}: {output:?}"))
    }
}
