//! SPDX 2 tag-value. <https://spdx.github.io/spdx-spec/v2.3/conformance/#44-standard-data-format-requirements>
//!
//! `Tag: value`, one a line; text of several lines stands between `<text>` and `</text>`; a line that starts with `#` is
//! a comment. What a tag belongs to follows from what came before it. The table `tag-value.table` has every tag.
//!
//! A file after a package is in that package (clause 8), which reading turns into the relationship `CONTAINS`. The
//! writer puts all files before the packages, where they are in none, and says by relationships where they are: only
//! so can a file be in two. `</text>` has no escape: inside of a value it becomes `&lt;/text>`, as does all else that a
//! line cannot hold an [`Omission`](super::Omission). No value can start a tag of its own: with a line break of any kind
//! it stands in `<text>`, and the parts of a tuple have theirs percent-encoded.

mod lines;
mod read;
mod tags;
mod tuples;
mod write;

#[cfg(test)]
mod tests;

pub(super) use read::read;
pub(super) use write::write;
