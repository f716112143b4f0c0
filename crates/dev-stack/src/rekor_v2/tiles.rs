//! Reading by tiles: up to 256 hashes of a level, or entries.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse as _;

use crate::answer::{Answer, Refusal};
use crate::stack::Shared;

/// Hashes in a tile, and the levels of the tree that one level of tiles stands for.
const WIDTH: u64 = 256;
const HEIGHT: usize = 8;

/// The newest checkpoint.
pub(super) async fn checkpoint(State(stack): State<Arc<Shared>>) -> Answer {
    let (size, root) = {
        let content = stack.rekor_v2.content();
        (content.tree.len(), content.tree.root())
    };
    let note = stack.rekor_v2.checkpoint(size, root, &stack.faults)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

/// What a path names: a level or entries, which tile, how much of it.
struct Place {
    level: Option<usize>,
    start: u64,
    width: u64,
}

/// `LEVEL/N` or `entries/N`, where N is groups of three digits, all but the last after an `x`, then `.p/W` for a part.
fn place(path: &str) -> Option<Place> {
    let (level, rest) = path.split_once('/')?;
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|width| (1..WIDTH).contains(width))?),
        None => (rest, WIDTH),
    };
    let mut tile = 0_u64;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 {
            return None;
        }
        tile = tile.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    let level = if level == "entries" { None } else { Some(level.parse().ok()?) };
    Some(Place { level, start: tile.checked_mul(WIDTH)?, width })
}

/// A tile.
pub(super) async fn tile(State(stack): State<Arc<Shared>>, Path(path): Path<String>) -> Answer {
    let missing = || Refusal::missing("there is no such tile");
    let place = place(&path).ok_or_else(missing)?;
    let content = stack.rekor_v2.content();
    let end = place.start.checked_add(place.width).ok_or_else(missing)?;
    let range = usize::try_from(place.start).map_err(|_| missing())?..usize::try_from(end).map_err(|_| missing())?;
    let bytes = match place.level {
        Some(level) => {
            let hashes = content.tree.level(level.checked_mul(HEIGHT).ok_or_else(missing)?);
            hashes.get(range).ok_or_else(missing)?.concat()
        }
        None => {
            let mut bytes = Vec::new();
            for entry in content.entries().get(range).ok_or_else(missing)? {
                let length = u16::try_from(entry.body.len()).map_err(|_| missing())?;
                bytes.extend(length.to_be_bytes());
                bytes.extend(&entry.body);
            }
            bytes
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}
