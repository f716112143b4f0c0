//! Models that `torch.save` and TorchScript write: a zip archive with `NAME/data.pkl`, or before PyTorch 1.6 pickles one
//! after the other. <https://pytorch.org/docs/stable/notes/serialization.html>
//!
//! A pickle is a program: loading one runs what it names. It is never run here. Its instructions are stepped through to
//! list what it would import, as properties; imports that no model needs, such as `os.system`, are named as such.

mod pickle;

use plimsoll_extract::prelude::*;

use crate::model::{self, Hub};
use pickle::Imports;

/// Reads PyTorch's archives, without loading them.
pub(crate) struct PyTorch;

/// Most bytes of pickles that are looked at.
const MAX_PICKLE: u64 = 64 << 20;
/// The first pickle of the format before archives: protocol 2 and a long number.
const LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/// Most imports that are listed.
const MAX_LISTED: usize = 200;

impl Extractor for PyTorch {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("model/pytorch")
    }

    fn about(&self) -> About {
        About {
            title: "PyTorch models (zip archive, TorchScript, legacy pickles); never loaded",
            specification: "https://pytorch.org/docs/stable/notes/serialization.html",
            facts: &[],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".pt"),
            Interest::Suffix(".pth"),
            Interest::Suffix(".ckpt"),
            Interest::Suffix(".ptl"),
            Interest::Path("pytorch_model*.bin"),
            Interest::Path("diffusion_pytorch_model*.bin"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let head = file.range(0, file.len().min(LEGACY.len() as u64))?;
        let mut imports = Imports::default();
        let mut notes = Vec::new();
        let outcome = if head.starts_with(b"PK\x03\x04") {
            let outcome = archive(file, &mut imports, &mut notes);
            if notes.is_empty() {
                // An archive of something else, or one that cannot be opened.
                return outcome;
            }
            outcome
        } else if head == LEGACY {
            notes.push("PyTorch before 1.6".to_owned());
            let bytes = file.range(0, file.len().min(MAX_PICKLE))?;
            imports.scan_all(&bytes);
            Ok(())
        } else {
            // Files of paths (`.pth`) and checkpoints of other tools.
            return Ok(());
        };
        out.observed(component(file, &imports, &notes), model::READ);
        outcome
    }
}

fn component(file: &File<'_>, imports: &Imports, notes: &[String]) -> Component {
    let mut component = if file.path().name().ends_with(b".bin") {
        model::of_directory(file)
    } else {
        let hub = Hub::of_path(file.path());
        model::component(hub.as_ref(), None, None, file.path(), &model::stem(file.path()))
    };
    for note in notes {
        model::property(&mut component, "plimsoll:model:format", note);
    }
    for import in imports.names().iter().take(MAX_LISTED) {
        model::property(&mut component, "plimsoll:model:imports", import);
    }
    for import in imports.suspicious() {
        model::property(&mut component, "plimsoll:model:suspicious-import", import);
    }
    if imports.is_partial() {
        model::property(&mut component, "plimsoll:model:imports-incomplete", "true");
    }
    component
}

/// Looks at the pickles of an archive; notes nothing when it is no model's.
fn archive(file: &File<'_>, imports: &mut Imports, notes: &mut Vec<String>) -> Result<(), ExtractError> {
    let broken = |error: zip::ZipError| ExtractError::malformed(format!("not an archive of PyTorch: {error}"));
    let archive = zip::Zip::open(file.body(), file.budget()).map_err(broken)?;
    let mut is_model = false;
    let mut is_script = false;
    let mut fault = Ok(());
    let mut room = MAX_PICKLE;
    for entry in archive.entries() {
        let name = entry.name();
        is_script |= name.ends_with(b"/constants.pkl");
        if !(name.ends_with(b".pkl")) {
            continue;
        }
        is_model |= name == b"data.pkl" || name.ends_with(b"/data.pkl");
        match entry.body(room) {
            Ok(body) => {
                let bytes = (&body as &dyn Body).range(0, body.len().min(room), file.budget())?;
                room = room.saturating_sub(bytes.len() as u64);
                imports.scan_all(&bytes);
            }
            Err(error) => fault = Err(broken(error)),
        }
    }
    if is_model {
        notes.push(if is_script { "TorchScript" } else { "PyTorch" }.to_owned());
    }
    fault
}
