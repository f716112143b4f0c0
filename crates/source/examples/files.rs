//! Lists the files of a source, or of an image, as the library sees them.
//!
//! `files SOURCE [--head] [--suffix TEXT] [--count] [--skip-digests] [--all-layers] [--platform P]`

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_model::Budget;
use plimsoll_source::{File, FileId, FileState, OpenOptions, SourceReference, Visitor, Wanted, open};

struct Pick {
    suffix: Option<String>,
    head: bool,
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Visitor for Pick {
    fn by_path(&self, path: &[u8]) -> Wanted {
        match &self.suffix {
            Some(suffix) if path.ends_with(suffix.as_bytes()) => Wanted::Yes,
            Some(_) if self.head => Wanted::Probe,
            Some(_) => Wanted::No,
            None => Wanted::Yes,
        }
    }

    fn by_head(&self, _path: &[u8], head: &[u8]) -> bool {
        head.starts_with(b"\x7fELF")
    }

    fn file(&self, _id: FileId, file: &File<'_>) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(file.len(), Ordering::Relaxed);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut text, mut count, mut all) = (None, false, false);
    let mut options = OpenOptions::default();
    let mut pick = Pick { suffix: None, head: false, files: AtomicU64::new(0), bytes: AtomicU64::new(0) };
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().and_then(|value| value.into_string().ok());
        match argument.to_str() {
            Some("--head") => pick.head = true,
            Some("--suffix") => pick.suffix = value(),
            Some("--count") => count = true,
            Some("--all-layers") => all = true,
            Some("--skip-digests") => options.insecure_skip_digests = true,
            Some("--platform") => options.platform = value(),
            _ => text = Some(argument),
        }
    }
    let budget = Budget::default();
    let mut out = std::io::stdout().lock();
    for source in open(&SourceReference::parse(&text.unwrap_or_default())?, &options)? {
        let visited = source.visit(&pick, &budget)?;
        for diagnostic in &visited.diagnostics {
            writeln!(std::io::stderr(), "{diagnostic}")?;
        }
        if count {
            let (files, bytes) = (pick.files.load(Ordering::Relaxed), pick.bytes.load(Ordering::Relaxed));
            writeln!(
                out,
                "{}: {} entries, {files} files handed over, {bytes} bytes",
                source.info().name,
                visited.entries
            )?;
            continue;
        }
        for file in &visited.files {
            match file.state {
                FileState::Present if !all => writeln!(out, "{}", file.path)?,
                _ if !all => {}
                FileState::Present => writeln!(out, "{:>3} present    {}", file.id.layer, file.path)?,
                FileState::Replaced(by) => writeln!(out, "{:>3} replaced {:>2} {}", file.id.layer, by.0, file.path)?,
                FileState::Removed(by) => writeln!(out, "{:>3} removed  {:>2} {}", file.id.layer, by.0, file.path)?,
            }
        }
    }
    Ok(())
}
