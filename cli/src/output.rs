//! Everything that is written: documents to files and stdout, conversation to stderr.

pub(crate) mod csv;
mod diagnostics;
mod file;
mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod sarif;
mod terminal;
mod ui;

pub(crate) use file::Target;
pub(crate) use json::{write_json, write_json_line};
pub(crate) use terminal::ask_secret;
pub(crate) use ui::Ui;
