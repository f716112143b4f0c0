//! Programs built with `cargo auditable`: the section `.dep-v0` of ELF, PE and Mach-O files. WebAssembly modules have it
//! as a custom section.
//! <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>

use plimsoll_extract::prelude::*;

use crate::auditable;
use crate::object::{self, Object};

/// Reads the packages of programs written in Rust.
pub(crate) struct Auditable;

impl Extractor for Auditable {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("rust/auditable")
    }

    fn about(&self) -> About {
        About {
            title: "Rust executables built with cargo-auditable (ELF, PE, Mach-O)",
            specification: "https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md",
            facts: &[Fact::Edges, Fact::Scope],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        crate::formats::OBJECTS
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        for object in object::read(file)? {
            let Some(section) = object.section(".dep-v0") else { continue };
            if section.size > auditable::MAX_SECTION {
                return Err(ExtractError::malformed("the section .dep-v0 is too large to be a list of packages"));
            }
            auditable::emit(&section.bytes(file, auditable::MAX_SECTION)?, file, out)?;
        }
        Ok(())
    }
}

/// The program itself, as this extractor emits it; `None` when it has no list, or a broken one.
pub(crate) fn recorded<'a>(file: &File<'_>, object: &Object) -> Option<(Component, Observation<'a>)> {
    let section = object.section(".dep-v0").filter(|section| section.size <= auditable::MAX_SECTION)?;
    auditable::root(&section.bytes(file, auditable::MAX_SECTION).ok()?, file)
}
