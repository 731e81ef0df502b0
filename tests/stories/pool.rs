//! `pgbouncer`: applications reach the pool under the database's settings, and it is ready when a query came through.

use crate::project::Project;

/// The application has another host in its database's address, and nothing else.
pub(crate) fn applications_use_it(project: &Project) {
    let environment = project.inspect("api", "{{ .Config.Env }}");
    assert!(
        environment.contains("DATABASE_URL=postgresql://shop:dev@pgbouncer:5432/shop"),
        "{environment}"
    );
    let answer = project.inside(
        "pgbouncer",
        &[
            "env",
            "PGPASSWORD=dev",
            "psql",
            "-h",
            "127.0.0.1",
            "-U",
            "shop",
            "-d",
            "shop",
            "-Atc",
            "select count(*) from orders",
        ],
    );
    assert_eq!(answer.trim(), "200000");
}

#[test]
fn a_pool_without_its_database_is_not_ready() {
    let project = Project::new(
        "services:
  pool:
    image: edoburu/pgbouncer:v1.24.1-p1
    environment: { DB_HOST: nowhere, DB_USER: shop, DB_PASSWORD: dev, DB_NAME: shop, AUTH_TYPE: scram-sha-256 }
    ready: { pgbouncer: , timeout: 5s }
",
    );
    // Its port is open all the while: a check of the port alone would be content.
    let ran = project.run(&["up"]).exits(1);
    ran.says(&["`pool` was not ready within 5 s"]);
    let state = project.inspect("pool", "{{ .State.Running }}");
    assert_eq!(state, "true");
}
