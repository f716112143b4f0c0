use super::*;

fn package(line: &str) -> Package<'_> {
    match parse(line) {
        Entry::Package(package) => package,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn pins_and_ranges() {
    assert_eq!(package("Flask ==2.0.0").version, Some("2.0.0"));
    assert_eq!(package("Jinja2==3.0.0#comment").version, Some("3.0.0"));
    assert_eq!(package("mypy==v0.770").version, Some("0.770"));
    assert_eq!(package("x===1.0-special").version, Some("1.0-special"));
    let wildcard = package("python-gitlab==2.0.*");
    assert_eq!((wildcard.version, wildcard.range), (None, Some("==2.0.*")));
    let bare = package("pandas");
    assert_eq!((bare.version, bare.range), (None, None));
    assert_eq!(package("pyjwt==1.*,>=1.2").range, Some("==1.*,>=1.2"));
    assert!(matches!(parse("django==4.*.1"), Entry::Malformed(_)));
    assert!(matches!(parse("django==5.*.*"), Entry::Malformed(_)));
    assert!(matches!(parse(">=1.0.0"), Entry::Malformed(_)));
}

#[test]
fn extras_markers_and_hashes() {
    let found = package("celery[redis, pytest]==4.4.7 ; python_version < '3.8' --hash=sha256:00 --hash sha512:11");
    assert_eq!(found.extras, ["redis", "pytest"]);
    assert_eq!(found.marker, Some("python_version < '3.8'"));
    assert_eq!(found.hashes, [("sha256", "00"), ("sha512", "11")]);
}

#[test]
fn places() {
    let git = package("-e git+ssh://git@example.com/a/b.git@v1.2#egg=thing[x]&subdirectory=py");
    assert!(git.editable);
    assert_eq!((git.name, git.extras.as_slice()), ("thing", ["x"].as_slice()));
    let want =
        Vcs { tool: "git", url: "ssh://git@example.com/a/b.git", revision: Some("v1.2"), subdirectory: Some("py") };
    assert_eq!(git.origin, Origin::Vcs(want));
    let direct = package("thing @ git+https://example.com/a/b@0a1b ; os_name == 'nt'");
    assert_eq!((direct.name, direct.marker), ("thing", Some("os_name == 'nt'")));
    let wheel = package("https://example.com/w/foo-1.5-py3-none-any.whl#sha256=ab");
    assert_eq!(
        (wheel.name, wheel.version, wheel.hashes.as_slice()),
        ("foo", Some("1.5"), [("sha256", "ab")].as_slice())
    );
    let local = package("./libs/tides[fast]");
    assert_eq!((local.name, local.origin), ("tides", Origin::Local("./libs/tides")));
    assert_eq!(package("pip @ file:///opt/pip-1.0.tar.gz").version, Some("1.0"));
}

#[test]
fn options() {
    assert_eq!(parse("-r base.txt"), Entry::Include { path: "base.txt", constraint: false });
    assert_eq!(parse("-rbase.txt"), Entry::Include { path: "base.txt", constraint: false });
    assert_eq!(parse("--constraint=../c.txt"), Entry::Include { path: "../c.txt", constraint: true });
    assert_eq!(parse("-i https://example.com/simple"), Entry::Index("https://example.com/simple"));
    assert_eq!(parse("--require-hashes"), Entry::Nothing);
    assert_eq!(parse("--pre"), Entry::Nothing);
}
