//! .NET: `*.csproj`, `*.fsproj`.

use regex::Regex;

use super::{Library, Project, Tool};
use crate::init::listing::Folder;

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let (file, text) = folder
        .texts()
        .filter(|(path, _)| !path.contains('/'))
        .find(|(path, _)| path.ends_with(".csproj") || path.ends_with(".fsproj"))?;
    let reference =
        Regex::new(r#"<PackageReference\s+[^>]*Include="([^"]+)""#).expect("a valid pattern");
    let target =
        Regex::new(r"<TargetFramework>net(\d+)\.\d+</TargetFramework>").expect("a valid pattern");
    let web = text.contains("Microsoft.NET.Sdk.Web");
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    Some(Project {
        language: ".NET",
        framework: web.then_some("ASP.NET Core"),
        name: Some(name.to_owned()),
        libraries: reference
            .captures_iter(text)
            .map(|found| Library {
                name: found[1].to_owned(),
                dev: false,
                file: file.to_owned(),
            })
            .collect(),
        runs: web
            || text.contains("Microsoft.NET.Sdk.Worker")
            || text.contains("<OutputType>Exe</OutputType>"),
        port: web.then_some(8080),
        start: Some(if folder.path().is_empty() {
            "dotnet watch".to_owned()
        } else {
            format!("dotnet watch --project {}", folder.path())
        }),
        tool: Some(Tool {
            name: "dotnet",
            version: target
                .captures(text)
                .map(|found| format!(">={}", &found[1])),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn a_project_of_the_web_runs_and_a_library_does_not() {
        let files = listing(&[
            (
                "src/Shop.Api/Shop.Api.csproj",
                r#"<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup><ItemGroup><PackageReference Include="Npgsql" Version="8.0.3" /></ItemGroup></Project>"#,
            ),
            (
                "src/Shop.Core/Shop.Core.csproj",
                r#"<Project Sdk="Microsoft.NET.Sdk"></Project>"#,
            ),
        ]);
        let api = read(&files.folder("src/Shop.Api")).expect("it is one");
        assert!(api.runs && api.uses("Npgsql"));
        assert_eq!(
            api.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=8")
        );
        assert!(
            !read(&files.folder("src/Shop.Core"))
                .expect("it is one")
                .runs
        );
    }
}
