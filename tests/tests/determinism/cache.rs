//! The layer cache changes no result, whatever it holds and however many use it.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_tests::{Outcome, TemporaryDirectory, docker_archive, plimsoll};

const RELEASE: &str = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n";

fn package(name: &str, version: &str) -> String {
    format!("Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\nDepends: base\n\n")
}

/// Two layers: the second changes the database, removes a wheel, and links to a file of the first.
fn image(tool: &str) -> Vec<u8> {
    let base = package("base", "1");
    let both = format!("{base}{}", package(tool, "2"));
    let wheel = "Metadata-Version: 2.1\nName: gone\nVersion: 1\n";
    let broken = "{\"lockfileVersion\": 3, \"packages\": {\"node_modules/a\": {\"version\": 1}";
    docker_archive(
        "acme/app:1",
        &[
            &[
                ("usr/lib/os-release", RELEASE),
                ("var/lib/dpkg/status", &base),
                ("usr/lib/python3/dist-packages/gone-1.dist-info/METADATA", wheel),
                ("srv/package-lock.json", broken),
                ("srv/pinned", "flask==3.0.3\n"),
            ],
            &[
                ("etc/os-release -> ../usr/lib/os-release", ""),
                ("srv/requirements.txt -> pinned", ""),
                ("var/lib/dpkg/status", &both),
                ("usr/lib/python3/dist-packages/.wh.gone-1.dist-info", ""),
            ],
        ],
    )
}

struct Place {
    root: TemporaryDirectory,
}

impl Place {
    fn new() -> Self {
        Self { root: TemporaryDirectory::new() }
    }

    fn save(&self, name: &str, bytes: &[u8]) {
        fs::write(self.root.path().join(name), bytes).unwrap();
    }

    fn scan(&self, name: &str, arguments: &[&str]) -> Outcome {
        let source = format!("docker-archive:{name}");
        let all = [&["scan", source.as_str(), "-o", "plimsoll-json"], arguments].concat();
        Outcome::from(plimsoll(all).current_dir(self.root.path()).output().unwrap())
    }

    fn records(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.root.path().join("kept"), &mut found);
        found.sort();
        found
    }
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}

#[test]
fn a_cached_scan_has_the_bytes_of_a_first_one() {
    let place = Place::new();
    place.save("image.tar", &image("tool"));
    for more in [&[][..], &["--scope", "all-layers"], &["--jobs", "1"]] {
        let without = place.scan("image.tar", more);
        assert_eq!(without.status, Some(0), "{}", without.stderr);
        assert!(without.stdout.contains("pkg:pypi/flask@3.0.3"), "a link to a file of no known name");
        for round in ["cold", "cached"] {
            let with = place.scan("image.tar", &[&["--cache", "kept"], more].concat());
            assert_eq!(with.stdout, without.stdout, "{round} {more:?}");
            assert_eq!(with.stderr, without.stderr, "{round} {more:?}");
        }
    }
    assert!(place.records().len() >= 3, "two layers and a link: {:?}", place.records());
}

#[test]
fn layers_are_shared_between_images_and_limits_are_not() {
    let place = Place::new();
    place.save("one.tar", &image("tool"));
    place.save("two.tar", &image("other"));
    place.scan("one.tar", &["--cache", "kept"]);
    let first = place.records().len();
    let shared = place.scan("two.tar", &["--cache", "kept"]);
    assert_eq!(shared.stdout, place.scan("two.tar", &[]).stdout);
    assert_eq!(place.records().len(), first + 1, "one layer is new");
    place.scan("two.tar", &["--cache", "kept", "--max-depth", "7"]);
    assert!(place.records().len() > first + 1, "facts under other limits are other facts");
}

#[test]
fn what_was_not_compared_with_its_digest_is_not_kept() {
    let place = Place::new();
    let genuine = image("tool");
    // The same names and promises, other bytes.
    let text = b"Package: tool";
    let at = genuine.windows(text.len()).position(|window| window == text).unwrap();
    let mut forged = genuine.clone();
    forged[at..at + text.len()].copy_from_slice(b"Package: evil");
    place.save("genuine.tar", &genuine);
    place.save("forged.tar", &forged);
    let fooled = place.scan("forged.tar", &["--cache", "kept", "--insecure-skip-digests"]);
    assert!(fooled.stdout.contains("pkg:deb/debian/evil@2"), "{}", fooled.stderr);
    assert_eq!(place.records(), Vec::<PathBuf>::new());
    assert_eq!(place.scan("genuine.tar", &["--cache", "kept"]).stdout, place.scan("genuine.tar", &[]).stdout);
    let refused = place.scan("forged.tar", &["--cache", "kept"]);
    assert_eq!(refused.status, Some(3), "a layer that is in the cache is compared all the same: {}", refused.stderr);
}

#[test]
fn a_damaged_record_is_made_anew() {
    let place = Place::new();
    place.save("image.tar", &image("tool"));
    let whole = place.scan("image.tar", &["--cache", "kept"]);
    for record in place.records() {
        let mut bytes = fs::read(&record).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x20;
        fs::write(&record, &bytes).unwrap();
    }
    assert_eq!(place.scan("image.tar", &["--cache", "kept"]).stdout, whole.stdout);
    assert_eq!(place.scan("image.tar", &["--cache", "kept"]).stdout, whole.stdout);
}

#[test]
fn many_scans_may_share_a_cache() {
    let place = Place::new();
    place.save("image.tar", &image("tool"));
    let expected = place.scan("image.tar", &[]).stdout;
    std::thread::scope(|scope| {
        let scans: Vec<_> =
            (0..8).map(|_| scope.spawn(|| place.scan("image.tar", &["--cache", "kept"]).stdout)).collect();
        scans.into_iter().for_each(|scan| assert_eq!(scan.join().unwrap(), expected));
    });
    assert!(place.records().iter().all(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.')));
}
