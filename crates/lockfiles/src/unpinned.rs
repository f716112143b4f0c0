//! Says which components of a manifest have no version, once it is known that no lock gives them one.

use plimsoll_extract::prelude::*;

/// Diagnoses each component of a file that a registry knows and that has no version.
pub(crate) fn say(files: &mut Resolver<'_>, file: FileHandle) {
    let open: Vec<(u32, String)> = files
        .components(file)
        .filter(|(_, component)| component.purl.is_some() && component.version.is_none())
        .map(|(_, component)| {
            let line = component.evidence.first().and_then(|evidence| match evidence.span {
                Some(Span::Line(line)) => Some(line),
                _ => None,
            });
            (line.unwrap_or_default(), component.name.to_string())
        })
        .collect();
    if let Some(mut sink) = files.sink(file) {
        for (line, name) in open {
            sink.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
        }
    }
}
