//! The members of an archive by name, found by walking its headers.

use std::collections::HashMap;

use super::store::{Blob, Store};
use crate::SourceError;
use crate::input::{Section, SectionInput};
use crate::layer::clean;
use crate::tar::{Entry, EntryKind, Reader};

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Member {
    Blob(Blob),
    Document(Vec<u8>),
    /// Another name, from the root of the archive; `None` when it leads outside.
    Link(Option<Vec<u8>>),
    /// Two members have the name: readers disagree on which one counts.
    Twice,
}

/// The members of an image archive.
#[derive(Debug, Default)]
pub(crate) struct Members {
    by_name: HashMap<Vec<u8>, Member>,
}

/// An image has a few members for each layer.
const LIMIT: usize = 100_000;
/// Links between members are one step in practice.
const HOPS: usize = 8;

impl Members {
    /// Walks the headers of a tar file that is not compressed.
    pub(crate) fn walk(archive: &Section, what: &str) -> Result<Self, SourceError> {
        let mut input = SectionInput::new(archive.clone());
        let mut reader = Reader::new(&mut input);
        let mut members = Self::default();
        while let Some(entry) = reader.next().map_err(|error| error.of(what))? {
            let member = match entry.kind {
                EntryKind::File if !entry.sparse => {
                    archive.part(entry.offset, entry.size).map(Blob::Section).map(Member::Blob)
                }
                _ => Self::link(&entry),
            };
            if let Some(member) = member {
                members.add(&entry.name, member, what)?;
            }
        }
        Ok(members)
    }

    /// The member that a link entry is.
    pub(super) fn link(entry: &Entry) -> Option<Member> {
        let mut target = Vec::new();
        match entry.kind {
            EntryKind::HardLink => {}
            EntryKind::Symlink if entry.link.starts_with(b"/") => return Some(Member::Link(None)),
            EntryKind::Symlink => {
                let parent = entry.name.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                target.extend_from_slice(entry.name.get(..parent).unwrap_or_default());
                target.push(b'/');
            }
            _ => return None,
        }
        target.extend_from_slice(&entry.link);
        let mut name = Vec::new();
        Some(Member::Link(clean(&target, &mut name).then_some(name)))
    }

    /// Adds a member. Names that lead outside are of no use to an image, and are left out.
    pub(super) fn add(&mut self, name: &[u8], member: Member, what: &str) -> Result<(), SourceError> {
        let mut key = Vec::new();
        if name.len() > 4096 || !clean(name, &mut key) || key.is_empty() {
            return Ok(());
        }
        if self.by_name.len() >= LIMIT {
            return Err(SourceError::malformed(what, format!("it has more than {LIMIT} members")));
        }
        self.by_name.entry(key).and_modify(|member| *member = Member::Twice).or_insert(member);
        Ok(())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name.as_bytes())
    }

    /// Whether a member of this name is Docker's list of images.
    pub(crate) fn has_docker_manifest(&self) -> bool {
        let document = self.document("manifest.json");
        document.is_ok_and(|document| document.is_some_and(|bytes| super::looks_like_docker_manifest(&bytes)))
    }

    fn find(&self, name: &str) -> Result<Option<&Member>, SourceError> {
        let bad = |reason: &str| SourceError::malformed(format!("member {name}"), reason);
        let mut key = Vec::new();
        if !clean(name.as_bytes(), &mut key) {
            return Err(bad("its name leads outside the archive"));
        }
        for _ in 0..HOPS {
            match self.by_name.get(&key) {
                Some(Member::Link(Some(target))) => key.clone_from(target),
                Some(Member::Link(None)) => return Err(bad("it is a link that leads outside the archive")),
                Some(Member::Twice) => return Err(bad("the archive has two members of this name")),
                found => return Ok(found),
            }
        }
        Err(bad("it is a link that leads through too many others"))
    }
}

impl Store for Members {
    fn blob(&self, name: &str) -> Result<Option<Blob>, SourceError> {
        match self.find(name)? {
            Some(Member::Blob(blob)) => Ok(Some(blob.clone())),
            Some(Member::Document(_)) => Err(SourceError::malformed(name, "it is not a layer")),
            _ => Ok(None),
        }
    }

    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.find(name)? {
            Some(Member::Document(bytes)) => Ok(Some(bytes.clone())),
            Some(Member::Blob(Blob::Section(section))) => super::store::read_document(section, name).map(Some),
            Some(Member::Blob(Blob::Passed { .. } | Blob::Remote(_))) => {
                Err(SourceError::malformed(name, "it is not a document"))
            }
            _ => Ok(None),
        }
    }
}
