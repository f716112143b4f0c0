//! `dependencies.pb`, an `AppDependencies` message: libraries, and by their place in that list, what needs what.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use super::RECORDED;
use crate::cursor::Cursor;
use crate::protobuf::{Fields, Place, Value};

/// Most libraries; large apps have a thousand.
const MAX_LIBRARIES: u32 = 100_000;
/// Most fields of a small message.
const MAX_FIELDS: u32 = 64;
/// Most libraries that one needs.
const MAX_NEEDS: u32 = 10_000;
/// Most edges of all libraries.
const MAX_EDGES: usize = 1_000_000;

/// A Maven library.
#[derive(Default)]
struct Library {
    group: String,
    artifact: String,
    version: String,
    digest: Option<Digest>,
}

/// The message.
#[derive(Default)]
pub(super) struct Dependencies {
    libraries: Vec<Library>,
    /// Which library needs which.
    edges: Vec<(u64, u64)>,
    /// What the modules of the app need.
    direct: Vec<u64>,
}

impl Dependencies {
    /// Reads the message; with what was read before it, the fault that ended it.
    pub(super) fn read(file: &File<'_>) -> (Self, Option<ExtractError>) {
        let mut dependencies = Self::default();
        let fault = dependencies.fill(file).err();
        (dependencies, fault)
    }

    fn fill(&mut self, file: &File<'_>) -> Result<(), ExtractError> {
        let mut fields = Fields::new(file, Place::whole(file), MAX_LIBRARIES.saturating_mul(4));
        while let Some((number, value)) = fields.next()? {
            let Value::Bytes(place) = value else { continue };
            match number {
                1 => self.libraries.push(Library::read(file, place)?),
                2 => {
                    let (from, needs) = needs(file, place)?;
                    let room = MAX_EDGES.saturating_sub(self.edges.len());
                    self.edges.extend(needs.into_iter().take(room).map(|to| (from, to)));
                }
                3 => self.direct.extend(needs(file, place)?.1),
                _ => {}
            }
        }
        Ok(())
    }

    /// Emits the libraries and what needs what; returns them by group and artifact.
    pub(super) fn emit(
        &self,
        app: ComponentRef,
        member: &[u8],
        out: &mut Sink<'_>,
    ) -> BTreeMap<(String, String), ComponentRef> {
        let mut found = BTreeMap::new();
        let places: Vec<Option<ComponentRef>> = self
            .libraries
            .iter()
            .map(|library| {
                // Libraries of a directory of files, or of Unity, have no coordinates.
                if library.artifact.is_empty() {
                    return None;
                }
                let builder = Purl::builder("maven", library.artifact.as_str()).namespace(library.group.as_str());
                let purl = out.purl(builder.version(library.version.as_str()), 0)?;
                let mut component = Component::from_purl(purl);
                component.scope = Scope::Runtime;
                component.hashes.extend(library.digest.clone());
                let at = out.observed(component, Observation { member: Some(member), ..RECORDED });
                found.insert((library.group.clone(), library.artifact.clone()), at);
                Some(at)
            })
            .collect();
        let place = |index: u64| places.get(usize::try_from(index).ok()?).copied().flatten();
        for (from, to) in self.edges.iter().filter_map(|&(from, to)| place(from).zip(place(to))) {
            if from != to {
                out.depends(from, to, Scope::Runtime);
            }
        }
        for to in self.direct.iter().filter_map(|&index| place(index)) {
            out.depends(app, to, Scope::Runtime);
        }
        found
    }
}

impl Library {
    /// `Library`: the Maven library (1) and its digests (2).
    fn read(file: &File<'_>, place: Place) -> Result<Self, ExtractError> {
        let mut library = Self::default();
        let mut fields = Fields::new(file, place, MAX_FIELDS);
        while let Some((number, value)) = fields.next()? {
            let Value::Bytes(inner) = value else { continue };
            let mut fields = Fields::new(file, inner, MAX_FIELDS);
            while let Some((inner, value)) = fields.next()? {
                let Value::Bytes(text) = value else { continue };
                match (number, inner) {
                    (1, 1) => library.group = text.text(file)?.unwrap_or_default(),
                    (1, 2) => library.artifact = text.text(file)?.unwrap_or_default(),
                    (1, 5) => library.version = text.text(file)?.unwrap_or_default(),
                    (2, 1) => {
                        library.digest = Digest::from_bytes(DigestAlgorithm::Sha256, text.bytes(file, 32)?).ok();
                    }
                    _ => {}
                }
            }
        }
        Ok(library)
    }
}

/// `LibraryDependencies` (whose index is field 1) and `ModuleDependencies` (which has a name there): an index, 0 when
/// it is left out, and in field 2 those that it needs, packed or one by one.
fn needs(file: &File<'_>, place: Place) -> Result<(u64, Vec<u64>), ExtractError> {
    let (mut from, mut needs) = (0, Vec::new());
    let mut fields = Fields::new(file, place, MAX_NEEDS);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Number(own)) => from = own,
            (2, Value::Number(need)) => needs.push(need),
            (2, Value::Bytes(packed)) => {
                let bytes = packed.bytes(file, u64::from(MAX_NEEDS).saturating_mul(5))?;
                let mut cursor = Cursor::new(&bytes);
                while let Some(need) = cursor.leb128() {
                    needs.push(need);
                }
            }
            _ => {}
        }
    }
    Ok((from, needs))
}
