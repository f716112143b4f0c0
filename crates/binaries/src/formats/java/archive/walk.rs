//! The walk through an archive and those within it.

mod stated;

use std::collections::HashMap;

use plimsoll_extract::prelude::zip::{Entry, Zip, ZipError};
use plimsoll_extract::prelude::*;
use sha1::{Digest as _, Sha1};

use super::identity::{Identity, Signs, derive, own, stated_versions};
use super::manifest::Manifest;
use super::members::Members;
use super::name::FileName;
use super::plugins::Plugin;
use super::pom::Coordinates;
use super::relate::{self, Found, Kept};
use stated::Stated;

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

pub(super) struct Walk<'w, 'f, 's> {
    file: &'w File<'f>,
    out: &'w mut Sink<'s>,
    found: Vec<Found>,
    /// Components emitted so far.
    emitted: u32,
    /// Those that no `pom.properties` names.
    derived: Vec<u32>,
    /// `Class-Path` of the outermost archive.
    class_path: Vec<String>,
    /// What it is among the plugins of Jenkins.
    plugin: Option<Plugin>,
    /// Archives that were read, by digest.
    read: HashMap<[u8; 20], ComponentRef>,
    archives: u32,
    entries: u64,
    stopped: bool,
    /// Members that were not read because they share their bytes with others; the first is named.
    overlaps: u64,
}

impl<'w, 'f, 's> Walk<'w, 'f, 's> {
    pub(super) fn new(file: &'w File<'f>, out: &'w mut Sink<'s>) -> Self {
        Self {
            file,
            out,
            found: Vec::new(),
            emitted: 0,
            derived: Vec::new(),
            class_path: Vec::new(),
            plugin: None,
            read: HashMap::new(),
            archives: 0,
            entries: 0,
            stopped: false,
            overlaps: 0,
        }
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
            self.observed(Component::from_purl(purl), how);
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
            self.class_path = manifest.class_path().map(str::to_owned).collect();
            self.plugin = Plugin::of(&manifest);
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
            let (found, position) = self.observed(component, how);
            self.remember(found, position, one, Some(at));
            Some(found)
        });
        let shaded = shaded.collect();
        (at, shaded)
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
        let (at, position) = self.observed(component, how);
        self.remember(at, position, own, None);
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
        let (at, position) = self.observed(component, Observation { span: None, technique, confidence, member });
        self.derived.push(position);
        if let Some(group) = group {
            let coordinates = Coordinates { group, artifact, version };
            self.found.push(Found { at, position, coordinates, container: None, dependencies: Vec::new() });
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

    /// Emits a component; gives its place among those of the file as well.
    fn observed(&mut self, component: Component, how: Observation<'_>) -> (ComponentRef, u32) {
        let position = self.emitted;
        self.emitted = self.emitted.saturating_add(1);
        (self.out.observed(component, how), position)
    }

    fn remember(&mut self, at: ComponentRef, position: u32, stated: Stated, container: Option<ComponentRef>) {
        let Stated { coordinates, pom, .. } = stated;
        self.found.push(Found { at, position, coordinates, container, dependencies: pom.dependencies });
    }

    /// Turns declared dependencies into edges, and keeps what needs other files for the second phase.
    pub(super) fn relate(self) {
        let Self { out, found, derived, class_path, plugin, .. } = self;
        let open = relate::within(&found, out);
        Kept { open, derived, class_path, plugin }.keep(out);
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
