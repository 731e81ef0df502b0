//! How a project brings its tables up to date: one framework a file.

mod alembic;
mod django;
mod ecto;
mod entity_framework;
mod flyway;
mod golang_migrate;
mod goose;
mod knex;
mod laravel;
mod liquibase;
mod prisma;
mod rails;
mod sequelize;
mod sqlx;
mod typeorm;

use super::language::Project;
use super::listing::Folder;

/// A way to bring tables up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// What does it, as people call it.
    pub framework: &'static str,
    /// The command, run in the application's folder.
    pub command: String,
    /// The files that it depends on, from the application's folder.
    pub inputs: Vec<String>,
    /// The library that has the command's program, if it is one that only development installs.
    pub dev_library: Option<&'static str>,
    /// The program is not part of the application's image, but of a developer's machine.
    pub own_program: bool,
    /// The application does it itself, when it starts.
    pub at_start: bool,
}

impl Migration {
    fn new(framework: &'static str, command: impl Into<String>, inputs: &[&str]) -> Self {
        Self {
            framework,
            command: command.into(),
            inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
            dev_library: None,
            own_program: false,
            at_start: false,
        }
    }

    fn at_start(mut self, at_start: bool) -> Self {
        self.at_start = at_start;
        self
    }

    fn own_program(mut self) -> Self {
        self.own_program = true;
        self
    }
}

type Framework = fn(&Folder<'_>, &Project) -> Option<Migration>;

const FRAMEWORKS: &[Framework] = &[
    prisma::find,
    django::find,
    rails::find,
    laravel::find,
    alembic::find,
    ecto::find,
    entity_framework::find,
    flyway::find,
    liquibase::find,
    typeorm::find,
    knex::find,
    sequelize::find,
    sqlx::find,
    golang_migrate::find,
    goose::find,
];

/// How the project in a folder brings its tables up to date, if a way shows.
pub(in crate::init) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    FRAMEWORKS
        .iter()
        .find_map(|framework| framework(folder, project))
}

/// The script of `package.json` that brings tables up to date, as a command.
fn script(folder: &Folder<'_>, names: &[&str]) -> Option<String> {
    let package: serde_json::Value = serde_json::from_str(folder.text("package.json")?).ok()?;
    names
        .iter()
        .find(|name| package["scripts"][**name].is_string())
        .map(|name| format!("npm run {name}"))
}

/// Whether the source of a project has one of these words.
fn source_says(folder: &Folder<'_>, endings: &[&str], words: &[&str]) -> bool {
    folder.texts().any(|(path, text)| {
        endings.iter().any(|ending| path.ends_with(ending))
            && words.iter().any(|word| text.contains(word))
    })
}

/// The first of these folders that has files.
fn folder_of<'n>(folder: &Folder<'_>, names: &[&'n str]) -> Option<&'n str> {
    names.iter().copied().find(|name| folder.has_below(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::language;
    use crate::init::listing::listing;

    fn found(files: &[(&str, &str)]) -> Option<Migration> {
        let files = listing(files);
        let project = language::read(&files.top()).expect("it is a project");
        find(&files.top(), &project)
    }

    /// A project's files, the framework, its command.
    type Case = (
        &'static [(&'static str, &'static str)],
        &'static str,
        &'static str,
    );

    const CASES: &[Case] = &[
        (
            &[
                ("package.json", r#"{"devDependencies": {"prisma": "6"}}"#),
                ("prisma/schema.prisma", ""),
                ("prisma/migrations/1_init/migration.sql", ""),
            ],
            "Prisma",
            "npx prisma migrate deploy",
        ),
        (
            &[
                ("manage.py", ""),
                ("requirements.txt", "django"),
                ("shop/migrations/0001_initial.py", ""),
            ],
            "Django",
            "python manage.py migrate",
        ),
        (
            &[("Gemfile", "gem 'rails'"), ("db/migrate/1_a.rb", "")],
            "Rails",
            "bin/rails db:migrate",
        ),
        (
            &[
                (
                    "composer.json",
                    r#"{"require": {"laravel/framework": "11"}}"#,
                ),
                ("artisan", ""),
                ("database/migrations/1.php", ""),
            ],
            "Laravel",
            "php artisan migrate --force",
        ),
        (
            &[
                ("requirements.txt", "alembic"),
                ("alembic.ini", ""),
                ("alembic/versions/1.py", ""),
            ],
            "Alembic",
            "alembic upgrade head",
        ),
        (
            &[
                ("mix.exs", "{:ecto_sql, \"3\"}"),
                ("priv/repo/migrations/1.exs", ""),
            ],
            "Ecto",
            "mix ecto.migrate",
        ),
        (
            &[
                ("package.json", r#"{"dependencies": {"knex": "3"}}"#),
                ("knexfile.js", ""),
                ("migrations/1.js", ""),
            ],
            "Knex",
            "npx knex migrate:latest",
        ),
        (
            &[
                (
                    "package.json",
                    r#"{"dependencies": {"sequelize-cli": "6"}}"#,
                ),
                ("migrations/1.js", ""),
            ],
            "Sequelize",
            "npx sequelize-cli db:migrate",
        ),
        (
            &[
                (
                    "package.json",
                    r#"{"dependencies": {"typeorm": "0.3"}, "scripts": {"migration:run": "x"}}"#,
                ),
                ("src/migrations/1.ts", ""),
            ],
            "TypeORM",
            "npm run migration:run",
        ),
        (
            &[
                (
                    "Cargo.toml",
                    "[package]\nname='x'\n[dependencies]\nsqlx='0.8'",
                ),
                ("migrations/1_a.sql", ""),
            ],
            "sqlx",
            "sqlx migrate run",
        ),
        (
            &[
                (
                    "Cargo.toml",
                    "[package]\nname='x'\n[dependencies]\ndiesel='2'",
                ),
                ("migrations/1_a/up.sql", ""),
            ],
            "Diesel",
            "diesel migration run",
        ),
        (
            &[("go.mod", "module x"), ("migrations/1_a.up.sql", "")],
            "golang-migrate",
            "migrate -path migrations -database \"$DATABASE_URL\" up",
        ),
        (
            &[
                ("go.mod", "module x"),
                ("migrations/1_a.sql", "-- +goose Up\n"),
            ],
            "goose",
            "goose -dir migrations postgres \"$DATABASE_URL\" up",
        ),
        (
            &[
                (
                    "pom.xml",
                    "<dependency><groupId>org.flywaydb</groupId><artifactId>flyway-core</artifactId></dependency>",
                ),
                ("src/main/resources/db/migration/V1__a.sql", ""),
            ],
            "Flyway",
            "flyway migrate",
        ),
        (
            &[
                (
                    "pom.xml",
                    "<dependency><groupId>org.liquibase</groupId><artifactId>liquibase-core</artifactId></dependency>",
                ),
                (
                    "src/main/resources/db/changelog/db.changelog-master.yaml",
                    "",
                ),
            ],
            "Liquibase",
            "liquibase update",
        ),
        (
            &[
                (
                    "a.csproj",
                    "<PackageReference Include=\"Microsoft.EntityFrameworkCore.Design\" Version=\"8\" />",
                ),
                ("Migrations/1_Init.cs", ""),
            ],
            "Entity Framework",
            "dotnet ef database update",
        ),
    ];

    #[test]
    fn every_framework_is_known_by_its_files() {
        for (files, framework, command) in CASES {
            let migration = found(files).unwrap_or_else(|| panic!("{framework} is not found"));
            assert_eq!(
                (migration.framework, migration.command.as_str()),
                (*framework, *command)
            );
            assert!(!migration.inputs.is_empty(), "{framework}");
        }
    }

    #[test]
    fn without_files_to_apply_there_is_nothing_to_do() {
        assert_eq!(
            found(&[("package.json", r#"{"dependencies": {"knex": "3"}}"#)]),
            None
        );
        assert_eq!(found(&[("go.mod", "module x")]), None);
    }

    #[test]
    fn an_application_that_does_it_itself_is_noticed() {
        let sqlx = found(&[
            (
                "Cargo.toml",
                "[package]\nname='x'\n[dependencies]\nsqlx='0.8'",
            ),
            ("migrations/1_a.sql", ""),
            ("src/main.rs", "sqlx::migrate!().run(&pool)"),
        ]);
        assert!(sqlx.expect("it is found").at_start);
    }
}
