//! Wheels and eggs that are still archives: zip files that hold their metadata as an installation would.
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>

use plimsoll_extract::prelude::*;
use zip::Zip;

use super::header::Header;
use super::requirements::from_requires_txt;

/// Metadata larger than this is none.
const MAX_METADATA: u64 = 16 << 20;

/// Reads the metadata of an archive.
pub(super) fn read(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let zip = match Zip::open(file.body(), file.budget()) {
        Ok(zip) => zip,
        Err(error) => {
            out.diagnose(error.code(), 0, error.to_string());
            return Ok(());
        }
    };
    let mut kept = String::new();
    let mut is_distribution = false;
    for entry in zip.entries() {
        let name = entry.name();
        let metadata = is_metadata(name);
        if !metadata && name != b"EGG-INFO/requires.txt" {
            continue;
        }
        is_distribution |= metadata;
        match entry.read(MAX_METADATA) {
            Ok(bytes) if metadata => {
                let header = Header::parse(&syntax::text::decode(&bytes).text);
                kept.push_str(&super::emit(&header, Some(name), crate::package_file::digest(file), out)?);
            }
            Ok(bytes) => kept.push_str(&from_requires_txt(&syntax::text::decode(&bytes).text).join("\n")),
            Err(error) => out.diagnose(error.code(), 0, error.to_string()),
        }
    }
    for notice in zip.notices() {
        out.diagnose(notice.code, 0, notice.message);
    }
    if !is_distribution && file.path().name().ends_with(b".whl") {
        out.diagnose(DiagnosticCode::MALFORMED, 0, "a wheel without metadata");
    }
    out.keep(kept);
    Ok(())
}

/// `NAME-VERSION.dist-info/METADATA` or `EGG-INFO/PKG-INFO`, at the top: deeper ones are of vendored copies.
fn is_metadata(name: &[u8]) -> bool {
    let mut parts = name.split(|&byte| byte == b'/');
    let (directory, file, rest) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let wheel = directory.ends_with(b".dist-info") && file == Some(b"METADATA");
    let egg = directory == b"EGG-INFO" && file == Some(b"PKG-INFO");
    rest.is_none() && (wheel || egg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metadata_at_the_top_counts() {
        assert!(is_metadata(b"x-1.dist-info/METADATA"));
        assert!(is_metadata(b"EGG-INFO/PKG-INFO"));
        assert!(!is_metadata(b"x/_vendor/y-1.dist-info/METADATA"));
        assert!(!is_metadata(b"x-1.dist-info/METADATA/x"));
    }
}
