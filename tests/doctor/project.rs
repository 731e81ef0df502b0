//! The project: manifest, variables, ports, leftovers, other checkouts.

use std::net::TcpListener;

use crate::lab::{Lab, busybox, docker, try_docker};

#[test]
fn without_a_manifest_the_rest_is_checked_all_the_same() {
    let report = Lab::new().doctor(&[]);
    report
        .finds("manifest", "skipped", "there is none")
        .finds("ports", "skipped", "no manifest")
        .finds("found", "ok", "");
}

#[test]
fn every_problem_of_the_manifest_is_told_with_its_place() {
    let lab = Lab::with(
        "services:\n  web:\n    imagee: nginx\n  api:\n    image: x\n    depends_on: [bd]\n",
    );
    let report = lab.doctor(&[]).exits(1);
    let found = report.of_check("manifest");
    assert!(found.len() >= 2, "{found:#?}");
    let place = &found[0]["problem"]["place"]["span"];
    assert_eq!(
        (place["file"].as_str(), place["line"].as_u64()),
        (Some("devstack.yaml"), Some(3)),
        "{found:#?}"
    );
}

#[test]
fn a_missing_env_file_is_made_from_its_example() {
    let lab = Lab::with("services: { web: { image: 'busybox:${TAG:?say which}' } }");
    lab.file(".env.example", "TAG=1\n");
    let report = lab.doctor(&[]).exits(1);
    report
        .finds(
            "variables",
            "error",
            ".env is missing, though there is .env.example",
        )
        .fixes("variables", "cp .env.example .env");
    report.finds("manifest", "error", "TAG");
    let mended = lab.doctor(&["--fix", "--yes"]);
    assert_eq!(mended.mended(), ["copy_env_file"]);
    mended
        .finds("variables", "ok", ".env is there")
        .finds("manifest", "ok", "1 service");
    assert_eq!(
        std::fs::read_to_string(lab.path().join(".env")).expect("is there"),
        "TAG=1\n"
    );
}

#[test]
fn a_taken_port_is_told_with_its_holder() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let lab = Lab::with(&format!(
        "services: {{ web: {{ image: 'nginx:1.26', ports: ['{port}:80'] }} }}"
    ));
    let report = lab.doctor(&[]).exits(1);
    report.finds(
        "ports",
        "error",
        &format!("port {port} is taken, by process `"),
    );
    report.finds("ports", "error", &format!("(pid {})", std::process::id()));
    drop(listener);
    lab.doctor(&[]).finds("ports", "ok", &port.to_string());
}

#[test]
fn a_port_that_a_container_holds_is_told_with_its_project() {
    let image = busybox();
    let lab = Lab::new();
    let other = format!("{}-other", lab.name);
    let hostile = format!("{}-hostile", lab.name);
    let ports = [(&other, "blog"), (&hostile, "x; rm -rf ~")].map(|(name, project)| {
        let label = format!("com.docker.compose.project={project}");
        docker(&[
            "run",
            "--detach",
            "--init",
            "--name",
            name,
            "--label",
            &label,
            "--publish",
            "127.0.0.1::80",
            &image,
            "sleep",
            "600",
        ]);
        let place = docker(&["port", name, "80"]);
        place.rsplit_once(':').expect("a port").1.to_owned()
    });
    lab.file(
        "devstack.yaml",
        format!(
            "services: {{ web: {{ image: '{image}', ports: ['{}:80', '{}:81'] }} }}",
            ports[0], ports[1]
        ),
    );
    let report = lab.doctor(&[]);
    docker(&["rm", "--force", &other, &hostile]);
    let report = report.exits(1);
    report
        .finds(
            "ports",
            "error",
            &format!("by container `{other}` of project `blog`"),
        )
        .fixes("ports", "devstack -p blog down");
    // What is there to copy does nothing else than what it says.
    report
        .finds("ports", "error", &format!("by container `{hostile}`"))
        .fixes("ports", &format!("docker stop {hostile}"));
    let fixes = report
        .of_check("ports")
        .into_iter()
        .map(|finding| &finding["problem"]["fix"]);
    assert!(
        fixes
            .into_iter()
            .all(|fix| !fix.to_string().contains("rm -rf"))
    );
}

#[test]
fn leftovers_are_told_and_rubbish_is_cleared_away() {
    let image = busybox();
    let lab = Lab::with(&format!("services: {{ web: {{ image: '{image}' }} }}"));
    let name = lab.name.as_str();
    let label = |key: &str, value: &str| format!("--label={key}={value}");
    let project = label("com.docker.compose.project", name);
    let (gone, layer, old) = (
        format!("{name}-gone-1"),
        format!("{name}-layer"),
        format!("{name}_old"),
    );
    docker(&[
        "create",
        "--name",
        &gone,
        &project,
        &label("com.docker.compose.service", "gone"),
        &label("com.docker.compose.project.working_dir", "/elsewhere/shop"),
        &image,
    ]);
    docker(&[
        "volume",
        "create",
        &label("dev.devstack.layer", name),
        &layer,
    ]);
    let door = format!("{name}-door");
    docker(&[
        "create",
        "--name",
        &door,
        &label("dev.devstack.door", name),
        &image,
    ]);
    docker(&[
        "volume",
        "create",
        &project,
        &label("com.docker.compose.volume", "old"),
        &old,
    ]);
    let report = lab.doctor(&[]);
    let mended = lab.doctor(&["--fix", "--yes"]);
    let left = [
        try_docker(&["volume", "inspect", &layer]),
        try_docker(&["container", "inspect", &door]),
    ];
    docker(&["rm", &gone]);
    docker(&["volume", "rm", &old]);
    report
        .finds("leftovers", "warning", &format!("`{gone}`"))
        .fixes("leftovers", "devstack up --remove-orphans");
    report.finds(
        "leftovers",
        "warning",
        &format!("volumes that the manifest does not have: `{old}`"),
    );
    report
        .finds(
            "leftovers",
            "warning",
            "a layer of data that nothing names and a container that was a way into them",
        )
        .fixes("leftovers", "devstack prune");
    report
        .finds("checkouts", "warning", "/elsewhere/shop")
        .fixes("checkouts", "--instance");
    assert_eq!(mended.mended(), ["prune"]);
    assert!(left.iter().all(Result::is_err), "{left:?}");
    assert!(
        !mended
            .json
            .to_string()
            .contains("a layer of data that nothing names")
    );
}
