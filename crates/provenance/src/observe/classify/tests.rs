use super::*;

fn record(made: bool, input: bool) -> FileRecord {
    FileRecord { read: true, made, input, digest: input.then_some([7; 32]), ..FileRecord::default() }
}

/// A root directory with a source tree, a home, and the lists of a package of Debian.
fn machine(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("plimsoll-classify-{name}-{}", std::process::id()));
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    write("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib/x/libc.so.6\n/etc/ld.so.conf\n");
    write("var/lib/dpkg/info/python3.list", "/usr/lib/python3/os.py\n");
    write(
        "var/lib/dpkg/status",
        "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n\nPackage: python3\nVersion: 3.11\nArchitecture: all\n",
    );
    write(
        "work/Cargo.lock",
        "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n",
    );
    write("work/target/made", "x");
    write("work/node_modules/@s/n/package.json", "{\"name\":\"@s/n\",\"version\":\"1.2.3\"}");
    root.canonicalize().unwrap()
}

#[test]
fn every_file_gets_a_class() {
    let root = machine("classes");
    let environment = BTreeMap::from([("HOME".to_owned(), root.join("home").to_str().unwrap().to_owned())]);
    let places = Places { root: root.clone(), ..Places::of(&root.join("work"), &environment) };
    let input = record(false, true);
    let expected = [
        ("work/src/main.rs", input.clone(), Class::Source, None),
        ("work/target/made", record(true, false), Class::Output, None),
        ("work/target/gone", record(true, false), Class::Temporary, None),
        ("work/node_modules/@s/n/i.js", input.clone(), Class::Dependency, Some("pkg:npm/%40s/n@1.2.3")),
        ("home/.cargo/registry/src/i/a-1.0.0/lib.rs", input.clone(), Class::Dependency, Some("pkg:cargo/a@1.0.0")),
        ("home/.cargo/config.toml", input.clone(), Class::Configuration, None),
        ("home/.gitconfig", input.clone(), Class::Configuration, None),
        ("home/notes.txt", input.clone(), Class::Other, None),
        (
            "usr/lib/x/libc.so.6",
            input.clone(),
            Class::System,
            Some("pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12"),
        ),
        (
            "etc/ld.so.conf",
            input.clone(),
            Class::System,
            Some("pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12"),
        ),
        (
            "usr/lib/python3/__pycache__/os.cpython-311.pyc",
            input.clone(),
            Class::System,
            Some("pkg:deb/debian/python3@3.11?arch=all&distro=debian-12"),
        ),
        ("etc/passwd", input.clone(), Class::Host, None),
        ("usr/lib/gconv/gconv-modules.cache", input.clone(), Class::Host, None),
        ("usr/local/bin/tool", input.clone(), Class::Other, None),
    ];
    let mut trace = Trace::default();
    for (path, record, ..) in &expected {
        trace.files.insert(root.join(path), record.clone());
    }
    trace.files.insert("/proc/self/maps".into(), input.clone());
    trace.files.insert("pipe:[7]".into(), input);
    trace.files.insert(root.join("work/src"), FileRecord { kind: FileKind::Directory, ..FileRecord::default() });
    let inventory = Inventory::of(&trace, &places, &Source::default());
    for (path, _, class, package) in &expected {
        let file = &inventory.files[&root.join(path)];
        assert_eq!((file.class, file.package.as_deref()), (*class, *package), "{path}");
    }
    assert_eq!(inventory.files[Path::new("/proc/self/maps")].class, Class::Pseudo);
    assert_eq!(inventory.files[Path::new("pipe:[7]")].class, Class::Pseudo);
    assert_eq!(inventory.files[&root.join("work/src")].class, Class::Directory);
    assert_eq!(inventory.files.len(), trace.files.len());
    let group = &inventory.groups["pkg:cargo/a@1.0.0"];
    assert!(group.digest["sha256"].starts_with("e3b0c442") && group.files.contains_key("lib.rs"));
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn the_digest_of_files_is_that_of_sha256sum() {
    let line = format!("{}  a\n", "07".repeat(32));
    assert_eq!(manifest([("a", Some([7; 32]))].into_iter()), hex(&Sha256::digest(line)));
}
