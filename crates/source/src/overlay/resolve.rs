//! Following a path through links, within the root.

use std::sync::Arc;

use plimsoll_model::DiagnosticCode;

use super::tree::{Content, NodeId, ROOT};
use super::{Overlay, Parent};
use crate::FileState;
use plimsoll_model::LayerIndex;

/// Why a path leads to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Missing,
    /// Missing, and it tried to climb over the root.
    Outside,
    NotDirectory,
    Loop,
    TooDeep,
}

/// Links that may still be followed.
pub(super) struct Hops {
    left: u32,
    taken: bool,
}

impl Hops {
    pub(super) fn new(left: u32) -> Self {
        Self { left, taken: false }
    }
}

/// A path, or the target of a link in it, and how much of it was gone.
struct Frame<'p> {
    text: Text<'p>,
    at: usize,
}

enum Text<'p> {
    Path(&'p [u8]),
    Target(Arc<[u8]>),
}

impl Frame<'_> {
    fn text(&self) -> &[u8] {
        match &self.text {
            Text::Path(path) => path,
            Text::Target(target) => target,
        }
    }

    /// Where the next part that is not empty or `.` begins and ends.
    fn peek(&self) -> Option<(usize, usize)> {
        let text = self.text();
        let mut start = self.at;
        loop {
            let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
            let length = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
            let end = start.saturating_add(length);
            if length > 0 && text.get(start..end) != Some(b".") {
                return Some((start, end));
            }
            start = end.saturating_add(1);
        }
    }
}

/// How deep directories may nest. `PATH_MAX` allows half as many; links can make more.
const DEPTH: u32 = 4096;

impl Overlay<'_> {
    /// The node at the end of `path`, which is looked up from `start`, with links followed.
    pub(super) fn follow(&mut self, start: NodeId, path: &[u8], hops: &mut Hops) -> Result<NodeId, Lost> {
        self.walk(start, path, true, None, hops)
    }

    /// The node at `path` from the root, itself not followed if it is a link.
    pub(super) fn locate(&mut self, path: &[u8]) -> Result<NodeId, Lost> {
        let mut hops = Hops::new(self.budget.limits().symlink_hops);
        self.walk(ROOT, path, false, None, &mut hops)
    }

    /// The directory at `path` from the root, made by this layer if `create`; and whether links were on the way.
    pub(super) fn directory(&mut self, path: &[u8], layer: u32, create: bool) -> Result<(NodeId, bool), Lost> {
        if self.parent.known && self.parent.generation == self.tree.generation && self.parent.path == path {
            return Ok((self.parent.node, self.parent.aliased));
        }
        let mut hops = Hops::new(self.budget.limits().symlink_hops);
        let node = self.walk(ROOT, path, true, create.then_some(layer), &mut hops)?;
        if self.tree.get(node).content != Content::Directory {
            return Err(Lost::NotDirectory);
        }
        let mut text = std::mem::take(&mut self.parent.path);
        text.clear();
        text.extend_from_slice(path);
        let generation = self.tree.generation;
        self.parent = Parent { path: text, node, aliased: hops.taken, generation, known: true };
        Ok((node, hops.taken))
    }

    fn walk(
        &mut self,
        start: NodeId,
        path: &[u8],
        follow_last: bool,
        create: Option<u32>,
        hops: &mut Hops,
    ) -> Result<NodeId, Lost> {
        let mut here = if path.starts_with(b"/") { ROOT } else { start };
        let mut outside = false;
        let mut frames = vec![Frame { text: Text::Path(path), at: 0 }];
        while let Some(frame) = frames.last_mut() {
            let Some((from, to)) = frame.peek() else {
                frames.pop();
                continue;
            };
            frame.at = to;
            self.work = self.work.saturating_sub(1);
            if self.work == 0 {
                return Err(Lost::Loop);
            }
            let Some(frame) = frames.last() else { break };
            let part = frame.text().get(from..to).unwrap_or_default();
            if part == b".." {
                outside |= here == ROOT;
                here = self.tree.get(here).parent;
                continue;
            }
            let child = match (self.tree.child(here, part), create) {
                (Some(child), _) => child,
                (None, None) => return Err(if outside { Lost::Outside } else { Lost::Missing }),
                (None, Some(_)) if self.tree.get(here).depth >= DEPTH => return Err(Lost::TooDeep),
                (None, Some(layer)) => self.tree.add(here, part, Content::Directory, layer),
            };
            let more = frames.iter().any(|frame| frame.peek().is_some());
            match self.tree.get(child).content {
                Content::Directory => here = child,
                Content::Symlink(target) if more || follow_last => {
                    hops.left = hops.left.checked_sub(1).ok_or(Lost::Loop)?;
                    hops.taken = true;
                    let target = self.tree.target(target);
                    if target.starts_with(b"/") {
                        here = ROOT;
                    }
                    frames.push(Frame { text: Text::Target(target), at: 0 });
                }
                _ if !more && create.is_none() => return Ok(child),
                _ => match create {
                    Some(layer) => here = self.directory_instead(child, layer),
                    None => return Err(Lost::NotDirectory),
                },
            }
        }
        Ok(here)
    }

    /// An entry lies below something that is no directory. Runtimes refuse the layer; a scan keeps both, the later one
    /// in the place of the other, and says so.
    fn directory_instead(&mut self, node: NodeId, layer: u32) -> NodeId {
        let path = self.tree.path(node);
        let message = "an entry lies below a path that is no directory; a runtime would refuse the layer";
        self.note(DiagnosticCode::MALFORMED_ENTRY, message, Some(layer), Some(&path));
        let parent = self.tree.get(node).parent;
        self.remove(node, FileState::Replaced(LayerIndex(layer)), layer);
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        self.tree.add(parent, name, Content::Directory, layer)
    }
}
