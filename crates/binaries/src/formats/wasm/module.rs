//! WebAssembly modules and components: what their custom sections say about them.
//! <https://webassembly.github.io/spec/core/binary/modules.html>, the component model's
//! <https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md>, and the tool conventions
//! <https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md>
//!
//! Read: `name` and `component-name` (the name), `producers` (compilers and their versions), `.dep-v0` (the packages of
//! `cargo auditable`), and the sections in which packagers put the annotations of OCI images (`version`, `description`,
//! `authors`, `licenses`, `homepage`, `source`, `revision`). A component holds modules and components, which are read as
//! well. Imports are not packages, but say which host interfaces a module needs: they become properties.
//!
//! What surprises: sections come in any number and order, a custom section may lie between any two, and code and data
//! are skipped by their length without being read.

mod custom;
mod imports;

use plimsoll_extract::prelude::*;

use crate::auditable;
use crate::wasm::{Header, Kind, Sections};
use custom::Told;

/// Reads WebAssembly modules and components.
pub(crate) struct WasmModule;

/// Deepest component within a component.
const MAX_DEPTH: u32 = 8;
/// Most sections in a file; a real module has a few dozen, a component a few hundred.
const MAX_SECTIONS: u32 = 100_000;
/// Most bytes of a section that is read.
const MAX_SECTION: u64 = 8 << 20;

impl Extractor for WasmModule {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("wasm/module")
    }

    fn about(&self) -> About {
        About {
            title: "WebAssembly modules and components (producers, name, .dep-v0, annotations)",
            specification: "https://webassembly.github.io/spec/core/binary/modules.html",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".wasm"), Interest::Magic(crate::wasm::MAGIC)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let Some(header) = Header::read(file, 0)? else { return Ok(()) };
        let mut walk = Walk { file, out, left: MAX_SECTIONS };
        walk.program(header, 0, file.len(), 0).map(|_| ())
    }
}

struct Walk<'w, 'f, 's> {
    file: &'w File<'f>,
    out: &'w mut Sink<'s>,
    /// Sections that may still be read.
    left: u32,
}

impl Walk<'_, '_, '_> {
    /// Reads a module or component from its header to `end`; emits what it says about itself, when it does.
    fn program(
        &mut self,
        header: Header,
        start: u64,
        end: u64,
        depth: u32,
    ) -> Result<Option<ComponentRef>, ExtractError> {
        let mut told = Told::default();
        let mut packages = None;
        let mut inner = Vec::new();
        let mut sections = Sections::new(self.file, start, end);
        let fault = loop {
            let section = match sections.next() {
                Ok(Some(section)) => section,
                Ok(None) => break None,
                Err(error) => break Some(error),
            };
            let Some(left) = self.left.checked_sub(1) else {
                break Some(ExtractError::malformed("the module has too many sections"));
            };
            self.left = left;
            match header.role(section.id) {
                Kind::Custom => {
                    if let Some((name, content)) = section.custom(self.file, MAX_SECTION)? {
                        if &*name == ".dep-v0" {
                            packages = Some(content);
                        } else {
                            told.section(&name, &content);
                        }
                    }
                }
                Kind::Import if section.size <= MAX_SECTION => {
                    let content = self.file.range(section.offset, section.size)?;
                    imports::read(header, &content, &mut told.imports);
                }
                Kind::Program => inner.push((section.offset, section.offset.saturating_add(section.size))),
                Kind::Import | Kind::Other => {}
            }
        };
        let packages = packages.map(|content| auditable::emit(&content, self.file, self.out));
        let at = match packages {
            Some(Ok(Some(root))) => Some(root),
            _ => told.component(self.file, depth).map(|component| self.out.observed(component, custom::RECORDED)),
        };
        if let (Some(Ok(Some(_))), Some(held)) = (&packages, at.and_then(|at| self.out.get_mut(at))) {
            told.complete(held);
        }
        for (start, end) in inner {
            self.inner(at, start, end, depth)?;
        }
        packages.transpose()?;
        fault.map_or(Ok(at), Err)
    }

    /// Reads a module or component within another.
    fn inner(&mut self, outer: Option<ComponentRef>, start: u64, end: u64, depth: u32) -> Result<(), ExtractError> {
        if depth >= MAX_DEPTH {
            self.out.diagnose(DiagnosticCode::TOO_NESTED, 0, "components are nested too deeply, the rest is not read");
            return Ok(());
        }
        let Some(header) = Header::read(self.file, start)? else { return Ok(()) };
        let at = self.program(header, start, end, depth.saturating_add(1))?;
        if let (Some(outer), Some(at)) = (outer, at) {
            self.out.contains(outer, at);
        }
        Ok(())
    }
}
