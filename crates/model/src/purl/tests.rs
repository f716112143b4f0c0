use super::*;
use proptest::prelude::*;

#[test]
fn canonical_forms() {
    for (text, want) in [
        ("pkg:npm/@scope/name@1.0.0", "pkg:npm/%40scope/name@1.0.0"),
        ("pkg:pypi/Django_thing@1+local", "pkg:pypi/django-thing@1%2Blocal"),
        (
            "pkg://deb/Debian/curl@7:8?distro=debian-12&arch=amd64",
            "pkg:deb/debian/curl@7:8?arch=amd64&distro=debian-12",
        ),
        ("PKG:maven/org.a/b@1?type=&classifier=x", "pkg:maven/org.a/b@1?classifier=x"),
        ("pkg:golang/github.com/Azure/x/v2@v2.0.0#sub/../dir", "pkg:golang/github.com/azure/x/v2@v2.0.0#sub/dir"),
    ] {
        assert_eq!(Purl::parse(text).unwrap().to_string(), want, "{text}");
    }
}

#[test]
fn refuses_what_is_not_a_purl() {
    for text in [
        "npm/x",
        "pkg:npm",
        "pkg:npm/",
        "pkg:n&g/x@1",
        "pkg:maven/b@1",
        "pkg:npm/x?1a=b",
        "pkg:npm/x?a=b&a=c",
        "pkg:npm/@1.0",
    ] {
        assert!(Purl::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_standard_is_stricter_than_we_are() {
    for (text, fault) in [
        ("pkg:gem/a@1?Platform=java", "Platform=java"),
        ("pkg:deb/curl@1", ""),
        ("pkg:deb/curl@1?arch=all&Distro=sid#x", ""),
    ] {
        assert!(Purl::parse(text).is_ok(), "{text}");
        let found = Purl::parse_strict(text).unwrap_err();
        assert_eq!(&text[found.range()], fault, "{text}: {found}");
    }
    // The standard's own keys are known in any case.
    assert!(Purl::parse_strict("pkg:maven/a/b@1?repositorY_url=x").is_ok());
}

#[test]
fn a_fault_knows_its_place() {
    for (text, at) in [
        ("npm/x", "npm"),
        ("gkp:npm/x", "gkp"),
        ("pkg:npm", "npm"),
        ("pkg:n&g/x@1", "n&g"),
        ("pkg:cargo/a/b@1", "a"),
        ("pkg:npm/x?1a=b", "1a=b"),
        ("pkg:npm/x?a=b&A=c", "A=c"),
        ("pkg:npm/x?novalue", "novalue"),
        ("pkg:npm/x@%ff#y", "%ff"),
        ("pkg:chrome-extension/abc@1", "abc"),
        ("pkg:julia/x?a=b#y", ""),
    ] {
        let fault = Purl::parse_strict(text).unwrap_err();
        assert_eq!(&text[fault.range()], at, "{text}: {fault}");
    }
    assert_eq!(Purl::parse_strict("pkg:julia/x?a=b#y").unwrap_err().range(), 15..15);
    assert_eq!(Purl::parse_strict("pkg:maven/b@1").unwrap_err().range(), 10..10);
}

#[test]
fn explains_each_part() {
    let explained = PurlExplanation::new("pkg:PyPI/Django_thing@1+a?Arch=&x=y/z#./d");
    let notes: Vec<String> = explained
        .parts
        .iter()
        .map(|note| format!("{} {}: {}", note.part.word(), note.written, note.notes.join("; ")))
        .collect();
    assert_eq!(
        notes,
        [
            "type PyPI: put in lower case, as all types are",
            "name Django_thing: spelled as the type says",
            "version 1+a: written 1%2Ba in canonical form",
            "qualifier Arch=: left out, as it is empty",
            "qualifier x=y/z: value written y%2Fz in canonical form",
            "subpath ./d: empty parts, . and .. are left out",
        ]
    );
    assert!(explained.fault.is_some() && explained.purl.is_some());
}

proptest! {
    #[test]
    fn any_text_is_explained(text in "(pkg:)?[ -~é]{0,40}") {
        let explained = PurlExplanation::new(&text);
        if let Some(fault) = explained.fault {
            prop_assert!(text.get(fault.range()).is_some());
        }
    }

    #[test]
    fn text_and_back(namespace in "[ -~]{0,12}", name in "[ -~é]{1,12}", version in "[ -~]{0,9}", value in "[ -~]{0,9}") {
        let purl = Purl::builder("generic", name).namespace(namespace).version(version).qualifier("k", value).build();
        if let Ok(purl) = purl {
            prop_assert_eq!(Purl::parse(&purl.to_string()), Ok(purl));
        }
    }
}
