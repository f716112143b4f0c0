//! Writes the documents: into a directory, as a tar stream, or nowhere, to time the making of them alone.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Result, bail};
use plimsoll_bench::{Builds, Tar, Universe};

use crate::measure::Watch;
use crate::options::{Arguments, Made};

pub(crate) fn run(made: &Made, arguments: &mut Arguments) -> Result<()> {
    let universe = Universe::new(made.shape.seed, 100);
    let builds = Builds::new(&universe, made.shape);
    if let Some(directory) = arguments.text("--out")? {
        let directory = Path::new(&directory);
        return builds.documents(made.order, |build, document| {
            let file = directory.join(build.file());
            fs::create_dir_all(file.parent().unwrap_or(directory))?;
            Ok(fs::write(file, document)?)
        });
    }
    if arguments.flag("--tar") {
        let mut tar = Tar::new(BufWriter::new(io::stdout().lock()));
        builds.documents(made.order, |build, document| tar.file(&build.file(), document))?;
        return Ok(tar.finish()?);
    }
    if !arguments.flag("--discard") {
        bail!("--out DIRECTORY, --tar or --discard");
    }
    discard(&universe, made)
}

/// Makes all documents and keeps none.
pub(crate) fn discard(universe: &Universe, made: &Made) -> Result<()> {
    let (watch, mut documents, mut bytes) = (Watch::new()?, 0usize, 0usize);
    Builds::new(universe, made.shape).documents(made.order, |_, document| -> Result<()> {
        documents += 1;
        bytes += document.len();
        Ok(())
    })?;
    let (processor, _) = watch.read()?;
    let (mean, rate) = (bytes / documents.max(1), documents as f64 / processor);
    writeln!(io::stdout(), "{documents} documents of {mean} bytes; making them alone: {rate:.0} a second and core")?;
    Ok(())
}
