//! What commands that sign have in common.

mod files;
mod image;
mod key;
mod open;
mod report;
mod sign_in;
mod subjects;

pub(super) use files::{Destination, Kind};
pub(super) use image::{Attached, Image, SIGNED};
pub(super) use key::open as open_key;
pub(super) use open::{Opened, Options, open};
pub(super) use report::{Written, bundle_json, report, text};
pub(super) use subjects::{Subject, list, with_members};
