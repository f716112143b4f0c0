//! Installed Perl distributions: `.meta/NAME-VERSION/install.json` and `MYMETA.json`, as cpanm, cpm and Carton leave them,
//! and `META.json` of unpacked ones. <https://metacpan.org/pod/CPAN::Meta::Spec>
//!
//! `install.json` has the archive on CPAN and which modules the distribution provides; `MYMETA.json` what it needs, by
//! modules. An edge leads to the distribution that provides the module; modules that come with Perl are provided by
//! none. What surprises: `META.json` is also what PostgreSQL extensions have; theirs has another `meta-spec`.

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, IgnoredAny, Loose, Map, MapAccess, SeqAccess, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;
use serde::{Deserialize, Serialize};

/// Reads the metadata of installed Perl distributions.
pub(crate) struct PerlDistribution;

/// Phases of prerequisites and what they are needed for.
const PHASES: [(&str, u8); 4] = [("runtime", 0), ("configure", 1), ("build", 1), ("test", 2)];

loose_object! {
    struct Meta<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "abstract" => summary: Text<'a>,
        "author" => author: Vec<Loose<Text<'a>>>,
        "license" => license: Vec<Loose<Text<'a>>>,
        "meta-spec" => spec: Spec<'a>,
        "pathname" => pathname: Text<'a>,
        "dist" => dist: Text<'a>,
        "provides" => provides: Map<'a, Loose<Anything>>,
        "prereqs" => prereqs: Map<'a, Loose<Map<'a, Loose<Map<'a, Loose<Anything>>>>>>,
        "resources" => resources: Resources<'a>,
    }
}

loose_object! {
    struct Spec<'a> {
        "url" => url: Text<'a>,
    }
}

loose_object! {
    struct Resources<'a> {
        "homepage" => homepage: Text<'a>,
        "repository" => repository: Repository<'a>,
    }
}

loose_object! {
    struct Repository<'a> {
        "url" => url: Text<'a>,
    }
}

/// A value that does not matter.
#[derive(Debug, Default)]
struct Anything;

impl<'a> Fill<'a> for Anything {
    fn string(&mut self, _text: std::borrow::Cow<'a, str>) -> bool {
        true
    }

    fn object<A: MapAccess<'a>>(&mut self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(true)
    }

    fn array<A: SeqAccess<'a>>(&mut self, mut items: A) -> Result<bool, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(true)
    }
}

/// Modules, for the second phase.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    provides: Vec<String>,
    /// With the kind of need, as in [`PHASES`].
    needs: Vec<(String, u8)>,
}

impl Extractor for PerlDistribution {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("perl/distribution")
    }

    fn about(&self) -> About {
        About {
            title: "Perl distributions: install.json, MYMETA.json, META.json",
            specification: "https://metacpan.org/pod/CPAN::Meta::Spec",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path(".meta/*/install.json"), Interest::Path(".meta/*/MYMETA.json"), Interest::Name("META.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let mut root = Loose::<Meta<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let name = file.path().name();
        let Some(meta) = root.into_option() else {
            outcome?;
            return if name == b"META.json" { Ok(()) } else { Err(ExtractError::malformed("not an object")) };
        };
        let spec = meta.spec.get().and_then(|spec| spec.url.as_str()).unwrap_or_default();
        if name == b"META.json" && !spec.contains("CPAN::Meta::Spec") {
            return Ok(());
        }
        emit(&meta, &LineIndex::new(&bytes), name == b"install.json", out);
        Ok(outcome?)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relate(files);
    }
}

fn emit(meta: &Meta<'_>, lines: &LineIndex<'_>, installed: bool, out: &mut Sink<'_>) {
    // In `install.json`, `name` is the module that was asked for and `dist` the distribution with its version.
    let version = meta.version.as_str().unwrap_or_default();
    let dist = meta.dist.as_str().map(|dist| dist.strip_suffix(version).unwrap_or(dist).trim_end_matches('-'));
    let name = dist.filter(|_| installed).or_else(|| meta.name.as_str()).unwrap_or_default().replace("::", "-");
    let line = meta.name.get().and_then(|name| lines.line_of(name)).unwrap_or(0);
    if version.is_empty() {
        return out.malformed_entry(line, format!("{name} has no version"));
    }
    let pathname = meta.pathname.as_str().unwrap_or_default();
    let builder = Purl::builder("cpan", name).version(version);
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    component.description = meta.summary.as_str().filter(|text| *text != "unknown").map(Into::into);
    let authors: Vec<&str> = meta.author.items().iter().filter_map(|author| author.as_str()).collect();
    component.author = (!authors.is_empty()).then(|| authors.join(", ").into());
    component
        .licenses
        .extend(meta.license.items().iter().filter_map(|text| License::declared(license(text.as_str()?))));
    let mut reference = |kind, url: Option<String>| {
        component.references.extend(url.map(|url| ExternalReference { kind, url: url.into(), hashes: Vec::new() }));
    };
    let resources = meta.resources.get();
    reference(ReferenceKind::Website, resources.and_then(|held| held.homepage.as_str()).map(str::to_owned));
    let repository = resources.and_then(|held| held.repository.get()).and_then(|held| held.url.as_str());
    reference(ReferenceKind::Vcs, repository.map(str::to_owned));
    let archive = (!pathname.is_empty()).then(|| format!("https://cpan.metacpan.org/authors/id/{pathname}"));
    reference(ReferenceKind::SourceDistribution, archive);
    out.component(component, line);
    let mut kept = Kept::default();
    kept.provides.extend(meta.provides.entries().iter().map(|(module, _)| module.to_string()));
    for (phase, kinds) in meta.prereqs.entries() {
        let Some((_, when)) = PHASES.iter().find(|(name, _)| phase.as_str() == *name) else { continue };
        for (kind, modules) in kinds.entries() {
            if kind.as_str() == "requires" {
                kept.needs.extend(modules.entries().iter().map(|(module, _)| (module.to_string(), *when)));
            }
        }
    }
    if let Ok(kept) = serde_json::to_vec(&kept) {
        out.keep(kept);
    }
}

/// The words of CPAN::Meta::Spec as SPDX ids.
fn license(word: &str) -> &str {
    match word {
        "perl_5" => "Artistic-1.0-Perl OR GPL-1.0-or-later",
        "artistic_1" => "Artistic-1.0",
        "artistic_2" => "Artistic-2.0",
        "apache_1_1" => "Apache-1.1",
        "apache_2_0" => "Apache-2.0",
        "agpl_3" => "AGPL-3.0-only",
        "bsd" => "BSD-3-Clause",
        "freebsd" => "BSD-2-Clause",
        "gpl_1" => "GPL-1.0-only",
        "gpl_2" => "GPL-2.0-only",
        "gpl_3" => "GPL-3.0-only",
        "lgpl_2_1" => "LGPL-2.1-only",
        "lgpl_3_0" => "LGPL-3.0-only",
        "mit" => "MIT",
        "mozilla_1_0" => "MPL-1.0",
        "mozilla_1_1" => "MPL-1.1",
        "openssl" => "OpenSSL",
        "qpl_1_0" => "QPL-1.0",
        "zlib" => "Zlib",
        "open_source" | "restricted" | "unrestricted" => "",
        other => other,
    }
}

/// Edges by modules; what is provided stands in one file, and what is needed in the one beside it.
fn relate(files: &mut Resolver<'_>) {
    let mut providers: HashMap<String, Handle> = HashMap::new();
    let mut needs = Vec::new();
    for file in files.files() {
        let Some((from, component)) = files.components(file).next() else { continue };
        let main = component.name.replace('-', "::");
        let Ok(kept) = serde_json::from_slice::<Kept>(files.kept(file)) else { continue };
        for module in kept.provides.into_iter().chain([main]) {
            providers.entry(module).or_insert(from);
        }
        needs.push((from, kept.needs));
    }
    for (from, needs) in needs {
        for (module, when) in needs {
            let Some(&to) = providers.get(&module) else { continue };
            let scope = match when {
                0 => Scope::Runtime,
                1 => Scope::Build,
                _ => Scope::Dev,
            };
            files.relate(from, to, RelationshipKind::DependsOn, scope);
        }
    }
}
