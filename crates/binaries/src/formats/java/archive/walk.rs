//! The walk through an archive and those within it.

use std::collections::HashMap;

use plimsoll_extract::prelude::zip::{Entry, Zip, ZipError};
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::text;
use sha1::{Digest as _, Sha1};

use super::identity::{Identity, Signs, derive, own, stated_versions};
use super::join::{Open, Want};
use super::manifest::Manifest;
use super::members::Members;
use super::name::FileName;
use super::pom::{self, Coordinates, Pom};

/// Most bytes of a `pom.properties` or `pom.xml`.
const MAX_POM: u64 = 4 << 20;
/// Most bytes of a manifest; that of a signed archive has lines for each entry.
const MAX_MANIFEST: u64 = 32 << 20;
/// Most archives within one file. The largest distributions have a few thousand.
const MAX_ARCHIVES: u32 = 16_384;
/// Largest archive that is hashed, when it is not in memory.
const MAX_HASHED: u64 = 256 << 20;

/// An archive in the walk.
struct Place<'a> {
    body: &'a dyn Body,
    /// Its members from the outermost archive, joined by `!/`; empty for that one.
    member: Vec<u8>,
    name: &'a [u8],
    depth: u32,
    /// Bytes that archives within it may take in memory.
    room: u64,
    sha1: Option<[u8; 20]>,
}

/// A component that was found, for the edges between them.
struct Found {
    at: ComponentRef,
    coordinates: Coordinates,
    container: Option<ComponentRef>,
    dependencies: Vec<pom::Dependency>,
}

/// Coordinates in an archive, the member that states them, and the `pom.xml` beside.
struct Stated {
    coordinates: Coordinates,
    member: Vec<u8>,
    pom: Pom,
}

pub(super) struct Walk<'w, 'f, 's> {
    file: &'w File<'f>,
    out: &'w mut Sink<'s>,
    found: Vec<Found>,
    /// Archives that were read, by digest.
    read: HashMap<[u8; 20], ComponentRef>,
    archives: u32,
    entries: u64,
    stopped: bool,
    /// Members that were not read because they share their bytes with others; the first is named.
    overlaps: u64,
    /// What other files may have.
    open: Open,
}

impl<'w, 'f, 's> Walk<'w, 'f, 's> {
    pub(super) fn new(file: &'w File<'f>, out: &'w mut Sink<'s>) -> Self {
        let read = HashMap::new();
        let open = Open::default();
        Self { file, out, found: Vec::new(), read, archives: 0, entries: 0, stopped: false, overlaps: 0, open }
    }

    /// Reads the file itself.
    pub(super) fn outermost(&mut self) {
        let room = self.file.budget().limits().member_bytes;
        let name = self.file.path().name();
        let place = Place { body: self.file.body(), member: Vec::new(), name, depth: 0, room, sha1: None };
        self.archive(&place);
        if self.overlaps > 1 {
            let message = format!("{} members share their bytes with others, and were not read", self.overlaps);
            self.out.malformed_entry(0, message);
        }
    }

    fn archive(&mut self, place: &Place<'_>) -> Option<ComponentRef> {
        let zip = match Zip::open(place.body, self.file.budget()) {
            Ok(zip) => zip,
            Err(error) => {
                self.trouble(&place.member, &error);
                return None;
            }
        };
        self.entries = self.entries.saturating_add(zip.entries().len() as u64);
        if let Err(limit) = self.file.budget().check_entries(self.entries) {
            self.stop(&limit.to_string());
            return None;
        }
        let members = Members::sort(&zip);
        let (at, shaded) = self.describe(place, &zip, &members);
        if let Some(digest) = place.sha1 {
            self.read.insert(digest, at);
        }
        for component in shaded {
            self.out.contains(at, component);
        }
        for nested in &members.archives {
            if self.stopped {
                break;
            }
            if let Some(inner) = self.nested(place, nested) {
                self.out.contains(at, inner);
            }
        }
        for notice in zip.notices() {
            let message = prefixed(&place.member, &notice.message);
            self.out.diagnose(notice.code, 0, message);
        }
        Some(at)
    }

    /// Reads an archive within another.
    fn nested(&mut self, outer: &Place<'_>, entry: &Entry<'_, '_>) -> Option<ComponentRef> {
        let member = join(&outer.member, entry.name());
        let depth = outer.depth.saturating_add(1);
        if let Err(limit) = self.file.budget().check_nesting(depth) {
            let message = prefixed(&member, &limit.to_string());
            self.out.diagnose(DiagnosticCode::TOO_NESTED, 0, message);
            return None;
        }
        self.archives = self.archives.saturating_add(1);
        if self.archives > MAX_ARCHIVES {
            self.stop(&format!("more than {MAX_ARCHIVES} archives within this one, the rest is not read"));
            return None;
        }
        let body = match entry.body(outer.room) {
            Ok(body) => body,
            Err(error) => {
                self.trouble(&member, &error);
                return None;
            }
        };
        let sha1 = sha1(&body);
        if let Some(known) = sha1.and_then(|digest| self.read.get(&digest)).copied() {
            self.seen_again(known, &member);
            return Some(known);
        }
        let held = if entry.is_stored() { 0 } else { body.len() };
        let room = outer.room.saturating_sub(held);
        let name = entry.name().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        self.archive(&Place { body: &body, member, name, depth, room, sha1 })
    }

    /// An archive that was read before lies here too.
    fn seen_again(&mut self, known: ComponentRef, member: &[u8]) {
        if let Some(purl) = self.out.get_mut(known).and_then(|component| component.purl.clone()) {
            let how =
                Observation { technique: Technique::HashComparison, member: Some(member), ..Observation::default() };
            self.out.observed(Component::from_purl(purl), how);
        }
    }

    /// Emits the component of an archive, and of what was shaded into it.
    fn describe(
        &mut self,
        place: &Place<'_>,
        zip: &Zip<'_>,
        members: &Members<'_, '_>,
    ) -> (ComponentRef, Vec<ComponentRef>) {
        let manifest_entry = members.manifest;
        let manifest = manifest_entry.and_then(|entry| self.member(&place.member, &entry, MAX_MANIFEST));
        let manifest = Manifest::parse(&manifest.unwrap_or_default());
        if place.depth == 0 {
            self.open.plugin(&manifest);
        }
        let mut stated = self.stated(place, members);
        let name = String::from_utf8_lossy(place.name);
        let signs = Signs {
            file: FileName::with_version(&name, stated_versions(&manifest)),
            manifest: &manifest,
            native: &members.native,
        };
        let coordinates: Vec<Coordinates> = stated.iter().map(|one| one.coordinates.clone()).collect();
        let own = own(&signs, &coordinates).map(|at| stated.remove(at));
        let at = match own {
            Some(own) => {
                let component = self.stated_component(&own);
                self.emit_archive(place, component, own, &manifest)
            }
            None => self.derived(place, &signs, zip, manifest_entry.is_some()),
        };
        let shaded = stated.into_iter().filter_map(|one| {
            let component = self.stated_component(&one)?;
            let how = Observation {
                technique: Technique::BinaryAnalysis,
                member: Some(&one.member),
                ..Observation::default()
            };
            let found = self.out.observed(component, how);
            self.remember(found, one, Some(at));
            Some(found)
        });
        let shaded = shaded.collect();
        (at, shaded)
    }

    /// The coordinates that an archive states, each with what its `pom.xml` adds.
    fn stated(&mut self, place: &Place<'_>, members: &Members<'_, '_>) -> Vec<Stated> {
        let mut poms: HashMap<&[u8], Pom> = HashMap::new();
        for entry in &members.poms {
            if let Some(pom) = self.pom(place, entry) {
                poms.entry(directory(entry.name())).or_insert(pom);
            }
        }
        let mut stated: Vec<Stated> = Vec::new();
        for entry in &members.properties {
            let Some(bytes) = self.member(&place.member, entry, MAX_POM) else { continue };
            let member = join(&place.member, entry.name());
            let name = String::from_utf8_lossy(entry.name());
            match pom::properties(&text::decode(&bytes).text, &name) {
                Some(coordinates) => {
                    let pom = poms.remove(directory(entry.name())).unwrap_or_default();
                    stated.push(Stated { coordinates, member, pom });
                }
                None => {
                    let message = prefixed(&member, "names no artifact");
                    self.out.malformed_entry(0, message);
                }
            }
        }
        // A `pom.xml` without its `pom.properties`.
        let mut alone: Vec<(&[u8], Pom)> = poms.into_iter().collect();
        alone.sort_unstable_by_key(|(directory, _)| *directory);
        for (directory, mut pom) in alone {
            if let Some(coordinates) = pom.coordinates.take() {
                let member = join(&place.member, &[directory, b"/pom.xml"].concat());
                stated.push(Stated { coordinates, member, pom });
            }
        }
        for one in &mut stated {
            let parent = one.pom.coordinates.take().and_then(|coordinates| coordinates.version);
            one.coordinates.version = one.coordinates.version.take().or(parent);
        }
        stated
    }

    fn pom(&mut self, place: &Place<'_>, entry: &Entry<'_, '_>) -> Option<Pom> {
        let bytes = self.member(&place.member, entry, MAX_POM)?;
        let decoded = text::decode(&bytes);
        match syntax::xml::parse(&decoded.text, self.file.budget().limits()) {
            Ok(root) => Some(pom::xml(&root)),
            Err(error) => {
                let member = join(&place.member, entry.name());
                self.out.diagnose(error.code(), 0, prefixed(&member, &error.to_string()));
                None
            }
        }
    }

    fn stated_component(&mut self, stated: &Stated) -> Option<Component> {
        let Coordinates { group, artifact, version } = &stated.coordinates;
        let builder = Purl::builder("maven", artifact.as_str()).namespace(group.as_str());
        let version = version.as_deref().unwrap_or_default();
        if version.is_empty() {
            let message = prefixed(&stated.member, "states no version");
            self.out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, 0, message);
        }
        let mut component = Component::from_purl(self.out.purl(builder.version(version), 0)?);
        let pom = &stated.pom;
        component.licenses.extend(pom.licenses.iter().filter_map(|text| License::declared(text)));
        component.description = pom.description.as_deref().map(Into::into);
        component.supplier = pom.organization.as_deref().map(Into::into);
        let mut reference = |kind, url: &Option<String>| {
            let url = url.as_deref().filter(|url| url.contains("://"));
            component.references.extend(url.map(|url| ExternalReference { kind, url: url.into(), hashes: Vec::new() }));
        };
        reference(ReferenceKind::Website, &pom.url);
        reference(ReferenceKind::Vcs, &pom.scm);
        Some(component)
    }

    /// The archive is what one of its `pom.properties` says.
    fn emit_archive(
        &mut self,
        place: &Place<'_>,
        component: Option<Component>,
        own: Stated,
        manifest: &Manifest,
    ) -> ComponentRef {
        let mut component = component.unwrap_or_else(|| nameless(&own.coordinates.artifact, place, self.file));
        component.hashes.extend(place.sha1.and_then(|bytes| digest(&bytes)));
        self.complete(&mut component, place, manifest);
        let how =
            Observation { technique: Technique::BinaryAnalysis, member: Some(&own.member), ..Observation::default() };
        let at = self.out.observed(component, how);
        self.remember(at, own, None);
        at
    }

    /// The archive is what its manifest, its packages or its name let us say.
    fn derived(&mut self, place: &Place<'_>, signs: &Signs<'_>, zip: &Zip<'_>, has_manifest: bool) -> ComponentRef {
        let holds = |package: &str| zip.entries().any(|entry| entry.name().starts_with(package.as_bytes()));
        let Identity { group, artifact, version, technique, confidence } = derive(signs, holds);
        let purl = group.as_deref().and_then(|group| {
            let builder = Purl::builder("maven", artifact.as_str()).namespace(group);
            self.out.purl(builder.version(version.as_deref().unwrap_or_default()), 0)
        });
        let mut component = match purl {
            Some(purl) => Component::from_purl(purl),
            None => {
                let mut component = nameless(&artifact, place, self.file);
                component.version = version.as_deref().map(Into::into);
                component
            }
        };
        // The digest by which Maven Central finds an archive that does not say what it is.
        let sha1 = place.sha1.or_else(|| sha1(place.body));
        component.hashes.extend(sha1.and_then(|bytes| digest(&bytes)));
        self.complete(&mut component, place, signs.manifest);
        let member = match technique {
            Technique::Filename => place.member.clone(),
            _ if has_manifest => join(&place.member, b"META-INF/MANIFEST.MF"),
            _ => place.member.clone(),
        };
        let member = Some(member.as_slice()).filter(|member| !member.is_empty());
        let at = self.out.observed(component, Observation { span: None, technique, confidence, member });
        if let Some(group) = group {
            let coordinates = Coordinates { group, artifact, version };
            self.found.push(Found { at, coordinates, container: None, dependencies: Vec::new() });
        }
        at
    }

    /// What the kind of archive and the manifest add.
    fn complete(&mut self, component: &mut Component, place: &Place<'_>, manifest: &Manifest) {
        let applications: [&[u8]; 5] = [b".war", b".ear", b".par", b".hpi", b".jpi"];
        if applications.iter().any(|suffix| place.name.ends_with(suffix)) {
            component.kind = ComponentKind::Application;
        }
        if component.licenses.is_empty() {
            component.licenses.extend(manifest.licenses().into_iter().filter_map(License::declared));
        }
        if component.supplier.is_none() {
            let vendor = manifest.get("implementation-vendor").or(manifest.get("bundle-vendor"));
            component.supplier = vendor.map(Into::into);
        }
    }

    fn remember(&mut self, at: ComponentRef, stated: Stated, container: Option<ComponentRef>) {
        let Stated { coordinates, pom, .. } = stated;
        self.found.push(Found { at, coordinates, container, dependencies: pom.dependencies });
    }

    /// Turns declared dependencies into edges, where their target is in this file.
    pub(super) fn relate(&mut self) {
        let mut by_name: HashMap<(&str, &str), Vec<&Found>> = HashMap::new();
        for found in &self.found {
            by_name.entry((&found.coordinates.group, &found.coordinates.artifact)).or_default().push(found);
        }
        for found in &self.found {
            for wanted in &found.dependencies {
                let Some(targets) = by_name.get(&(wanted.group.as_str(), wanted.artifact.as_str())) else {
                    let Coordinates { group, artifact, .. } = &found.coordinates;
                    self.open.wants.push(Want {
                        from: (group.clone(), artifact.clone()),
                        group: wanted.group.clone(),
                        artifact: wanted.artifact.clone(),
                        version: wanted.version.clone(),
                        optional: wanted.optional,
                    });
                    continue;
                };
                let exact =
                    targets.iter().find(|one| wanted.version.is_some() && one.coordinates.version == wanted.version);
                let beside = || targets.iter().find(|one| one.container.is_some() && one.container == found.container);
                // Of several versions, none is known to be the one.
                let only = || targets.first().filter(|_| targets.len() == 1);
                let Some(target) = exact.or_else(beside).or_else(only) else { continue };
                let scope = if wanted.optional { Scope::Optional } else { Scope::Runtime };
                self.out.depends(found.at, target.at, scope);
            }
        }
        self.open.keep(self.out);
    }

    /// Reads a member; what cannot be read is diagnosed.
    fn member(&mut self, archive: &[u8], entry: &Entry<'_, '_>, limit: u64) -> Option<Vec<u8>> {
        match entry.read(limit) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.trouble(&join(archive, entry.name()), &error);
                None
            }
        }
    }

    fn trouble(&mut self, member: &[u8], error: &ZipError) {
        if matches!(error, ZipError::Overlap) {
            self.overlaps = self.overlaps.saturating_add(1);
            if self.overlaps > 1 {
                return;
            }
        }
        self.out.diagnose(error.code(), 0, prefixed(member, &error.to_string()));
    }

    /// Ends the walk; said once.
    fn stop(&mut self, message: &str) {
        if !std::mem::replace(&mut self.stopped, true) {
            self.out.diagnose(DiagnosticCode::TOO_MANY_ENTRIES, 0, message);
        }
    }
}

/// A component that has only a name.
fn nameless(artifact: &str, place: &Place<'_>, file: &File<'_>) -> Component {
    let mut component = Component::new(ComponentKind::Library, artifact);
    let path = file.path();
    component.location = Some(if place.member.is_empty() { path.clone() } else { path.member(&place.member) });
    component
}

fn directory(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&byte| byte == b'/').and_then(|at| name.get(..at)).unwrap_or_default()
}

/// The path of a member of an archive within the file.
fn join(archive: &[u8], member: &[u8]) -> Vec<u8> {
    if archive.is_empty() { member.to_vec() } else { [archive, b"!/", member].concat() }
}

fn prefixed(member: &[u8], message: &str) -> String {
    if member.is_empty() {
        return message.to_owned();
    }
    format!("{}: {message}", String::from_utf8_lossy(member))
}

fn digest(bytes: &[u8; 20]) -> Option<Digest> {
    Digest::from_bytes(DigestAlgorithm::Sha1, *bytes).ok()
}

/// SHA-1 of an archive; `None` when it is too large or cannot be read.
fn sha1(body: &dyn Body) -> Option<[u8; 20]> {
    if let Some(bytes) = body.in_memory() {
        return Some(Sha1::digest(bytes).into());
    }
    if body.len() > MAX_HASHED {
        return None;
    }
    let mut hasher = Sha1::new();
    let mut buffer = vec![0; 256 << 10];
    let mut offset = 0_u64;
    while offset < body.len() {
        let count = body.read_at(offset, &mut buffer).ok().filter(|&count| count > 0)?;
        hasher.update(buffer.get(..count)?);
        offset = offset.saturating_add(count as u64);
    }
    Some(hasher.finalize().into())
}
