//! `Cartfile.resolved` of Carthage. <https://github.com/Carthage/Carthage/blob/master/Documentation/Artifacts.md>
//!
//! A line is a kind of origin, a place and a tag or commit: `github "owner/name" "1.0"`, `git "URL" "1.0"`,
//! `binary "URL of a JSON file" "1.0"`. What is in a repository has the purl that Swift packages have, which names the
//! repository; a binary framework is found by its address alone. Edges and what the `Cartfile` names are not told.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, Dialect, Quote, Tree};

use crate::vcs::{git_url, host_and_path, reference};

/// Reads the lockfile of Carthage.
pub(crate) struct CartfileResolved;

const DIALECT: Dialect =
    Dialect { line_comments: &["#"], block_comments: &[], quotes: &[Quote::escaped("\"", "\"")], word: "" };

impl Extractor for CartfileResolved {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("swift/cartfile-resolved")
    }

    fn about(&self) -> About {
        About {
            title: "Carthage Cartfile.resolved",
            specification: "https://github.com/Carthage/Carthage/blob/master/Documentation/Artifacts.md",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("Cartfile.resolved")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        // What a framework was developed with.
        if memchr::memmem::find(file.path().as_bytes(), b"Carthage/Checkouts/").is_some() {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        for (line, content) in syntax::text::lines(&text) {
            let (parts, fault) = trees::parse_partial(content, &DIALECT, file.budget().limits());
            match (parts.as_slice(), fault) {
                ([], _) => {}
                ([kind, place, version], None) => entry([kind, place, version], line, out),
                _ => out.malformed_entry(line, "not an origin, a place and a version"),
            }
        }
        Ok(())
    }
}

fn entry([kind, place, version]: [&Tree<'_>; 3], line: u32, out: &mut Sink<'_>) {
    let (Some(kind), Some(place), Some(version)) = (kind.word(), place.text(), version.text()) else {
        return out.malformed_entry(line, "not an origin, a place and a version");
    };
    let remote = match kind {
        "github" if !place.contains("://") => format!("https://github.com/{place}"),
        "github" | "git" => place.to_owned(),
        "binary" => return binary(place, version, line, out),
        _ => return out.malformed_entry(line, format!("unknown origin '{kind}'")),
    };
    let local = remote.starts_with(['/', '.']) || remote.starts_with("file:");
    let Some((host, path)) = host_and_path(&remote).filter(|_| !local) else {
        let mut component = Component::new(ComponentKind::Library, last_part(place));
        component.version = Some(version.into());
        out.component(component, line);
        return out.diagnose(DiagnosticCode::LOCAL_COMPONENT, line, format!("{place} is a local repository"));
    };
    let (owner, name) = path.rsplit_once('/').unwrap_or(("", path));
    let builder = Purl::builder("swift", name).namespace(format!("{host}/{owner}")).version(version);
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    component.references.push(reference(ReferenceKind::Vcs, git_url(&remote, Some(version))));
    out.component(component, line);
}

fn binary(place: &str, version: &str, line: u32, out: &mut Sink<'_>) {
    let name = last_part(place);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let place = crate::locator::without_password(place);
    let builder = Purl::builder("generic", name).version(version).qualifier("download_url", place.clone());
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component { kind: ComponentKind::Framework, ..Component::from_purl(purl) };
    component.references.push(reference(ReferenceKind::Distribution, place));
    out.component(component, line);
}

fn last_part(place: &str) -> &str {
    place.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}
