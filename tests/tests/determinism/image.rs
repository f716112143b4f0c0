//! An image of two layers, made here: the second replaces one package and removes another.

use std::path::Path;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, sha256, tar};
use serde_json::{Value, json};

fn layer(files: &[(&str, &str)]) -> Vec<u8> {
    tar(&files.iter().map(|(name, content)| (*name, content.as_bytes())).collect::<Vec<_>>())
}

fn metadata(name: &str, version: &str) -> String {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
}

/// The files of an OCI layout (image-spec 1.1).
fn layout() -> Vec<(String, Vec<u8>)> {
    let site = "usr/lib/python3/dist-packages";
    let (kept, old, gone) = (metadata("kept", "1"), metadata("changed", "1"), metadata("gone", "1"));
    let new = metadata("changed", "2");
    let [one, two, three] = ["kept-1", "changed-1", "gone-1"].map(|name| format!("{site}/{name}.dist-info/METADATA"));
    let lower = layer(&[(&one, &kept), (&two, &old), (&three, &gone)]);
    let removed = format!("{site}/.wh.gone-1.dist-info");
    let upper = layer(&[(&two, &new), (&removed, "")]);
    let mut files = Vec::new();
    let mut blob = |media_type: &str, bytes: Vec<u8>| -> Value {
        let descriptor =
            json!({ "mediaType": media_type, "digest": format!("sha256:{}", sha256(&bytes)), "size": bytes.len() });
        files.push((format!("blobs/sha256/{}", sha256(&bytes)), bytes));
        descriptor
    };
    let diff_ids = [&lower, &upper].map(|layer| format!("sha256:{}", sha256(layer)));
    let oci = |kind: &str| format!("application/vnd.oci.image.{kind}");
    let layers = [lower, upper].map(|bytes| blob(&oci("layer.v1.tar"), bytes));
    let config = json!({ "os": "linux", "architecture": "amd64", "created": "2024-05-01T10:00:00.5Z", "config": {},
        "rootfs": { "type": "layers", "diff_ids": diff_ids } });
    let config = blob(&oci("config.v1+json"), config.to_string().into_bytes());
    let manifest =
        json!({ "schemaVersion": 2, "mediaType": oci("manifest.v1+json"), "config": config, "layers": layers });
    let manifest = blob(&oci("manifest.v1+json"), manifest.to_string().into_bytes());
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    files.push(("index.json".to_owned(), index.to_string().into_bytes()));
    files.push(("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    files
}

fn scan(directory: &Path, jobs: &str, arguments: &[&str]) -> String {
    let all = [&["scan", "oci-layout:image", "--jobs", jobs], arguments].concat();
    let outcome = Outcome::from(plimsoll(all).current_dir(directory).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn an_image_gives_the_same_bytes_however_it_lies_on_disk() {
    let roots = [TemporaryDirectory::new(), TemporaryDirectory::new()];
    let mut files = layout();
    for root in &roots {
        for (name, bytes) in &files {
            root.write(Path::new("image").join(name), bytes);
        }
        files.reverse();
    }
    for format in ["cyclonedx-json", "spdx-json", "plimsoll-json"] {
        for scope in ["squashed", "all-layers"] {
            let arguments = ["-o", format, "--scope", scope];
            let first = scan(roots[0].path(), "1", &arguments);
            for (root, jobs) in [(&roots[0], "8"), (&roots[1], "1"), (&roots[1], "2")] {
                assert_eq!(scan(root.path(), jobs, &arguments), first, "{format}, {scope}, {jobs} jobs");
            }
        }
    }
}

#[test]
fn what_layers_did_is_told() {
    let root = TemporaryDirectory::new();
    layout().into_iter().for_each(|(name, bytes)| drop(root.write(Path::new("image").join(name), bytes)));
    let purls = scan(root.path(), "2", &["-o", "purls"]);
    assert_eq!(purls, "pkg:pypi/changed@2\npkg:pypi/kept@1\n");
    let all = scan(root.path(), "2", &["-o", "purls", "--scope", "all-layers"]);
    assert_eq!(all, "pkg:pypi/changed@1\npkg:pypi/changed@2\npkg:pypi/gone@1\npkg:pypi/kept@1\n");
    let document: Value = serde_json::from_str(&scan(root.path(), "2", &["-o", "cyclonedx-json"])).unwrap();
    assert_eq!(document["metadata"]["timestamp"], "2024-05-01T10:00:00Z");
}
