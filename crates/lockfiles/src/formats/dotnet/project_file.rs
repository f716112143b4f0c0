//! `PackageReference` in `*.csproj`, `*.fsproj` and `*.vbproj`, and central package management in
//! `Directory.Packages.props`.
//! <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files>,
//! <https://learn.microsoft.com/nuget/consume-packages/central-package-management>
//!
//! MSBuild files are programs; this reads what they state: items and properties, with all conditions taken as met.
//! - A project takes versions from the nearest `Directory.Packages.props` above it, and properties also from each
//!   `Directory.Build.props` above it and from `Versions.props` in `eng/`.
//! - The central file lists versions, not uses: each entry with a version is a component, as it may be in use anywhere; an
//!   entry without one states nothing. In a project, a reference whose version stays unknown is listed without it.
//! - A solution contains its projects and says nothing of packages.
//! - `GlobalPackageReference`, and references that the project hides and does not compile against, are for building.

mod emit;
mod model;
mod solution;

use plimsoll_extract::prelude::*;

use model::Model;

/// Reads .NET projects and the central list of versions.
pub(crate) struct ProjectFile;

impl Extractor for ProjectFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/project")
    }

    fn about(&self) -> About {
        About {
            title: ".NET project files, central package management, solutions",
            specification: "https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files",
            facts: &[Fact::Edges, Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".csproj"),
            Interest::Suffix(".fsproj"),
            Interest::Suffix(".vbproj"),
            Interest::Suffix(".sln"),
            Interest::Suffix(".slnx"),
            Interest::Suffix("Packages.props"),
            Interest::Name("packages.props"),
            Interest::Name("Directory.packages.props"),
            Interest::Name("directory.packages.props"),
            Interest::Name("Directory.Build.props"),
            Interest::Path("eng/Versions.props"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        if solution::is_solution(file.path()) {
            return solution::keep(&text.text, file, out);
        }
        let (root, fault) = syntax::xml::parse_partial(&text.text, file.budget().limits());
        if let Some(project) = root.filter(|root| root.name() == "Project") {
            let model = serde_json::to_vec(&Model::read(&project, out));
            out.keep(model.map_err(|error| ExtractError::malformed(error.to_string()))?);
        } else if fault.is_none() {
            return Err(ExtractError::malformed("no <Project> element"));
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        emit::emit(files);
    }
}
