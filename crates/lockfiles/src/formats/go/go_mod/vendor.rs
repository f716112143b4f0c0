//! `vendor/modules.txt`: the modules whose packages were copied into the project.
//! <https://go.dev/ref/mod#go-mod-vendor>
//!
//! `# module version`, with `=> replacement [version]` when it is replaced. `# module => …` without a version repeats a
//! replacement at the end of the file and vendors nothing.

use plimsoll_extract::prelude::*;

use super::module::{Target, published, replaced};

/// Reads a `modules.txt`.
pub(super) fn read(text: &str, path: &SourcePath, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    // Directories are relative to the project, as in its `go.mod`.
    let project = path.sibling("../go.mod").unwrap_or_else(|| path.clone());
    let mut last: Option<ComponentRef> = None;
    for (line, content) in syntax::text::lines(text) {
        if content.starts_with("## ") {
            let explicit = last.filter(|_| content.contains("explicit"));
            if let Some(component) = explicit.and_then(|at| out.get_mut(at)) {
                component.properties.push(("plimsoll:go:explicit".into(), "true".into()));
            }
            continue;
        }
        let Some(module) = content.strip_prefix("# ") else { continue };
        let words: Vec<&str> = module.split_whitespace().collect();
        let component = match words.as_slice() {
            [_, "=>", ..] => continue,
            [module, version] => published(module, version, line, out),
            [module, version, "=>", directory] => {
                replaced(module, version, &Target::Directory((*directory).to_owned()), &project, line, out)
            }
            [module, version, "=>", path, replacement] => {
                let target = Target::Module { path: (*path).to_owned(), version: (*replacement).to_owned() };
                replaced(module, version, &target, &project, line, out)
            }
            _ => {
                out.malformed_entry(line, "not a module and its version");
                None
            }
        };
        last = component.map(|component| out.component(component, line));
    }
    Ok(())
}
