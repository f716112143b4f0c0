//! What both versions of Rekor are: entries in a tree, checkpoints, proofs. And how these can be wrong.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use data_encoding::BASE64;
use jiff::Timestamp;
use serde_json::Value;

use crate::DevStackError;
use crate::checkpoint::{Checkpoint, key_id};
use crate::fault::{Fault, Faults};
use crate::key::{KeyKind, SigningKey};
use crate::merkle::{Hash, Tree, leaf_hash};

/// A log.
pub(crate) struct Log {
    pub(crate) key: SigningKey,
    impostor: SigningKey,
    /// The first line of checkpoints.
    origin: String,
    /// The name that signs them.
    name: String,
    content: Mutex<Content>,
}

/// The entries and the tree over them.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) tree: Tree,
    entries: Vec<Entry>,
    /// Where the entry with a leaf is.
    places: BTreeMap<Hash, u64>,
}

/// An entry.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The bytes of the leaf.
    pub(crate) body: Vec<u8>,
    pub(crate) time: Timestamp,
}

/// An entry with the proof that it is in the log.
pub(crate) struct Proven {
    pub(crate) entry: Entry,
    pub(crate) leaf: Hash,
    pub(crate) index: u64,
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) path: Vec<Hash>,
    pub(crate) checkpoint: String,
}

impl Log {
    pub(crate) fn new(kind: KeyKind, origin: String, name: &str) -> Result<Self, DevStackError> {
        let (key, impostor) = (SigningKey::generate(kind)?, SigningKey::generate(kind)?);
        Ok(Self { key, impostor, origin, name: name.to_owned(), content: Mutex::default() })
    }

    pub(crate) fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The identifier of the key, as checkpoints of version 2 and their trusted root have it.
    pub(crate) fn checkpoint_key_id(&self) -> Hash {
        key_id(&self.name, &self.key)
    }

    pub(crate) fn checkpoint(&self, size: u64, root: Hash, faults: &Faults) -> Result<String, DevStackError> {
        let origin = if faults.is_on(Fault::CheckpointOrigin) { "log.example - 1" } else { &self.origin };
        let root = if faults.is_on(Fault::CheckpointRoot) { leaf_hash(&root) } else { root };
        let checkpoint = Checkpoint { origin, size, root };
        if faults.is_on(Fault::CheckpointSignature) {
            // Under the right name and key identifier, or nobody would look at the signature.
            let right = checkpoint.signed(&self.name, &self.key)?;
            let wrong = checkpoint.signed(&self.name, &self.impostor)?;
            return Ok(with_key_of(&right, &wrong).unwrap_or(wrong));
        }
        checkpoint.signed(&self.name, &self.key)
    }

    /// Adds an entry, unless it is there already.
    pub(crate) fn add(&self, body: Vec<u8>, time: Timestamp, faults: &Faults) -> Result<Added, DevStackError> {
        let mut content = self.content();
        if let Some(index) = content.places.get(&leaf_hash(&body)) {
            return Ok(Added::AlreadyThere(*index));
        }
        if faults.is_on(Fault::EntryOfAnother) {
            let index = content.push(Entry { body: of_another(&body)?, time });
            return self.proven(&content, index, faults).map(Added::New);
        }
        let index = content.push(Entry { body, time });
        self.proven(&content, index, faults).map(Added::New)
    }

    /// An entry by its index.
    pub(crate) fn by_index(&self, index: u64, faults: &Faults) -> Result<Option<Proven>, DevStackError> {
        let content = self.content();
        if index >= content.tree.len() { Ok(None) } else { self.proven(&content, index, faults).map(Some) }
    }

    /// An entry by the hash of its leaf.
    pub(crate) fn by_leaf(&self, leaf: &[u8], faults: &Faults) -> Result<Option<Proven>, DevStackError> {
        let content = self.content();
        match leaf.try_into().ok().and_then(|leaf: Hash| content.places.get(&leaf)) {
            Some(index) => self.proven(&content, *index, faults).map(Some),
            None => Ok(None),
        }
    }

    fn proven(&self, content: &Content, index: u64, faults: &Faults) -> Result<Proven, DevStackError> {
        let (size, root) = (content.tree.len(), content.tree.root());
        let entry = usize::try_from(index).ok().and_then(|at| content.entries.get(at)).cloned();
        let (Some(entry), Some(mut path)) = (entry, content.tree.proof(index)) else { return Err(DevStackError::Key) };
        if faults.is_on(Fault::InclusionProof) {
            match path.first_mut() {
                Some(first) => *first = leaf_hash(first),
                None => path.push(root),
            }
        }
        let checkpoint = self.checkpoint(size, root, faults)?;
        Ok(Proven { leaf: leaf_hash(&entry.body), entry, index, size, root, path, checkpoint })
    }
}

impl Content {
    fn push(&mut self, entry: Entry) -> u64 {
        let index = self.tree.push(&entry.body);
        self.places.insert(leaf_hash(&entry.body), index);
        self.entries.push(entry);
        index
    }

    /// The leaves of the entries that hold a text.
    pub(crate) fn leaves_with(&self, text: &str) -> Vec<Hash> {
        let holds = |entry: &&Entry| entry.body.windows(text.len()).any(|window| window == text.as_bytes());
        self.entries.iter().filter(holds).map(|entry| leaf_hash(&entry.body)).collect()
    }

    /// The entries, for tiles.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// The entry with other digests: what somebody else could have logged.
fn of_another(body: &[u8]) -> Result<Vec<u8>, DevStackError> {
    let failed = DevStackError::json("entry");
    let mut entry: Value = match serde_json::from_slice(body) {
        Ok(entry) => entry,
        Err(error) => return Err(failed(error)),
    };
    change_digests(&mut entry);
    serde_json_canonicalizer::to_vec(&entry).map_err(failed)
}

/// Hex digests are `value`s, those in base64 `digest`s. Backwards, each stays what it is.
fn change_digests(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match (name.as_str(), &*value) {
                    ("value", Value::String(hex)) => *value = hex.chars().rev().collect::<String>().into(),
                    ("digest", Value::String(base64)) => {
                        let mut bytes = BASE64.decode(base64.as_bytes()).unwrap_or_default();
                        bytes.reverse();
                        *value = BASE64.encode(&bytes).into();
                    }
                    _ => change_digests(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(change_digests),
        _ => {}
    }
}

/// What became of an entry.
pub(crate) enum Added {
    New(Proven),
    AlreadyThere(u64),
}

/// A note whose signature has the key identifier of another's.
fn with_key_of(right: &str, wrong: &str) -> Option<String> {
    let decode = |note: &str| {
        let (text, signature) = note.trim_end().rsplit_once(' ')?;
        Some((text.to_owned(), BASE64.decode(signature.as_bytes()).ok()?))
    };
    let ((text, right), (_, wrong)) = (decode(right)?, decode(wrong)?);
    let signature = [right.get(..4)?, wrong.get(4..)?].concat();
    Some(format!("{text} {}\n", BASE64.encode(&signature)))
}
