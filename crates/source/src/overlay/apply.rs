//! One entry of a layer, applied.

use plimsoll_model::{DiagnosticCode, LayerIndex, SourcePath};

use super::tree::{Content, NONE, NodeId, ROOT};
use super::{Candidate, Overlay};
use crate::layer::{Offered, Record};
use crate::tar::EntryKind;
use crate::{FileId, FileState};

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
/// AUFS keeps files of its own under such names; they are no part of the image.
const AUFS: &[u8] = b".wh..wh.";

/// The directory and the last part of a cleaned path.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) => (path.get(..at).unwrap_or_default(), path.get(at.saturating_add(1)..).unwrap_or_default()),
        None => (&[], path),
    }
}

impl Overlay<'_> {
    pub(super) fn entry(&mut self, layer: u32, id_layer: u32, record: Record<'_>) {
        let (directory, name) = split(record.path);
        if self.image {
            if name.starts_with(WHITEOUT) {
                return self.whiteout(layer, record, directory, name);
            }
            if record.path.starts_with(AUFS) {
                return;
            }
        }
        let (parent, aliased) = match self.directory(directory, layer, true) {
            Ok(found) => found,
            Err(lost) => {
                if let Ok(path) = SourcePath::new(record.path) {
                    self.lost(lost, layer, &path);
                }
                return self.track(layer, id_layer, record, NONE, Content::Other, false);
            }
        };
        let existing = self.tree.child(parent, name);
        let content = match record.kind {
            EntryKind::Directory => Content::Directory,
            EntryKind::File => Content::File { layer, entry: record.entry },
            EntryKind::Symlink => self.tree.symlink(record.link),
            EntryKind::Special | EntryKind::Unknown(_) => Content::Other,
            EntryKind::HardLink => match self.hard_link(layer, record) {
                // A link to itself changes nothing.
                Some(node) if Some(node) == existing => return,
                Some(node) => self.tree.get(node).content,
                None => return,
            },
        };
        let node = match existing {
            Some(node) if content == Content::Directory && self.tree.get(node).content == content => {
                return self.tree.change(node, |node| node.layer = layer);
            }
            Some(node) => {
                self.remove(node, FileState::Replaced(LayerIndex(layer)), layer);
                self.tree.add(parent, name, content, layer)
            }
            None => self.tree.add(parent, name, content, layer),
        };
        self.track(layer, id_layer, record, node, content, aliased);
    }

    /// Where a hard link leads: its directory is followed, itself not.
    fn hard_link(&mut self, layer: u32, record: Record<'_>) -> Option<NodeId> {
        let found = self.locate(record.link);
        let message = match found {
            Ok(node) if self.tree.get(node).content != Content::Directory => return Some(node),
            Ok(_) => "a hard link to a directory",
            Err(_) => "a hard link to a file that is not there",
        };
        if record.offered == Offered::Pending {
            self.note(DiagnosticCode::MALFORMED_ENTRY, message, Some(layer), Some(record.path));
        }
        None
    }

    /// Remembers what the visitor has, or should have.
    fn track(&mut self, layer: u32, id_layer: u32, record: Record<'_>, node: NodeId, content: Content, aliased: bool) {
        let handed = match record.offered {
            Offered::ByPath => Some(true),
            Offered::ByHead => Some(false),
            Offered::No | Offered::Pending => None,
        };
        let mut path = SourcePath::new(record.path).ok();
        if handed.is_none() && record.offered != Offered::Pending {
            // Not wanted by the name it was written with; the name that it has in the image may be another.
            if !aliased || matches!(content, Content::Directory | Content::Other) {
                return;
            }
            let real = self.tree.path(node);
            self.work = self.work.saturating_sub(real.len() as u64);
            if real.len() > self.budget.limits().path_bytes || !(self.wants)(&real) {
                return;
            }
            path = SourcePath::new(real).ok();
        }
        let Some(path) = path else { return };
        let id = FileId { layer: id_layer, entry: record.entry.into() };
        let index = u32::try_from(self.candidates.len()).unwrap_or(NONE);
        self.tree.change(node, |node| node.candidate = index);
        let (entry, state) = (record.entry, FileState::Present);
        self.candidates.push(Candidate { id, path, layer, entry, state, node, content, handed });
    }

    fn whiteout(&mut self, layer: u32, record: Record<'_>, directory: &[u8], name: &[u8]) {
        let hidden = name.strip_prefix(WHITEOUT).unwrap_or_default();
        if name != OPAQUE && name.starts_with(AUFS) {
            return;
        }
        if matches!(hidden, b"" | b"." | b"..") {
            let message = "the whiteout names nothing, and was ignored";
            return self.note(DiagnosticCode::MALFORMED_WHITEOUT, message, Some(layer), Some(record.path));
        }
        if matches!(record.kind, EntryKind::Directory | EntryKind::Symlink) {
            let message = "the whiteout is not a regular file; it was applied, as runtimes do";
            self.note(DiagnosticCode::MALFORMED_WHITEOUT, message, Some(layer), Some(record.path));
        }
        // What is not there need not be removed.
        let Ok((directory, _)) = self.directory(directory, layer, false) else { return };
        if name == OPAQUE {
            self.hide(directory, layer);
            // The directory itself stays.
            self.tree.change(directory, |node| node.layer = layer);
        } else if let Some(node) = self.tree.child(directory, hidden) {
            self.hide(node, layer);
            self.prune(node, layer);
        }
    }

    /// Removes what lower layers have below a node. Each directory is gone through once a layer: it cannot get anything
    /// of lower layers afterwards.
    fn hide(&mut self, top: NodeId, layer: u32) {
        let mut stack = vec![(top, false)];
        while let Some((id, done)) = stack.pop() {
            let node = self.tree.get(id);
            if done {
                if id != top {
                    self.prune(id, layer);
                }
                continue;
            }
            stack.push((id, true));
            if node.content != Content::Directory || node.hidden_in == layer {
                continue;
            }
            self.tree.change(id, |node| node.hidden_in = layer);
            let mut child = node.first_child;
            while child != NONE {
                stack.push((child, false));
                child = self.tree.get(child).next;
            }
        }
    }

    /// Removes a node that lower layers left, unless this layer has something in it.
    fn prune(&mut self, id: NodeId, layer: u32) {
        let node = self.tree.get(id);
        if node.layer == layer || id == ROOT {
            return;
        }
        if node.first_child == NONE {
            self.unlink(id, FileState::Removed(LayerIndex(layer)));
        } else {
            self.tree.change(id, |node| node.layer = layer);
        }
    }

    /// Removes a node and all below it.
    pub(super) fn remove(&mut self, top: NodeId, state: FileState, layer: u32) {
        let mut stack = vec![(top, false)];
        while let Some((id, done)) = stack.pop() {
            if done {
                self.unlink(id, if id == top { state } else { FileState::Removed(LayerIndex(layer)) });
                continue;
            }
            stack.push((id, true));
            let mut child = self.tree.get(id).first_child;
            while child != NONE {
                stack.push((child, false));
                child = self.tree.get(child).next;
            }
        }
    }

    fn unlink(&mut self, id: NodeId, state: FileState) {
        let candidate = self.tree.get(id).candidate;
        if let Some(candidate) = self.candidates.get_mut(candidate as usize) {
            candidate.state = state;
        }
        self.tree.unlink(id);
    }
}
