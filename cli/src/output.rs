//! Everything that is written: documents to files and stdout, conversation to stderr.

mod diagnostics;
mod file;
mod ui;

pub(crate) use file::Target;
pub(crate) use ui::Ui;
