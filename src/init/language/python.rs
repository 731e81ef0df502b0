//! Python: `pyproject.toml`, `requirements.txt`, `Pipfile`, `setup.cfg`.

use toml::{Table, Value};

use super::{Library, Project, Tool, at_least, pinned};
use crate::init::listing::{Folder, ending, file_name};

const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("django", "Django", 8000),
    ("fastapi", "FastAPI", 8000),
    ("flask", "Flask", 5000),
    ("litestar", "Litestar", 8000),
    ("starlette", "Starlette", 8000),
    ("sanic", "Sanic", 8000),
    ("aiohttp", "aiohttp", 8080),
    ("tornado", "Tornado", 8888),
    ("streamlit", "Streamlit", 8501),
];

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let mut project = Project {
        language: "Python",
        ..Project::default()
    };
    let mut version = None;
    let mut found = false;
    if let Some(text) = folder.text("pyproject.toml") {
        found = true;
        if let Ok(table) = text.parse::<Table>() {
            version = pyproject(&table, &mut project);
        }
    }
    if let Some(table) = folder
        .text("Pipfile")
        .and_then(|text| text.parse::<Table>().ok())
    {
        found = true;
        for (key, dev) in [("packages", false), ("dev-packages", true)] {
            let names = table
                .get(key)
                .and_then(Value::as_table)
                .into_iter()
                .flat_map(Table::keys);
            for name in names {
                add(&mut project, name, dev, "Pipfile");
            }
        }
    }
    for (path, text) in folder.texts() {
        let Some(dev) = requirements(path) else {
            continue;
        };
        found = true;
        for line in text.lines() {
            add(&mut project, line, dev, path);
        }
    }
    if !found && !folder.has("manage.py") {
        return None;
    }
    if let Some((framework, port)) = project.known(FRAMEWORKS) {
        project.framework = Some(framework);
        project.port = Some(port);
    }
    project.runs = project.framework.is_some()
        || ["main.py", "app.py", "manage.py"]
            .iter()
            .any(|file| folder.has(file));
    project.start = start(folder, &project);
    project.tool = Some(Tool {
        name: "python3",
        version: version.or_else(|| pinned(folder, &["python"], ".python-version")),
    });
    Some(project)
}

/// Whether a path is a list of requirements, and whether of those for development.
fn requirements(path: &str) -> Option<bool> {
    let near = !path.contains('/')
        || (path.starts_with("requirements/") && path.matches('/').count() == 1);
    let name = file_name(path);
    let listed = near
        && ending(name) == "txt"
        && (name.starts_with("requirements") || path.starts_with("requirements/"));
    listed.then(|| {
        ["dev", "test", "lint", "doc"]
            .iter()
            .any(|word| name.contains(word))
    })
}

/// Adds what `pyproject.toml` says, and returns the version of Python that it asks for.
fn pyproject(table: &Table, project: &mut Project) -> Option<String> {
    let mut version = None;
    let file = "pyproject.toml";
    if let Some(own) = table.get("project").and_then(Value::as_table) {
        project.name = own.get("name").and_then(Value::as_str).map(str::to_owned);
        version = own
            .get("requires-python")
            .and_then(Value::as_str)
            .and_then(at_least);
        let texts = |value: Option<&Value>| -> Vec<String> {
            let items = value.and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        for line in texts(own.get("dependencies")) {
            add(project, &line, false, file);
        }
        let groups = own.get("optional-dependencies").and_then(Value::as_table);
        for (name, group) in groups.into_iter().flatten() {
            let dev = ["dev", "test", "docs", "lint"].contains(&name.as_str());
            for line in texts(Some(group)) {
                add(project, &line, dev, file);
            }
        }
    }
    if let Some(poetry) = table
        .get("tool")
        .and_then(|tool| tool.get("poetry"))
        .and_then(Value::as_table)
    {
        if project.name.is_none() {
            project.name = poetry
                .get("name")
                .and_then(Value::as_str)
                .map(str::to_owned);
        }
        for (name, asked) in poetry
            .get("dependencies")
            .and_then(Value::as_table)
            .into_iter()
            .flatten()
        {
            if name == "python" {
                version = asked.as_str().and_then(at_least);
                continue;
            }
            add(project, name, false, file);
            let extras = asked
                .get("extras")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            for extra in extras.filter_map(Value::as_str) {
                add(project, &format!("{name}[{extra}]"), false, file);
            }
        }
    }
    version
}

/// Adds the library that a line such as `celery[redis]>=5.3 ; python_version > "3"` names, and what its extras bring.
fn add(project: &mut Project, line: &str, dev: bool, file: &str) {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', '-']) {
        return;
    }
    let end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(line.len());
    let name = line[..end].to_lowercase().replace('_', "-");
    let extras = line[end..]
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or("", |(extras, _)| extras);
    let mut names = vec![name.clone()];
    for extra in extras.split(',').map(str::trim) {
        // An extra that is named after a server brings its library.
        match (name.as_str(), extra) {
            ("celery" | "kombu" | "dramatiq" | "channels", "redis") => {
                names.push("redis".to_owned());
            }
            ("celery" | "kombu", "librabbitmq") | ("dramatiq", "rabbitmq") => {
                names.push("pika".to_owned());
            }
            ("faststream", extra) => names.push(match extra {
                "kafka" | "confluent" => "aiokafka".to_owned(),
                "rabbit" => "aio-pika".to_owned(),
                extra => extra.to_owned(),
            }),
            ("sqlalchemy" | "tortoise-orm", "asyncpg" | "aiomysql" | "psycopg") => {
                names.push(extra.to_owned());
            }
            ("sqlalchemy", "postgresql") => names.push("psycopg2".to_owned()),
            ("sqlalchemy", "mysql") => names.push("mysqlclient".to_owned()),
            _ => {}
        }
    }
    for name in names {
        if !name.is_empty() && !project.uses(&name) {
            project.libraries.push(Library {
                name,
                dev,
                file: file.to_owned(),
            });
        }
    }
}

fn start(folder: &Folder<'_>, project: &Project) -> Option<String> {
    if folder.has("manage.py") {
        return Some("python manage.py runserver".to_owned());
    }
    let module = [
        "app/main.py",
        "src/main.py",
        "main.py",
        "app.py",
        "src/app.py",
    ]
    .into_iter()
    .find(|file| folder.has(file))?;
    let dotted = module.trim_end_matches(".py").replace('/', ".");
    Some(match project.framework {
        Some("FastAPI" | "Starlette" | "Litestar") => format!("uvicorn {dotted}:app --reload"),
        Some("Flask") => format!("flask --app {dotted} run --debug"),
        Some("Streamlit") => format!("streamlit run {module}"),
        _ => format!("python {module}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    fn names(project: &Project) -> Vec<&str> {
        project
            .libraries
            .iter()
            .map(|library| library.name.as_str())
            .collect()
    }

    #[test]
    fn requirements_are_read_with_their_extras() {
        let files = listing(&[
            (
                "requirements.txt",
                "Django==5.1  # web\n-r other.txt\ncelery[redis]>=5.3\npsycopg2_binary\n",
            ),
            ("manage.py", ""),
        ]);
        let project = read(&files.top()).expect("it is one");
        assert_eq!(
            names(&project),
            ["django", "celery", "redis", "psycopg2-binary"]
        );
        assert_eq!(
            (project.framework, project.start.as_deref()),
            (Some("Django"), Some("python manage.py runserver"))
        );
    }

    #[test]
    fn pyproject_is_read_in_both_of_its_ways() {
        let files = listing(&[
            (
                "a/pyproject.toml",
                "[project]\nname = \"api\"\nrequires-python = \">=3.12\"\ndependencies = [\"fastapi>=0.1\", \"sqlalchemy[asyncio,asyncpg]\"]\n",
            ),
            ("a/app/main.py", ""),
            (
                "b/pyproject.toml",
                "[tool.poetry]\nname = \"jobs\"\n[tool.poetry.dependencies]\npython = \"^3.11\"\ncelery = { version = \"5\", extras = [\"redis\"] }\n",
            ),
        ]);
        let api = read(&files.folder("a")).expect("it is one");
        assert_eq!(names(&api), ["fastapi", "sqlalchemy", "asyncpg"]);
        assert_eq!(api.start.as_deref(), Some("uvicorn app.main:app --reload"));
        let jobs = read(&files.folder("b")).expect("it is one");
        assert_eq!(names(&jobs), ["celery", "redis"]);
        assert_eq!(
            jobs.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=3.11")
        );
        assert!(!jobs.runs);
    }
}
