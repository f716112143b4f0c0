use std::path::Path;

use plimsoll_model::{Budget, DiagnosticCode as Code, Limits};

use crate::image::{Expect, Streamed};
use crate::input::Section;
use crate::testing::{Image, MANIFEST, Scratch, Tar, gzip, open, scan, see, sha256};
use crate::{OpenOptions, Source, SourceError, SourceKind};

fn layers() -> Vec<Vec<u8>> {
    vec![Tar::default().file("a.want", "1").file("b.want", "2").end(), Tar::default().file("a.want", "3").end()]
}

fn options(platform: Option<&str>) -> OpenOptions {
    OpenOptions { platform: platform.map(str::to_owned), ..OpenOptions::default() }
}

/// As standard input would be read.
fn stream(path: &Path) -> Box<dyn Source> {
    Box::new(Streamed::file(Section::open(path).unwrap(), "stdin", Expect::Anything, &OpenOptions::default()))
}

#[test]
fn documents_say_what_the_image_is() {
    let image = Image::gzipped(&layers());
    let layout = image.layout();
    let sources = open("", &layout.0, &options(None)).unwrap();
    let info = sources[0].info();
    let described = info.image.as_ref().unwrap();
    assert_eq!((info.kind, info.digests_checked), (SourceKind::Image, true));
    assert_eq!(described.manifest_digest.as_ref().unwrap().to_string(), image.manifest);
    assert_eq!(described.config_digest.as_ref().unwrap().to_string(), image.config);
    assert_eq!(described.created.as_deref(), Some("2020-01-01T00:00:00Z"));
    assert_eq!(described.labels["a"], "b");
    let steps: Vec<_> = described.layers.iter().map(|layer| layer.created_by.as_deref().unwrap()).collect();
    assert_eq!(steps, ["step 0", "step 1"]);
    assert_eq!(described.layers[1].diff_id.to_string(), image.diff_ids[1]);
}

#[test]
fn each_container_of_an_image_gives_the_same() {
    let scratch = Scratch::new();
    let image = Image::gzipped(&layers());
    let docker = image.archive(true);
    for (name, bytes) in [
        ("docker.tar", docker.clone()),
        ("docker.tar.gz", gzip(&docker)),
        ("oci.tar", image.archive(false)),
        ("oci.tar.zst", zstd::encode_all(image.archive(false).as_slice(), 1).unwrap()),
    ] {
        let path = scratch.write(name, bytes);
        let mut seen = scan("", &path).unwrap().present;
        seen.sort();
        assert_eq!(seen, ["a.want=3", "b.want=2"], "{name}");
        let source = stream(&path);
        // In the order of the members.
        let mut streamed = see(&*source, &Budget::default()).unwrap().present;
        streamed.sort();
        assert_eq!(streamed, ["a.want=3", "b.want=2"], "{name}");
        let described = source.info().image.as_ref().unwrap();
        assert_eq!(described.manifest_digest.as_ref().unwrap().to_string(), image.manifest);
    }
    let sources = open("docker-archive", &scratch.0.join("docker.tar"), &options(None)).unwrap();
    assert_eq!(sources[0].info().name, "x:1");
}

#[test]
fn old_docker_archives_link_their_layers() {
    let layer = layers().remove(0);
    let config = format!(r#"{{"os":"linux","architecture":"amd64","rootfs":{{"diff_ids":["{}"]}}}}"#, sha256(&layer));
    let name = format!("{}.json", &sha256(config.as_bytes())[7..]);
    let manifest = format!(r#"[{{"Config":"{name}","RepoTags":null,"Layers":["id/layer.tar"]}}]"#);
    let archive = |link: &str| {
        let tar = Tar::default().entry("real.tar", b'0', "", &layer).file(&name, &config);
        tar.symlink("id/layer.tar", link).file("manifest.json", &manifest).end()
    };
    let scratch = Scratch::new();
    let good = scratch.write("good.tar", archive("../real.tar"));
    assert_eq!(scan("docker-archive", &good).unwrap().present, ["a.want=1", "b.want=2"]);
    for target in ["/real.tar", "../../real.tar", "layer.tar"] {
        let bad = scratch.write("bad.tar", archive(target));
        assert!(matches!(scan("docker-archive", &bad), Err(SourceError::Malformed { .. })), "{target}");
    }
    let twice = Tar(archive("../real.tar")[..].to_vec()).0;
    let doubled = [Tar::default().file("manifest.json", "[]").0, twice].concat();
    let doubled = scratch.write("doubled.tar", doubled);
    assert!(matches!(scan("docker-archive", &doubled), Err(SourceError::Malformed { .. })));
}

#[test]
fn bytes_that_are_not_the_promised_ones_are_refused() {
    let digests =
        |image: &Image| image.files.keys().filter(|name| name.starts_with("blobs/")).cloned().collect::<Vec<_>>();
    let image = Image::gzipped(&layers());
    for name in digests(&image) {
        let mut changed = Image::gzipped(&layers());
        let blob = changed.files.get_mut(&name).unwrap();
        let last = blob.len() - 1;
        blob[last] ^= 1;
        assert!(scan("oci-layout", &changed.layout().0).is_err(), "{name}");
        let scratch = Scratch::new();
        let stream_of = stream(&scratch.write("x.tar", changed.archive(false)));
        assert!(see(&*stream_of, &Budget::default()).is_err(), "{name} in a stream");
        let mut longer = Image::gzipped(&layers());
        longer.files.get_mut(&name).unwrap().push(0);
        assert!(scan("oci-layout", &longer.layout().0).is_err(), "{name}");
        let mut gone = Image::gzipped(&layers());
        gone.files.remove(&name);
        assert!(scan("oci-layout", &gone.layout().0).is_err(), "{name}");
    }
}

#[test]
fn diff_ids_count_and_are_compared() {
    let mut image = Image::gzipped(&layers());
    image.diff_ids[1] = sha256(b"other");
    image.rebuild("");
    assert!(matches!(scan("oci-layout", &image.layout().0), Err(SourceError::DigestMismatch { .. })));
    image.diff_ids.pop();
    image.rebuild("");
    assert!(matches!(scan("oci-layout", &image.layout().0), Err(SourceError::Malformed { .. })));
}

#[test]
fn two_readings_of_a_manifest_are_none() {
    for extra in [
        r#","manifests":[]"#,
        r#","mediaType":"application/vnd.oci.image.index.v1+json""#,
        r#","layers":[]"#,
        r#","fsLayers":[]"#,
    ] {
        let mut image = Image::gzipped(&layers());
        image.rebuild(extra);
        assert!(scan("oci-layout", &image.layout().0).is_err(), "{extra}");
    }
}

#[test]
fn digests_are_no_paths() {
    for digest in ["sha256:../../x", "md5:d41d8cd98f00b204e9800998ecf8427e", "SHA256:00", ""] {
        let mut image = Image::gzipped(&layers());
        image.layers[0] = format!(r#"{{"mediaType":"x","digest":"{digest}","size":1}}"#);
        image.rebuild("");
        assert!(matches!(scan("oci-layout", &image.layout().0), Err(SourceError::Malformed { .. })), "{digest}");
    }
}

/// Two platforms, an attestation, and a nested index with a third.
fn several() -> Scratch {
    let (mut files, mut listed) = (Vec::new(), Vec::new());
    for (architecture, content) in [("arm64", "arm"), ("amd64", "amd"), ("s390x", "z")] {
        let mut image = Image::gzipped(&[Tar::default().file("a.want", content).end()]);
        image.architecture = architecture.to_owned();
        image.rebuild("");
        let platform = format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}"#);
        listed.push(image.descriptor(&image.manifest_size().to_string(), &platform));
        files.push(image);
    }
    let nested = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, listed.pop().unwrap());
    let mut all = files.remove(0);
    for image in files {
        all.files.extend(image.files);
    }
    let digest = sha256(nested.as_bytes());
    all.files.insert(format!("blobs/{}", digest.replace(':', "/")), nested.clone().into_bytes());
    let index = "application/vnd.oci.image.index.v1+json";
    listed.push(format!(r#"{{"mediaType":"{index}","digest":"{digest}","size":{}}}"#, nested.len()));
    let unknown = r#""platform":{"os":"unknown","architecture":"unknown"}"#;
    listed.push(format!(r#"{{"mediaType":"{MANIFEST}","digest":"{}","size":1,{unknown}}}"#, sha256(b"")));
    all.index(&listed);
    all.layout()
}

#[test]
fn platforms_are_chosen() {
    let layout = several();
    let found = |platform| {
        let sources = open("oci-layout", &layout.0, &options(platform))?;
        sources.iter().map(|source| see(&**source, &Budget::default())).collect::<Result<Vec<_>, _>>()
    };
    let default = found(None).unwrap();
    assert_eq!(
        (default[0].present.clone(), default[0].codes.clone()),
        (vec!["a.want=amd".into()], vec![Code::OTHER_PLATFORM])
    );
    for (platform, content) in [("linux/arm64/v8", "arm"), ("linux/s390x", "z")] {
        let seen = found(Some(platform)).unwrap();
        assert_eq!(
            (seen.len(), seen[0].codes.len(), seen[0].present[0].as_str()),
            (1, 0, format!("a.want={content}").as_str())
        );
    }
    assert_eq!(found(Some("all")).unwrap().len(), 3);
    assert!(matches!(found(Some("windows/amd64")), Err(SourceError::Platform { .. })));
    assert!(matches!(found(Some("nonsense")), Err(SourceError::Reference { .. })));
    // The platform of a lone image is compared too.
    let lone = Image::gzipped(&layers()).layout();
    assert!(matches!(open("oci-layout", &lone.0, &options(Some("linux/arm64"))), Err(SourceError::Platform { .. })));
}

#[test]
fn layers_that_may_not_be_copied_may_be_missing() {
    let mut image = Image::gzipped(&layers());
    let url =
        format!(r#"{{"mediaType":"x","digest":"{}","size":9,"urls":["https://example.org"]}}"#, sha256(b"absent"));
    image.layers[0] = url;
    image.rebuild("");
    let seen = scan("oci-layout", &image.layout().0).unwrap();
    assert_eq!((seen.present, seen.codes), (vec!["a.want=3".to_owned()], vec![Code::UNREADABLE]));
}

#[test]
fn broken_layers_fail_the_image() {
    let whole = layers().remove(0);
    let noise: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let long = Tar::default().entry("x.want", b'0', "", &noise).end();
    for (stored, content) in [
        (gzip(&long)[..200_000].to_vec(), long.clone()),
        (long[..100_000].to_vec(), long[..100_000].to_vec()),
        (b"no tar file at all".to_vec(), b"no tar file at all".to_vec()),
        (gzip(&whole)[..40].to_vec(), whole.clone()),
    ] {
        let image = Image::new(&[(stored, content)]);
        let error = scan("oci-layout", &image.layout().0).unwrap_err();
        assert!(matches!(error, SourceError::Truncated { .. } | SourceError::Malformed { .. }), "{error}");
    }
}

#[test]
fn every_member_of_a_gzip_file_counts() {
    let layer = layers().remove(0);
    for cut in [512, 612, 1024] {
        let stored = [gzip(&layer[..cut]), gzip(&layer[cut..])].concat();
        let image = Image::new(&[(stored, layer.clone())]);
        assert_eq!(scan("oci-layout", &image.layout().0).unwrap().present, ["a.want=1", "b.want=2"]);
    }
}

#[test]
fn limits_are_said_and_what_was_read_is_kept() {
    let padded = Tar::default().file("a.want", "1").file("pad", &"0".repeat(3 << 20)).file("b.want", "2").end();
    let layout = Image::gzipped(&[padded]).layout();
    let see_with =
        |limits: Limits| see(&*open("", &layout.0, &options(None)).unwrap()[0], &Budget::new(limits)).unwrap();
    let mut limits = Limits::default();
    (limits.ratio_floor, limits.ratio) = (1000, 10);
    let seen = see_with(limits);
    assert_eq!((seen.present.len(), seen.codes), (2, vec![Code::HIGH_RATIO]));
    let mut limits = Limits::default();
    limits.total_bytes = 1 << 20;
    let seen = see_with(limits);
    assert_eq!((seen.present, seen.codes), (vec!["a.want=1".to_owned()], vec![Code::TOTAL_BYTES]));
    let mut limits = Limits::default();
    limits.entries = 2;
    let seen = see_with(limits);
    assert_eq!((seen.present, seen.codes), (vec!["a.want=1".to_owned()], vec![Code::TOO_MANY_ENTRIES]));
    let mut limits = Limits::default();
    limits.path_bytes = 5;
    let seen = see_with(limits);
    assert_eq!((seen.present.len(), seen.codes), (0, vec![Code::PATH_TOO_LONG; 2]));
}

#[test]
fn one_thread_and_many_see_the_same() {
    let layers: Vec<Vec<u8>> = (0..12)
        .map(|n| {
            Tar::default().file(&format!("{n}.want"), &n.to_string()).file("same.want", &"x".repeat(n * 1000)).end()
        })
        .collect();
    let layout = Image::gzipped(&layers).layout();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| scan("oci-layout", &layout.0).unwrap())
    };
    let one = with(1);
    assert_eq!((one.present.len(), one.gone.len()), (13, 11));
    assert!([2, 8].into_iter().all(|threads| with(threads) == one));
}

#[test]
fn what_is_no_image_says_what_was_looked_for() {
    let scratch = Scratch::new();
    let tar = scratch.write("x.tar", Tar::default().file("a", "1").end());
    let text = scratch.write("x.txt", "text");
    for scheme in ["docker-archive", "oci-archive"] {
        for path in [&tar, &text] {
            assert!(matches!(open(scheme, path, &options(None)), Err(SourceError::Unrecognised { .. })));
        }
    }
    assert!(matches!(open("oci-layout", &scratch.0, &options(None)), Err(SourceError::Unrecognised { .. })));
    assert!(see(&*stream(&text), &Budget::default()).is_err());
}
