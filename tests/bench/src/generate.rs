//! Writes the documents: into a directory, as a tar stream, or nowhere, to time the making of them alone.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Result, bail};
use plimsoll_bench::{Builds, Tar, Universe};

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
    let (start, mut documents, mut bytes) = (std::time::Instant::now(), 0usize, 0usize);
    builds.documents(made.order, |_, document| -> Result<()> {
        documents += 1;
        bytes += document.len();
        Ok(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let mean = bytes / documents.max(1);
    writeln!(
        io::stdout(),
        "{documents} documents of {mean} bytes in {seconds:.1} s: {:.0}/s",
        documents as f64 / seconds
    )?;
    Ok(())
}
