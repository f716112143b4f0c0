//! Answers that are kept and asked again.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::evidence::*;
use super::*;

/// A directory that goes away with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plimsoll-published-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn three() -> (Table, DependencyList) {
    let (npm, good) = one_npm_package("acme/left-pad");
    let list = sbom(&[
        good,
        component("pkg:npm/absent@1.0.0", &[("SHA-512", &sha512(b"absent"))]),
        component("pkg:npm/failing@1.0.0", &[("SHA-512", &sha512(b"failing"))]),
    ]);
    (npm.failing("npm /-/npm/v1/attestations/failing@1.0.0", 500), list)
}

fn statuses(report: &Report) -> Vec<(&str, Status)> {
    report.rows.iter().map(|row| (row.purl.as_str(), row.status)).collect()
}

#[test]
fn a_record_answers_as_the_network_did() {
    let (network, list) = three();
    let setting = Setting::new(&stack().trusted_root_json());
    let recorder = Recorder::new(&network);
    assert_eq!(gather(&list, &recorder, &setting.options()), 3);
    recorder.keep_root("dev", &stack().trusted_root_json());
    assert_eq!(recorder.counts(), [2, 1, 1]);

    let directory = Directory::new();
    let (tar, folder) = (directory.0.join("evidence.tar"), directory.0.join("evidence"));
    let mut bytes = Vec::new();
    recorder.write_tar(&mut bytes, Some("2026-01-01T00:00:00Z")).unwrap();
    fs::write(&tar, &bytes).unwrap();
    recorder.write_directory(&folder, None).unwrap();
    let mut again = Vec::new();
    recorder.write_tar(&mut again, Some("2026-01-01T00:00:00Z")).unwrap();
    assert_eq!(bytes, again);

    let wanted = setting.check(&list, &network);
    let wanted = statuses(&wanted);
    assert_eq!(
        wanted.iter().map(|(_, status)| *status).collect::<Vec<_>>(),
        [Status::Unreachable, Status::None, Status::Unpinned]
    );
    for path in [&tar, &folder] {
        let store = Store::open(path).unwrap();
        assert_eq!(statuses(&setting.check(&list, &store)), wanted);
        // What was never asked is not known to be absent.
        let other = sbom(&[component("pkg:npm/other@1.0.0", &[])]);
        assert_eq!(setting.check(&other, &store).rows[0].status, Status::Unreachable);
    }
    // A later record of less keeps what was there, and an answer over a failure.
    let (npm, _) = one_npm_package("acme/left-pad");
    let later = Recorder::new(&npm);
    drop(later.fetch(&Request::new(Service::Npm, "/-/npm/v1/attestations/failing@1.0.0".into(), "")));
    later.write_directory(&folder, None).unwrap();
    let report = setting.check(&list, &Store::open(&folder).unwrap());
    assert_eq!(report.count(Status::None), 2);
}

#[test]
fn a_record_that_was_changed_is_not_used() {
    let (network, list) = three();
    let setting = Setting::new(&stack().trusted_root_json());
    let recorder = Recorder::new(&network);
    assert_eq!(gather(&list, &recorder, &setting.options()), 3);
    let directory = Directory::new();
    recorder.write_directory(&directory.0, None).unwrap();
    for blob in fs::read_dir(directory.0.join("blobs/sha256")).unwrap().flatten() {
        fs::write(blob.path(), "changed").unwrap();
    }
    let store = Store::open(&directory.0).unwrap();
    assert_eq!(setting.check(&list, &store).count(Status::Unreachable), 2);
    let index = directory.0.join("index.json");
    let good = fs::read_to_string(&index).unwrap();
    for (from, to) in [
        ("plimsoll.provenance.evidence/1", "plimsoll.provenance.evidence/2"),
        ("sha256:", "sha256:../../"),
        ("\"found\"", "\"lost\""),
        ("{", "["),
    ] {
        assert!(good.contains(from));
        fs::write(&index, good.replace(from, to)).unwrap();
        assert!(Store::open(&directory.0).is_err(), "{to}");
    }
    fs::remove_file(&index).unwrap();
    assert!(Store::open(&directory.0).is_err() && Store::open(&directory.0.join("none.tar")).is_err());
}
