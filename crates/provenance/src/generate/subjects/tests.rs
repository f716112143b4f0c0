use super::*;

/// A folder that ends with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("plimsoll-subjects-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&root));
        for (path, content) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self(root)
    }

    fn at(&self, path: &str) -> String {
        self.0.join(path).to_str().unwrap().to_owned()
    }

    fn names(&self, patterns: &[&str]) -> Vec<String> {
        let artifacts: Vec<Artifact> =
            patterns.iter().flat_map(|pattern| Artifact::files(&self.at(pattern)).unwrap()).collect();
        Subjects::read(&artifacts).unwrap().into_iter().map(|subject| subject.name).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn patterns_name_files_sorted_and_once() {
    let folder =
        Folder::new("sorted", &[("dist/b.whl", "b"), ("dist/a.whl", "a"), ("dist/sub/c.whl", "c"), ("x", "x")]);
    assert_eq!(folder.names(&["dist/*.whl", "dist/a.whl"]), ["a.whl", "b.whl"]);
    assert_eq!(folder.names(&["dist/**/*.whl"]), ["a.whl", "b.whl", "c.whl"]);
    assert_eq!(folder.names(&["dist/{a,b}.whl", "x"]), ["a.whl", "b.whl", "x"]);
}

#[test]
fn a_file_is_hashed_once_for_both_digests() {
    let folder = Folder::new("digests", &[("empty", "")]);
    let subjects = Subjects::read(&Artifact::files(&folder.at("empty")).unwrap()).unwrap();
    let [subject] = subjects.as_slice() else { panic!("{subjects:?}") };
    assert_eq!(subject.digest["sha256"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(subject.digest["sha512"].len(), 128);
    assert_eq!(subject.digest.len(), 2);
}

#[test]
fn files_of_one_name_keep_their_folders_unless_they_are_the_same() {
    let folder = Folder::new("twice", &[("linux/app", "l"), ("macos/app", "m"), ("one/same", "s"), ("two/same", "s")]);
    let names = folder.names(&["*/app", "*/same"]);
    assert_eq!(names.len(), 3);
    assert!(names.iter().any(|name| name.ends_with("linux/app")) && names.contains(&"same".to_owned()), "{names:?}");
}

#[test]
fn what_matches_nothing_is_an_error() {
    let folder = Folder::new("nothing", &[("a", "")]);
    assert!(matches!(Artifact::files(&folder.at("*.whl")), Err(GenerateError::NoMatch { .. })));
    assert!(matches!(Artifact::files(&folder.at("gone/*.whl")), Err(GenerateError::NoMatch { .. })));
    assert!(matches!(Artifact::files(&folder.at("b")), Err(GenerateError::Read { .. })));
    assert!(matches!(Artifact::files(&folder.at("")), Err(GenerateError::Pattern { .. })));
    assert!(matches!(Artifact::files(&folder.at("[")), Err(GenerateError::Pattern { .. })));
    assert!(matches!(Subjects::read(&[]), Err(GenerateError::NoSubject)));
}

#[test]
fn a_name_that_looks_like_a_pattern_is_a_name_where_it_is_there() {
    let folder = Folder::new("literal", &[("a[1].txt", "x"), ("a1.txt", "y")]);
    assert_eq!(folder.names(&["a[1].txt"]), ["a[1].txt"]);
}

#[test]
fn digests_are_taken_as_they_are() {
    let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let named = Artifact::digest(&format!("ghcr.io/acme/app@sha256:{hex}")).unwrap();
    assert_eq!(
        named,
        Artifact::Digest { name: "ghcr.io/acme/app".into(), digest: [("sha256".into(), hex.into())].into() }
    );
    assert!(Artifact::digest(&format!("sha256:{hex}")).is_ok());
    for bad in ["", "x", "x@", "x@sha256:00", "x@md5:d41d8cd98f00b204e9800998ecf8427e"] {
        assert!(Artifact::digest(bad).is_err(), "{bad}");
    }
    let other = Artifact::digest(&format!("ghcr.io/acme/app@sha256:{}", hex.replace('e', "f"))).unwrap();
    assert!(matches!(Subjects::read(&[named, other]), Err(GenerateError::Twice { .. })));
}

#[test]
fn more_than_a_statement_can_hold_is_refused_before_it_is_read() {
    let many: Vec<Artifact> =
        (0..=MAX_SUBJECTS).map(|number| Artifact::File(format!("/nowhere/{number}").into())).collect();
    assert!(matches!(Subjects::read(&many), Err(GenerateError::TooMany { count, .. }) if count == MAX_SUBJECTS + 1));
}
