//! Budgeted readers of the syntaxes that package files are written in: the general ones of [`plimsoll_syntax`], and
//! those of what several formats of one ecosystem write the same way.

pub mod conda;
pub mod locator;
pub mod npm;
pub mod pep508;
pub mod r;

pub use plimsoll_syntax::{Error, json, plist, text, toml, trees, xml, yaml};
