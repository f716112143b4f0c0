//! `manifest.wall` of Chisel: which slices of which Ubuntu packages are in an image.
//! <https://documentation.ubuntu.com/chisel/latest/reference/manifest/>
//!
//! - The file is zstd-compressed "jsonwall" (schema 1.0): one JSON object a line, sorted, told apart by `kind`. The digest of
//!   a `package` is of its `.deb`; the digests of paths are of files, which are not kept.
//! - A slice is called `PACKAGE_SLICE`; `content` says which slices a path came from.

use std::collections::BTreeMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use syntax::json::{Loose, Text, fill};

use crate::annotate;
use crate::control::split_line;
use crate::distribution::{Distributions, keep_release};
use crate::faults::Faults;

/// Reads the manifest of Chisel.
pub(in crate::formats) struct Chisel;

const PLACE: &str = "var/lib/chisel";

/// A path is written once and belongs to each of its slices. Paths together longer than this many times the manifest are
/// made to fill memory.
const MAX_EXPANSION: usize = 32;

loose_object! {
    struct Line<'a> {
        "kind" => kind: Text<'a>,
        "jsonwall" => wall: Text<'a>,
        "schema" => schema: Text<'a>,
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "sha256" => sha256: Text<'a>,
        "arch" => architecture: Text<'a>,
        "path" => path: Text<'a>,
        "slice" => slice: Text<'a>,
        "slices" => slices: Vec<Loose<Text<'a>>>,
    }
}

impl Extractor for Chisel {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/chisel")
    }

    fn about(&self) -> About {
        About {
            title: "Chisel manifest (chiselled Ubuntu)",
            specification: "https://documentation.ubuntu.com/chisel/latest/reference/manifest/",
            facts: &[Fact::Hashes, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/lib/chisel/manifest.wall"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        out.rooted_at(PLACE);
        let budget = file.budget();
        let mut stream = packed::decompressed(file.body(), 0..file.len(), budget)?;
        let bytes = packed::read_to_end(&mut stream, budget.limits().member_bytes)?;
        let mut manifest = Manifest { spare: bytes.len().saturating_mul(MAX_EXPANSION), ..Manifest::default() };
        let (mut rest, mut number) = (bytes.as_slice(), 0_u32);
        while let Some((line, after)) = split_line(rest) {
            rest = after;
            number = number.saturating_add(1);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let mut object: Loose<Line<'_>> = Loose::default();
            let outcome = fill(line, budget.limits(), &mut object);
            match object.get().filter(|_| outcome.is_ok()) {
                Some(object) => manifest.take(object, number, out),
                None => manifest.faults.entry(out, Span::Line(number), "a line is not valid JSON; left out"),
            }
        }
        manifest.finish(out)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle(files, |_| PLACE);
    }
}

#[derive(Default)]
struct Manifest {
    has_header: bool,
    packages: BTreeMap<Box<str>, ComponentRef>,
    slices: BTreeMap<Box<str>, Vec<Box<str>>>,
    paths: Vec<(Box<str>, Box<str>)>,
    /// How many more bytes of paths may be kept.
    spare: usize,
    faults: Faults,
}

impl Manifest {
    fn take(&mut self, object: &Line<'_>, number: u32, out: &mut Sink<'_>) {
        self.has_header |= object.wall.as_str().is_some();
        match object.kind.as_str() {
            Some("package") => self.package(object, number, out),
            Some("slice") => {
                let name = object.name.as_str().and_then(|name| name.split_once('_'));
                if let Some((package, slice)) = name {
                    self.slices.entry(package.into()).or_default().push(slice.into());
                }
            }
            Some("path") => {
                let path = object.path.as_str().filter(|path| !path.ends_with('/'));
                for slice in object.slices.items().iter().filter_map(Loose::as_str) {
                    let package = slice.split_once('_').map_or(slice, |(package, _)| package);
                    if let Some((path, spare)) = path.and_then(|path| Some((path, self.spare.checked_sub(path.len())?)))
                    {
                        self.spare = spare;
                        self.paths.push((package.into(), path.into()));
                    }
                }
            }
            _ => {}
        }
    }

    fn package(&mut self, object: &Line<'_>, number: u32, out: &mut Sink<'_>) {
        let (Some(name), Some(version)) = (object.name.as_str(), object.version.as_str()) else {
            return self.faults.entry(out, Span::Line(number), "a package lacks its name or version; left out");
        };
        let architecture = object.architecture.as_str().unwrap_or_default();
        let purl = Purl::builder("deb", name).namespace("ubuntu").version(version).qualifier("arch", architecture);
        let Some(purl) = out.purl(purl, number) else { return };
        let mut component = Component::from_purl(purl);
        let digest = object.sha256.as_str().map(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex));
        component.hashes.extend(digest.and_then(Result::ok));
        let at = out.component(component, number);
        self.packages.insert(name.into(), at);
    }

    fn finish(self, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        for (package, slices) in &self.slices {
            let component = self.packages.get(package).and_then(|at| out.get_mut(*at));
            if let Some(component) = component {
                annotate::property(component, "plimsoll:chisel:slices", Some(slices.join(" ")));
            }
        }
        for (package, path) in &self.paths {
            if let Some(at) = self.packages.get(package) {
                out.owns(*at, path.as_bytes());
            }
        }
        if self.has_header { Ok(()) } else { Err(ExtractError::malformed("no header of a jsonwall file")) }
    }
}
