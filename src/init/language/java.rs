//! Java and Kotlin: `pom.xml`, `build.gradle`, `build.gradle.kts`.

use regex::Regex;

use super::{Library, Project, Tool, at_least, pinned};
use crate::init::listing::{Folder, ending};

const FRAMEWORKS: &[(&str, &str, u16)] = &[
    (
        "org.springframework.boot:spring-boot-starter-web",
        "Spring Boot",
        8080,
    ),
    (
        "org.springframework.boot:spring-boot-starter-webflux",
        "Spring Boot",
        8080,
    ),
    (
        "org.springframework.boot:spring-boot-starter",
        "Spring Boot",
        8080,
    ),
    ("io.quarkus:quarkus-rest", "Quarkus", 8080),
    ("io.quarkus:quarkus-resteasy-reactive", "Quarkus", 8080),
    (
        "io.micronaut:micronaut-http-server-netty",
        "Micronaut",
        8080,
    ),
    ("io.javalin:javalin", "Javalin", 7070),
    ("io.ktor:ktor-server-netty", "Ktor", 8080),
];

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let (file, text) = ["pom.xml", "build.gradle.kts", "build.gradle"]
        .into_iter()
        .find_map(|file| Some((file, folder.text(file)?)))?;
    let mut project = Project {
        language: if ending(file) == "kts" && folder.has_below("src/main/kotlin") {
            "Kotlin"
        } else {
            "Java"
        },
        ..Project::default()
    };
    let version = if file == "pom.xml" {
        pom(text, &mut project)
    } else {
        gradle(text, file, &mut project);
        None
    };
    if let Some((framework, port)) = project.known(FRAMEWORKS) {
        project.framework = Some(framework);
        project.port = Some(port);
    }
    let spring = project
        .libraries
        .iter()
        .any(|library| library.name.starts_with("org.springframework.boot:"));
    if spring && project.framework.is_none() {
        project.framework = Some("Spring Boot");
    }
    project.runs = project.framework.is_some() && folder.has_below("src/main");
    let maven = if folder.has("mvnw") { "./mvnw" } else { "mvn" };
    let gradle = if folder.has("gradlew") {
        "./gradlew"
    } else {
        "gradle"
    };
    project.start = match (file, project.framework) {
        ("pom.xml", Some("Spring Boot")) => Some(format!("{maven} spring-boot:run")),
        ("pom.xml", Some("Quarkus")) => Some(format!("{maven} quarkus:dev")),
        (_, Some("Spring Boot")) => Some(format!("{gradle} bootRun")),
        (_, Some("Quarkus")) => Some(format!("{gradle} quarkusDev")),
        ("pom.xml", _) => None,
        _ => Some(format!("{gradle} run")),
    };
    project.tool = Some(Tool {
        name: "java",
        version: version.or_else(|| pinned(folder, &["java"], ".java-version")),
    });
    Some(project)
}

/// Reads a `pom.xml`, and returns the version of Java that it asks for.
fn pom(text: &str, project: &mut Project) -> Option<String> {
    let dependency = Regex::new(r"(?s)<dependency>(.*?)</dependency>").expect("a valid pattern");
    let value = |text: &str, tag: &str| {
        let start = text.find(&format!("<{tag}>"))? + tag.len() + 2;
        let end = text[start..].find("</")? + start;
        Some(text[start..end].trim().to_owned())
    };
    for found in dependency.captures_iter(text) {
        let (Some(group), Some(artifact)) =
            (value(&found[1], "groupId"), value(&found[1], "artifactId"))
        else {
            continue;
        };
        project.libraries.push(Library {
            name: format!("{group}:{artifact}"),
            dev: value(&found[1], "scope").as_deref() == Some("test"),
            file: "pom.xml".to_owned(),
        });
    }
    // The project's own name stands after that of its parent.
    let own = text.split("</parent>").last().unwrap_or(text);
    let own = own.split("<dependencies>").next().unwrap_or(own);
    project.name = value(own, "artifactId");
    [
        "java.version",
        "maven.compiler.release",
        "maven.compiler.source",
    ]
    .into_iter()
    .find_map(|tag| value(text, tag))
    .and_then(|version| at_least(&version))
}

fn gradle(text: &str, file: &str, project: &mut Project) {
    let dependency = Regex::new(
        r#"(?m)^\s*(\w+)\s*\(?\s*['"]([A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+)(?::[^'"]*)?['"]"#,
    )
    .expect("a valid pattern");
    for found in dependency.captures_iter(text) {
        project.libraries.push(Library {
            name: found[2].to_owned(),
            dev: found[1].starts_with("test") || &found[1] == "developmentOnly",
            file: file.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn a_pom_is_read_past_its_parent() {
        let files = listing(&[
            (
                "pom.xml",
                "<project><parent><artifactId>spring-boot-starter-parent</artifactId></parent>\
                 <artifactId>clinic</artifactId><properties><java.version>21</java.version></properties>\
                 <dependencies><dependency><groupId>org.springframework.boot</groupId>\n<artifactId>spring-boot-starter-web</artifactId></dependency>\
                 <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><scope>runtime</scope></dependency></dependencies></project>",
            ),
            ("src/main/java/App.java", ""),
            ("mvnw", ""),
        ]);
        let project = read(&files.top()).expect("it is one");
        assert_eq!(
            (project.name.as_deref(), project.framework),
            (Some("clinic"), Some("Spring Boot"))
        );
        assert!(project.runs && project.uses("org.postgresql:postgresql"));
        assert_eq!(project.start.as_deref(), Some("./mvnw spring-boot:run"));
        assert_eq!(
            project.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=21")
        );
    }

    #[test]
    fn a_gradle_build_is_read() {
        let files = listing(&[(
            "build.gradle.kts",
            "dependencies {\n  implementation(\"io.ktor:ktor-server-netty:3.0.0\")\n  runtimeOnly(\"org.postgresql:postgresql\")\n  testImplementation(\"redis.clients:jedis:5\")\n}\n",
        )]);
        let project = read(&files.top()).expect("it is one");
        let found: Vec<(&str, bool)> = project
            .libraries
            .iter()
            .map(|found| (found.name.as_str(), found.dev))
            .collect();
        assert_eq!(
            found,
            [
                ("io.ktor:ktor-server-netty", false),
                ("org.postgresql:postgresql", false),
                ("redis.clients:jedis", true)
            ]
        );
    }
}
