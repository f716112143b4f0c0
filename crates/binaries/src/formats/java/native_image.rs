//! Programs that GraalVM's `native-image` built with `--enable-sbom`: a CycloneDX document in JSON, compressed with
//! gzip, at the symbol `sbom`; its length is at `sbom_length`.
//! <https://www.graalvm.org/latest/security-guide/native-image/SBOM/>
//!
//! Such a program keeps its heap in a section named `.svm_heap` (`__svm_heap`, `.svm_hea`), without which a file is
//! passed over. The document is read as what the compiler recorded: components and what needs what.

mod document;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json;

use crate::object::{self, Object, symbols};
use document::Document;

/// Reads the SBOM in native images.
pub(crate) struct NativeImage;

/// Most bytes of the compressed document.
const MAX_PACKED: u64 = 64 << 20;
/// Most bytes of the document.
const MAX_DOCUMENT: u64 = 256 << 20;

impl Extractor for NativeImage {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/native-image")
    }

    fn about(&self) -> About {
        About {
            title: "GraalVM native images (embedded CycloneDX)",
            specification: "https://www.graalvm.org/latest/security-guide/native-image/SBOM/",
            facts: &[Fact::Edges, Fact::Hashes, Fact::License],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        crate::formats::OBJECTS
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        for object in object::read(file)? {
            let is_image = object.sections.iter().any(|section| is_heap(&section.name));
            if !is_image {
                continue;
            }
            if let Some(packed) = packed_document(file, &object)? {
                let body = packed.as_slice();
                let mut stream = packed::decompressed(&body, 0..body.len() as u64, file.budget())?;
                let bytes = packed::read_to_end(&mut stream, MAX_DOCUMENT)?;
                let document: Document<'_> = json::from_slice(&bytes, file.budget().limits())?;
                if document.is_empty() {
                    return Err(ExtractError::malformed("the embedded SBOM names nothing"));
                }
                document.emit(file, out);
            }
        }
        Ok(())
    }
}

fn is_heap(name: &str) -> bool {
    matches!(name, ".svm_heap" | "__svm_heap" | ".svm_hea")
}

/// The compressed bytes; `None` when the image was built without a document.
fn packed_document(file: &File<'_>, object: &Object) -> Result<Option<Vec<u8>>, ExtractError> {
    let [Some(start), Some(length)] = symbols::addresses(file, object, ["sbom", "sbom_length"])? else {
        return Ok(None);
    };
    let broken = || ExtractError::malformed("the symbols of the SBOM lead nowhere");
    let length = object.at_address(file, length, 8)?.ok_or_else(broken)?;
    let length = length.first_chunk().copied().map(u64::from_le_bytes).ok_or_else(broken)?;
    if length > MAX_PACKED {
        return Err(ExtractError::malformed("the SBOM is too large to be one"));
    }
    let bytes = object.at_address(file, start, length)?.ok_or_else(broken)?;
    if (bytes.len() as u64) < length {
        return Err(ExtractError::Truncated { message: "the SBOM ends after the file".into() });
    }
    Ok(Some(bytes))
}
