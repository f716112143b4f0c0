//! `Gemfile.lock` and `gems.locked`, as Bundler 1 to 4 write them.
//! <https://bundler.io/man/bundle-lock.1.html>; the grammar is in Bundler's `lockfile_parser.rb`.
//!
//! - Sections are told by lines without indent. Under `specs:` four spaces start a gem, six one of its dependencies.
//! - A version may end with a platform: `nokogiri (1.15.0-x86_64-linux)` is version 1.15.0 for that platform. A version
//!   itself has no `-`. The gem of each platform is another file, so another component.
//! - A gem in a directory (`PATH`) is no published gem, unless the directory lies outside the source: then its name and
//!   version are all that is known, and they are reported as such.
//! - `DEPENDENCIES` is what the `Gemfile` names; its groups are not recorded, so neither is a scope.
//! - `CHECKSUMS` (Bundler 2.5) may list a gem without a checksum.
//! - Bundler itself is no entry, even when a gem depends on it; a gem that no locked platform needs is none either.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::locator::without_password;
use crate::vcs::git_url;

/// The public registry, which needs no qualifier.
const RUBYGEMS: &str = "https://rubygems.org";

/// The most platforms of a gem that an edge leads to. `grpc` has about fifteen.
const MAX_PLATFORMS: usize = 32;

/// Reads `Gemfile.lock`.
pub(crate) struct GemfileLock;

impl Extractor for GemfileLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ruby/gemfile-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Gemfile.lock, gems.locked",
            specification: "https://bundler.io/man/bundle-lock.1.html",
            facts: &[Fact::Edges, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("Gemfile.lock"),
            Interest::Name("Gemfile.next.lock"),
            Interest::Name("gems.locked"),
            Interest::Suffix(".gemfile.lock"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let mut lock = Lock::new(file.path());
        for (line, content) in syntax::text::lines(&text) {
            lock.read_line(line, content.trim_end(), out);
        }
        lock.relate(out);
        Ok(())
    }
}

/// What the lines of a section are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Gem,
    Git,
    Path,
    Plugin,
    Dependencies,
    Checksums,
    Other,
}

/// Where the gems of a section come from.
#[derive(Default)]
struct Origin<'a> {
    remotes: Vec<Cow<'a, str>>,
    revision: Option<&'a str>,
    /// `branch`, `tag` or `ref`, with its value.
    reference: Option<String>,
}

/// A line such as `name (version-platform)!`.
#[derive(Clone, Copy)]
struct Entry<'a> {
    name: &'a str,
    /// What is in the parentheses.
    detail: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn read(text: &'a str) -> Self {
        let text = text.strip_suffix('!').unwrap_or(text).trim_end();
        match text.split_once(" (").and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?))) {
            Some((name, detail)) => Self { name, detail: Some(detail) },
            None => Self { name: text, detail: None },
        }
    }
}

/// A gem and the platform that it is built for.
#[derive(Clone, Copy)]
struct Gem<'a> {
    at: ComponentRef,
    platform: Option<&'a str>,
}

struct Lock<'a> {
    path: &'a SourcePath,
    section: Section,
    origin: Origin<'a>,
    /// `specs:` was read in this section.
    in_specs: bool,
    current: Option<Gem<'a>>,
    gems: HashMap<&'a str, Vec<Gem<'a>>>,
    by_version: HashMap<(&'a str, &'a str), ComponentRef>,
    needs: Vec<(Gem<'a>, &'a str)>,
    direct: Vec<&'a str>,
    project: Option<ComponentRef>,
}

impl<'a> Lock<'a> {
    fn new(path: &'a SourcePath) -> Self {
        Self {
            path,
            section: Section::Other,
            origin: Origin::default(),
            in_specs: false,
            current: None,
            gems: HashMap::new(),
            by_version: HashMap::new(),
            needs: Vec::new(),
            direct: Vec::new(),
            project: None,
        }
    }

    fn read_line(&mut self, line: u32, content: &'a str, out: &mut Sink<'_>) {
        let text = content.trim_start_matches(' ');
        if text.is_empty() {
            return;
        }
        let indent = content.len().saturating_sub(text.len());
        match (self.section, indent) {
            (_, 0) => self.start(line, text, out),
            (Section::Gem | Section::Git | Section::Path | Section::Plugin, 2) => self.read_option(text),
            (Section::Gem | Section::Git | Section::Path | Section::Plugin, 4) if self.in_specs => {
                self.current = self.emit(line, text, out);
            }
            (Section::Gem | Section::Git | Section::Path | Section::Plugin, 6) if self.in_specs => {
                // The dependencies of an entry that was left out are left out with it.
                self.needs.extend(self.current.map(|gem| (gem, Entry::read(text).name)));
            }
            (Section::Dependencies, 2) => self.direct.push(Entry::read(text).name),
            (Section::Checksums, 2) => self.add_checksum(line, text, out),
            (Section::Other, _) => {}
            _ => out.malformed_entry(line, "unexpected indent"),
        }
    }

    fn start(&mut self, line: u32, text: &str, out: &mut Sink<'_>) {
        self.section = match text {
            "GEM" => Section::Gem,
            "GIT" => Section::Git,
            "PATH" => Section::Path,
            "PLUGIN SOURCE" => Section::Plugin,
            "DEPENDENCIES" => Section::Dependencies,
            "CHECKSUMS" => Section::Checksums,
            _ => Section::Other,
        };
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| text.starts_with(marker)) {
            out.malformed_entry(line, "merge conflict");
        }
        self.origin = Origin::default();
        self.in_specs = false;
        self.current = None;
    }

    fn read_option(&mut self, text: &'a str) {
        match text.split_once(':').map(|(key, value)| (key, value.trim())) {
            Some(("specs", _)) => self.in_specs = true,
            Some(("remote", url)) => self.origin.remotes.push(without_password(url)),
            Some(("revision", commit)) => self.origin.revision = Some(commit),
            Some((key @ ("branch" | "tag" | "ref"), value)) => self.origin.reference = Some(format!("{key}={value}")),
            // `glob`, `submodules`, `type`: nothing that a component has.
            _ => {}
        }
    }

    fn emit(&mut self, line: u32, text: &'a str, out: &mut Sink<'_>) -> Option<Gem<'a>> {
        let Entry { name, detail: Some(detail) } = Entry::read(text) else {
            out.malformed_entry(line, "gem without a version");
            return None;
        };
        let (version, platform) = match detail.split_once('-') {
            Some((version, platform)) => (version, Some(platform)),
            None => (detail, None),
        };
        if !version.starts_with(|c: char| c.is_ascii_digit()) {
            out.malformed_entry(line, format!("{name} has no version"));
            return None;
        }
        let local = if self.section == Section::Path { self.local(name, version, line, out) } else { None };
        let component = match local {
            Some(local) => local,
            None => self.published(name, version, platform, line, out)?,
        };
        let is_project = component.kind == ComponentKind::Application && self.project.is_none();
        let at = if is_project { out.project(component, line) } else { out.component(component, line) };
        if is_project {
            self.project = Some(at);
        }
        let gem = Gem { at, platform };
        self.gems.entry(name).or_default().push(gem);
        self.by_version.insert((name, detail), at);
        Some(gem)
    }

    /// A gem in a directory; the one in `.` is what the lock is for. `None` when the directory is outside the source: then
    /// the published name is all there is to go by.
    fn local(&self, name: &str, version: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let remote = self.origin.remotes.first().map_or(".", |remote| remote);
        let Some(location) = self.path.sibling(format!("{remote}/{name}.gemspec")) else {
            let message = format!("{name} is taken from {remote}, which is not in the source");
            out.diagnose(DiagnosticCode::LOCAL_COMPONENT, line, message);
            return None;
        };
        let kind = if remote == "." { ComponentKind::Application } else { ComponentKind::Library };
        let mut component = Component::new(kind, name);
        component.version = Some(version.into());
        component.location = Some(location);
        Some(component)
    }

    fn published(
        &self,
        name: &str,
        version: &str,
        platform: Option<&str>,
        line: u32,
        out: &mut Sink<'_>,
    ) -> Option<Component> {
        let mut builder = Purl::builder("gem", name).version(version).qualifier("platform", platform.unwrap_or(""));
        let mut reference = None;
        match (self.section, self.origin.remotes.as_slice()) {
            (Section::Git, [remote, ..]) => {
                let url = git_url(remote, self.origin.revision);
                builder = builder.qualifier("vcs_url", url.as_str());
                reference = Some((ReferenceKind::Vcs, url));
            }
            // Of several remotes it is not known which one has the gem.
            (Section::Gem, [remote]) => {
                let base = remote.trim_end_matches('/');
                if base != RUBYGEMS {
                    builder = builder.qualifier("repository_url", base);
                }
                let platform = platform.map(|platform| format!("-{platform}")).unwrap_or_default();
                reference = Some((ReferenceKind::Distribution, format!("{base}/gems/{name}-{version}{platform}.gem")));
            }
            _ => {}
        }
        let mut component = Component::from_purl(out.purl(builder, line)?);
        let reference = reference.map(|(kind, url)| ExternalReference { kind, url: url.into(), hashes: Vec::new() });
        component.references.extend(reference);
        if let Some(asked) = self.origin.reference.as_deref() {
            component.properties.push(("plimsoll:gem:git-reference".into(), asked.into()));
        }
        let origin = match self.section {
            Section::Plugin => Some("plimsoll:gem:plugin-source"),
            Section::Path => Some("plimsoll:gem:path"),
            _ => None,
        };
        if let (Some(property), Some(remote)) = (origin, self.origin.remotes.first()) {
            component.properties.push((property.into(), (**remote).into()));
        }
        Some(component)
    }

    /// `name (version) sha256=…`, or nothing after the parentheses.
    fn add_checksum(&mut self, line: u32, text: &'a str, out: &mut Sink<'_>) {
        let Some((entry, checksums)) = text.split_once(") ") else { return };
        let Some((name, detail)) = entry.split_once(" (") else {
            return out.malformed_entry(line, "not a gem and its checksum");
        };
        let Some(component) = self.by_version.get(&(name, detail)).and_then(|&at| out.get_mut(at)) else { return };
        let mut wrong = false;
        for checksum in checksums.split(',') {
            match Digest::from_prefixed(&checksum.trim().replacen('=', ":", 1)) {
                Ok(digest) => component.hashes.push(digest),
                Err(_) => wrong = true,
            }
        }
        if wrong {
            out.malformed_entry(line, format!("checksum of {name} is not one"));
        }
    }

    fn relate(&self, out: &mut Sink<'_>) {
        for &(from, name) in &self.needs {
            self.targets(name, from.platform).for_each(|to| out.depends(from.at, to, Scope::Unspecified));
        }
        for name in &self.direct {
            self.targets(name, None).for_each(|to| out.direct(to, Scope::Unspecified));
        }
        let crowded = self.gems.values().filter(|gems| gems.len() > MAX_PLATFORMS).count();
        if crowded > 0 {
            out.malformed_entry(0, format!("{crowded} gems have more than {MAX_PLATFORMS} platforms"));
        }
    }

    /// The gems of this name, for this platform when there are any for it.
    fn targets(&self, name: &str, platform: Option<&'a str>) -> impl Iterator<Item = ComponentRef> {
        let gems = self.gems.get(name).map(Vec::as_slice).unwrap_or_default();
        let gems = gems.get(..MAX_PLATFORMS).unwrap_or(gems);
        let exact = platform.is_some() && gems.iter().any(|gem| gem.platform == platform);
        gems.iter().filter(move |gem| !exact || gem.platform == platform).map(|gem| gem.at)
    }
}
