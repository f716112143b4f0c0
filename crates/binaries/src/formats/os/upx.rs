//! Programs that UPX packed: compressed as a whole, so that nothing that other formats look for can be seen.
//! <https://github.com/upx/upx/blob/devel/doc/loader.txt>
//!
//! Such a file shows no component. That it could not be looked into is said, as silence would look like a program
//! without any. ELF files have the mark `UPX!` after their program headers; PE files have sections named `UPX0`, `UPX1`.

use plimsoll_extract::prelude::*;

use crate::object::{self, Format};

/// Says which programs are packed.
pub(crate) struct Upx;

/// Where the mark is at the latest.
const HEAD: usize = 512;

impl Extractor for Upx {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/upx")
    }

    fn about(&self) -> About {
        About {
            title: "Executables packed with UPX (noticed, not unpacked)",
            specification: "https://github.com/upx/upx/blob/devel/doc/loader.txt",
            facts: &[],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Magic(b"\x7fELF"), Interest::Magic(b"MZ")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let mut head = [0; HEAD];
        let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
        let head = head.get(..count).unwrap_or_default();
        let is_packed = if head.starts_with(b"\x7fELF") {
            memchr::memmem::find(head, b"UPX!").is_some()
        } else {
            let packed = |object: &object::Object| object.format == Format::Pe && object.section("UPX1").is_some();
            // What is wrong with the file is said by those who look for something in it.
            object::read(file).is_ok_and(|objects| objects.iter().any(packed))
        };
        if is_packed {
            let message = "packed with UPX: the components in it cannot be seen";
            out.diagnose(DiagnosticCode::UNSUPPORTED_COMPRESSION, 0, message);
        }
        Ok(())
    }
}
