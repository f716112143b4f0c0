//! Images made here, as `docker save` writes them.

use sha2::{Digest as _, Sha256};

/// The SHA-256 of bytes, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tar entry (POSIX.1-1988 ustar) of a regular file, or of a symbolic link when the name is `NAME -> TARGET`.
fn entry(name: &str, content: &[u8]) -> Vec<u8> {
    let (name, target) = name.split_once(" -> ").map_or((name, None), |(name, target)| (name, Some(target)));
    let mut header = Vec::with_capacity(512);
    header.extend_from_slice(name.as_bytes());
    header.resize(100, 0);
    header.extend_from_slice(b"0000644\x000000000\x000000000\x00");
    header.extend_from_slice(format!("{:011o}\x0000000000000\x00        0", content.len()).as_bytes());
    if let Some(target) = target {
        header.pop();
        header.push(b'2');
        header.extend_from_slice(target.as_bytes());
    }
    header.resize(257, 0);
    header.extend_from_slice(b"ustar\x0000");
    header.resize(512, 0);
    let sum: u32 = header.iter().copied().map(u32::from).fold(0, u32::saturating_add);
    // The checksum is of a header in which it is blanks; the last of its eight stands before the type.
    drop(header.splice(148..156, format!("{sum:06o}\0 ").into_bytes()));
    header.extend_from_slice(content);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// A tar archive of files and, as `NAME -> TARGET`, symbolic links.
#[must_use]
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar: Vec<u8> = files.iter().flat_map(|(name, content)| entry(name, content)).collect();
    tar.resize(tar.len().saturating_add(1024), 0);
    tar
}

/// A `docker save` archive of an image with this tag and these layers of files, the lowest first. `NAME -> TARGET` is a
/// symbolic link.
#[must_use]
pub fn docker_archive(tag: &str, layers: &[&[(&str, &str)]]) -> Vec<u8> {
    let mut of_bytes: Vec<Vec<(&str, &[u8])>> = Vec::new();
    for files in layers {
        of_bytes.push(files.iter().map(|(name, text)| (*name, text.as_bytes())).collect());
    }
    docker_archive_of_bytes(tag, &of_bytes)
}

/// The same, of files that need not be text.
#[must_use]
pub fn docker_archive_of_bytes(tag: &str, layers: &[Vec<(&str, &[u8])>]) -> Vec<u8> {
    let layers: Vec<Vec<u8>> = layers.iter().map(|files| tar(files)).collect();
    let diff_ids: Vec<String> = layers.iter().map(|layer| format!("\"sha256:{}\"", sha256(layer))).collect();
    let config = format!(
        r#"{{"os":"linux","architecture":"amd64","created":"2024-05-01T10:00:00Z","config":{{}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
        diff_ids.join(",")
    );
    let config_name = format!("{}.json", sha256(config.as_bytes()));
    let names: Vec<String> = layers.iter().map(|layer| format!("{}/layer.tar", sha256(layer))).collect();
    let listed: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let manifest = format!(r#"[{{"Config":"{config_name}","RepoTags":["{tag}"],"Layers":[{}]}}]"#, listed.join(","));
    let mut files: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(layers.iter().map(Vec::as_slice)).collect();
    files.push((&config_name, config.as_bytes()));
    files.push(("manifest.json", manifest.as_bytes()));
    tar(&files)
}
