//! `plimsoll purl build`.

use plimsoll_model::Purl;

use crate::args::BuildArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &BuildArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let mut builder = Purl::builder(&arguments.kind, &arguments.name);
    if let Some(namespace) = &arguments.namespace {
        builder = builder.namespace(namespace);
    }
    if let Some(version) = &arguments.version {
        builder = builder.version(version);
    }
    if let Some(subpath) = &arguments.subpath {
        builder = builder.subpath(subpath);
    }
    for (key, value) in &arguments.qualifiers {
        builder = builder.qualifier(key, value);
    }
    match builder.build_strict() {
        Ok(purl) => {
            Target::Stdout.write(|out| writeln!(out, "{purl}").map_err(Failure::from))?;
            Ok(exit::DONE)
        }
        Err(error) => {
            ui.error(&error.to_string());
            Ok(exit::NO)
        }
    }
}
