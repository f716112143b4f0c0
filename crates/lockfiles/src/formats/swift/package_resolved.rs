//! `Package.resolved` of the Swift Package Manager and Xcode, versions 1 to 3.
//! <https://docs.swift.org/swiftpm/documentation/packagemanagerdocs/>; the shape is `ResolvedPackagesStore` in SwiftPM.
//!
//! The pins are all packages, needed directly or not, and no edges; `Package.swift` names the direct ones. A package is known by where its repository lies:
//! host and owner are the namespace of its purl. What surprises: a pin on a branch has no version. A branch that is
//! called like a version (`0.0.1`: Xcode takes tags for branches) stands in for one; otherwise the commit does.
//! Packages of a registry (`kind: registry`) have a scope and a name, and no location.

mod manifest;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use crate::project_manifest;
use crate::vcs::{git_url, host_and_path, reference};

/// Reads the lockfile of Swift packages.
pub(crate) struct PackageResolved;

/// The newest version that is known.
const NEWEST: u64 = 3;

loose_object! {
    struct Resolved<'a> {
        "version" => version: u64,
        "pins" => pins: Vec<Loose<Pin<'a>>>,
        "object" => object: Object<'a>,
    }
}

loose_object! {
    /// Where version 1 keeps its pins.
    struct Object<'a> {
        "pins" => pins: Vec<Loose<Pin<'a>>>,
    }
}

loose_object! {
    struct Pin<'a> {
        "package" => package: Text<'a>,
        "repositoryURL" => repository: Text<'a>,
        "identity" => identity: Text<'a>,
        "kind" => kind: Text<'a>,
        "location" => location: Text<'a>,
        "state" => state: State<'a>,
    }
}

loose_object! {
    struct State<'a> {
        "branch" => branch: Text<'a>,
        "revision" => revision: Text<'a>,
        "version" => version: Text<'a>,
    }
}

impl Extractor for PackageResolved {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("swift/package-resolved")
    }

    fn about(&self) -> About {
        About {
            title: "Swift Package.resolved 1 to 3, Package.swift",
            specification: "https://docs.swift.org/swiftpm/documentation/packagemanagerdocs/",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("Package.resolved"), Interest::Name(".package.resolved"), Interest::Name(manifest::NAME)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if manifest::LAYOUT.is_fetched(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        if file.path().name() == manifest::NAME.as_bytes() {
            manifest::read(&bytes, file.budget().limits()).keep(out);
            return Ok(());
        }
        let mut root = Loose::<Resolved<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(resolved) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        if let Some(version) = resolved.version.get().filter(|&&version| version > NEWEST) {
            let message = format!("version {version} is read as version {NEWEST}");
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 0, message);
        }
        let lines = LineIndex::new(&bytes);
        let old = resolved.object.get().map(|object| object.pins.items()).unwrap_or_default();
        for pin in resolved.pins.items().iter().chain(old) {
            match pin.get() {
                Some(pin) => emit(pin, file.path(), &lines, out),
                None => out.malformed_entry(0, "a pin is no object"),
            }
        }
        Ok(outcome?)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        project_manifest::join(files, &manifest::LAYOUT, |need| {
            Purl::builder("swift", need.name.as_str()).namespace(need.id.as_str())
        });
    }
}

fn emit(pin: &Pin<'_>, path: &SourcePath, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let location = pin.location.as_str().or_else(|| pin.repository.as_str()).unwrap_or_default();
    let name = pin.identity.as_str().or_else(|| pin.package.as_str()).unwrap_or_default();
    let line_of = |text: &str| lines.line_of(text).filter(|_| !text.is_empty());
    let line = line_of(name).or_else(|| line_of(location)).unwrap_or(0);
    let empty = State::default();
    let state = pin.state.get().unwrap_or(&empty);
    let component = match pin.kind.as_str() {
        Some("registry") => registry(name, state, line, out),
        Some("localSourceControl" | "fileSystem") => Some(local(name, location, state, path)),
        _ => match host_and_path(location) {
            Some(place) if !location.starts_with(['/', '.']) => repository(place, location, state, line, out),
            _ if name.is_empty() => {
                out.malformed_entry(line, "pin without a name and a location");
                None
            }
            _ => Some(local(name, location, state, path)),
        },
    };
    if let Some(component) = component {
        if component.version.is_none() && component.purl.is_some() {
            out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{name} has neither version nor commit"));
        }
        out.component(component, line);
    }
}

fn repository(
    (host, path): (&str, &str),
    location: &str,
    state: &State<'_>,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let (owner, name) = path.rsplit_once('/').unwrap_or(("", path));
    let namespace = if owner.is_empty() { host.to_owned() } else { format!("{host}/{owner}") };
    let version = version(state).unwrap_or_default();
    let purl = out.purl(Purl::builder("swift", name).namespace(namespace).version(version), line)?;
    let mut component = Component::from_purl(purl);
    component.references.push(reference(ReferenceKind::Vcs, git_url(location, state.revision.as_str())));
    if let Some(branch) = state.branch.as_str() {
        component.properties.push(("plimsoll:swift:branch".into(), branch.into()));
    }
    Some(component)
}

/// A package of a registry: `mona.LinkedList`.
fn registry(identity: &str, state: &State<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let Some((scope, name)) = identity.split_once('.') else {
        out.malformed_entry(line, format!("{identity} is not 'scope.name'"));
        return None;
    };
    let version = version(state).unwrap_or_default();
    Some(Component::from_purl(out.purl(Purl::builder("swift", name).namespace(scope).version(version), line)?))
}

fn local(name: &str, location: &str, state: &State<'_>, path: &SourcePath) -> Component {
    let mut component = Component::new(ComponentKind::Library, name);
    component.version = version(state).map(Into::into);
    let inside = path.sibling(location).filter(|_| !location.starts_with('/'));
    component.location = Some(inside.unwrap_or_else(|| path.clone()));
    component
}

fn version<'a>(state: &'a State<'_>) -> Option<&'a str> {
    let like_a_version = |branch: &&str| {
        let number = branch.strip_prefix('v').unwrap_or(branch);
        number.starts_with(|first: char| first.is_ascii_digit()) && number.contains('.')
    };
    state.version.as_str().or_else(|| state.branch.as_str().filter(like_a_version)).or_else(|| state.revision.as_str())
}
