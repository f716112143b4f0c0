use super::*;
use crate::document::{Completeness, Edge, EdgeEnd, EdgeKind, EdgeScope, ElementKind, Hash, Property, Sighting};

fn package(purl: &str) -> Element {
    let mut element = Element::new(ElementKind::Component("library".into()), purl, "x");
    element.purls = vec![purl.to_owned()];
    element
}

fn unnamed(kind: &str, name: &str, version: &str) -> Element {
    let mut element = Element::new(ElementKind::Component(kind.into()), name, name);
    element.version = Some(version.to_owned()).filter(|version| !version.is_empty());
    element
}

fn document(elements: Vec<Element>) -> Document {
    let mut document = Document::default();
    let root = document.push(unnamed("container", "app", "1"));
    document.roots.push(root);
    elements.into_iter().for_each(|element| {
        document.push(element);
    });
    document
}

fn source(elements: Vec<Element>) -> Source {
    Source { document: document(elements), layers: Vec::new(), unread: Vec::new() }
}

fn against(claimed: Vec<Element>, found: Vec<Element>) -> Check {
    check(&document(claimed), &source(found), &Context::default())
}

fn rows(check: &Check) -> Vec<(RowKind, String, Option<Reason>)> {
    check.rows().iter().map(|row| (row.kind, row.label().to_owned(), row.reason)).collect()
}

fn judgements(check: &Check) -> Vec<&'static str> {
    check.judgements().into_iter().map(Judgement::word).collect()
}

#[test]
fn true_stale_padded_trimmed_and_altered() {
    let found = || vec![package("pkg:npm/a@1.0.0"), package("pkg:deb/debian/b@1:2.0-1?arch=amd64&distro=debian-12")];
    let check = against(found(), found());
    assert_eq!(judgements(&check), ["true"]);
    assert_eq!(check.coverage(), Coverage { claimed: 2, found: 2, confirmed: 2, not_compared: 0 });
    let check = against(vec![package("pkg:npm/a@0.9.0"), package("pkg:deb/debian/b@2.0-1?epoch=1")], found());
    assert_eq!(judgements(&check), ["stale"]);
    assert_eq!(check.rows()[0].detail.as_deref(), Some("the source is newer"));
    let check = against([found(), vec![package("pkg:npm/c@1")]].concat(), found());
    assert_eq!(judgements(&check), ["padded"]);
    assert_eq!(rows(&check)[0], (RowKind::ClaimedOnly, "pkg:npm/c@1".into(), Some(Reason::Unexplained)));
    let check = against(vec![package("pkg:npm/a@1.0.0")], found());
    assert_eq!(judgements(&check), ["trimmed"]);
    let hashed = |value: &str| {
        let mut element = package("pkg:npm/a@1.0.0");
        element.hashes = vec![Hash { algorithm: "SHA-256".into(), value: value.into() }];
        element
    };
    let check = against(vec![hashed("AA")], vec![hashed("ab")]);
    assert_eq!(judgements(&check), ["altered"]);
    assert_eq!(check.rows()[0].detail.as_deref(), Some("SHA-256 aa, found ab"));
    assert_eq!(judgements(&against(vec![hashed("AB")], vec![hashed("ab")])), ["true"]);
}

#[test]
fn two_versions_of_one_package_are_two_components() {
    let both = vec![package("pkg:npm/a@1"), package("pkg:npm/a@2")];
    assert_eq!(judgements(&against(vec![package("pkg:npm/a@2")], both.clone())), ["trimmed"]);
    // Listed at several places it is still one.
    let twice = [both.clone(), both.clone()].concat();
    let check = against(twice, both);
    assert_eq!((judgements(&check), check.coverage().claimed), (vec!["true"], 2));
}

#[test]
fn what_is_claimed_only_has_its_reason() {
    let claim = |change: &dyn Fn(&mut Element)| {
        let mut element = package("pkg:npm/x@1");
        change(&mut element);
        element
    };
    let guess = Sighting {
        location: "opt/x".into(),
        line: None,
        offset: None,
        layer: None,
        technique: "filename".into(),
        confidence: 30,
        by: String::new(),
    };
    for (element, reason) in [
        (claim(&|_| {}), Reason::Unexplained),
        (claim(&|element| element.scope = Some("excluded".into())), Reason::NotRequired),
        (claim(&|element| element.is_external = Some(true)), Reason::External),
        (claim(&|element| element.sightings = vec![guess.clone()]), Reason::WeakClaim),
        (package("pkg:conan/zlib@1.3"), Reason::LeavesNoRecord),
        (package("pkg:oci/base@sha256:aa"), Reason::NotLookedFor),
        (unnamed("firmware", "bios", "1"), Reason::NotLookedFor),
        (unnamed("application", "package-lock.json", ""), Reason::NoIdentity),
        (unnamed("library", "x", "1"), Reason::Unexplained),
        (unnamed("application", "app", "1"), Reason::Subject),
        (package("pkg:npm/%40evil/a@1"), Reason::Unexplained),
        (package("pkg:pypi/a@1"), Reason::Unexplained),
    ] {
        let check = against(vec![package("pkg:npm/a@1"), element.clone()], vec![package("pkg:npm/a@1")]);
        let row = check.rows().iter().find(|row| row.kind == RowKind::ClaimedOnly).unwrap();
        assert_eq!(row.reason, Some(reason), "{}", row.label());
    }
}

#[test]
fn only_development_needs_it() {
    let mut claimed = document(vec![package("pkg:npm/a@1"), package("pkg:npm/b@1")]);
    let ends: Vec<EdgeEnd> = claimed.indexed().map(|(at, _)| EdgeEnd::Element(at)).collect();
    let scope = EdgeScope::Development;
    let (from, to) = (ends[1].clone(), ends[2].clone());
    claimed.edges.push(Edge { from, kind: EdgeKind::DependsOn, to, scope, comment: None });
    let check = check(&claimed, &source(vec![package("pkg:npm/a@1")]), &Context::default());
    assert_eq!(rows(&check)[0].2, Some(Reason::NotRequired));
    assert_eq!(judgements(&check), ["true"]);
}

#[test]
fn what_could_not_be_read_or_was_left_out_is_no_lie() {
    let mut held = source(Vec::new());
    let file = Some("app/package-lock.json".to_owned());
    held.unread = vec![Unread { file, code: "PLM-E0103", message: "not valid JSON".into() }];
    let mut placed = package("pkg:gem/y@1");
    placed.properties = vec![Property { name: "syft:location:0:path".into(), value: "/test/Gemfile.lock".into() }];
    let claimed = document(vec![package("pkg:npm/x@1"), placed, package("pkg:gem/z@1")]);
    let context = Context { excluded: &|path| path.starts_with("test/"), ..Context::default() };
    let check = check(&claimed, &held, &context);
    let reasons: Vec<_> = check.rows().iter().map(|row| (row.label(), row.reason.unwrap())).collect();
    assert_eq!(
        reasons,
        [("pkg:gem/y@1", Reason::Excluded), ("pkg:gem/z@1", Reason::Unexplained), ("pkg:npm/x@1", Reason::Unread)]
    );
}

#[test]
fn what_a_later_layer_removed() {
    let all = source(vec![package("pkg:npm/a@1")]);
    let context = Context { all_layers: Some(&all), ..Context::default() };
    let check = check(&document(vec![package("pkg:npm/a@1")]), &source(Vec::new()), &context);
    assert_eq!(rows(&check)[0].2, Some(Reason::RemovedByLayer));
}

#[test]
fn what_is_found_only_has_its_reason() {
    let mut dev = package("pkg:npm/x@1");
    dev.scope = Some("excluded".into());
    for (element, reason) in [
        (package("pkg:npm/x@1"), Reason::Unexplained),
        (dev, Reason::NotRequired),
        (unnamed("application", "web", "1"), Reason::NoPurl),
        (unnamed("application", "app", "1"), Reason::Subject),
    ] {
        let check = against(Vec::new(), vec![element]);
        assert_eq!(rows(&check)[0].2, Some(reason));
    }
    for (aggregate, judged) in
        [("incomplete_first_party_only", "true"), ("unknown", "trimmed"), ("complete", "trimmed")]
    {
        let mut claimed = document(Vec::new());
        let held = Completeness { aggregate: aggregate.into(), assemblies: Vec::new(), dependencies: Vec::new() };
        claimed.completeness.push(held);
        let check = check(&claimed, &source(vec![package("pkg:npm/x@1")]), &Context::default());
        assert_eq!(judgements(&check), [judged], "{aggregate}");
    }
}

#[test]
fn names_without_a_purl_and_guessed_groups() {
    let check = against(vec![unnamed("library", "org.acme:x", "1")], vec![package("pkg:maven/org.acme/x@1")]);
    assert_eq!(rows(&check), [(RowKind::Confirmed, "org.acme:x 1".into(), Some(Reason::ByName))]);
    let check = against(vec![package("pkg:maven/x@1")], vec![package("pkg:maven/org.acme/x@2")]);
    assert_eq!(judgements(&check), ["stale"]);
    let check = against(vec![package("pkg:maven/x/x@1")], vec![package("pkg:maven/org.acme/x@1")]);
    assert_eq!((judgements(&check), rows(&check)[0].2), (vec!["true"], Some(Reason::OtherName)));
    // Two packages are called so: which is meant is not known.
    let two = vec![package("pkg:npm/x@1"), package("pkg:pypi/x@1")];
    assert_eq!(rows(&against(vec![unnamed("library", "x", "2")], two)).len(), 3);
    let check = against(vec![package("pkg:npm/a")], vec![package("pkg:npm/a@1")]);
    assert_eq!(rows(&check)[0].2, Some(Reason::NoVersion));
    let system = |version: &str| vec![unnamed("operating-system", "debian", version)];
    assert_eq!(judgements(&against(system("12.15"), system("12"))), ["true"]);
    assert_eq!(judgements(&against(system("11"), system("12"))), ["stale"]);
}

#[test]
fn architectures_are_told_apart_where_both_sides_do() {
    let of = |arch: &str| package(&format!("pkg:deb/debian/libc6@2.36?arch={arch}"));
    let both = || vec![of("amd64"), of("i386")];
    assert_eq!(judgements(&against(vec![of("amd64")], both())), ["trimmed"]);
    assert_eq!(judgements(&against(both(), both())), ["true"]);
    assert_eq!(judgements(&against(vec![package("pkg:deb/debian/libc6@2.36")], both())), ["true"]);
}

#[test]
fn bindings() {
    let digest = |letter: &str| format!("sha256:{}", letter.repeat(64));
    let subject = |properties: &[(&str, String)], version: Option<String>| {
        let mut held = document(Vec::new());
        held.elements[0].version = version;
        let property = |(name, value): &(&str, String)| Property { name: (*name).to_owned(), value: value.clone() };
        held.elements[0].properties = properties.iter().map(property).collect();
        held
    };
    let image = Source {
        document: subject(
            &[("plimsoll:image:config-digest", digest("a")), ("plimsoll:image:manifest-digest", digest("b"))],
            None,
        ),
        layers: vec![digest("c"), digest("d")],
        unread: Vec::new(),
    };
    let trivy = "aquasecurity:trivy:ImageID";
    let layer = "aquasecurity:trivy:DiffID";
    for (claimed, binding) in [
        (subject(&[], None), Binding::Unbound),
        (subject(&[], Some(digest("b"))), Binding::Bound),
        (subject(&[], Some(digest("e"))), Binding::Contradicted),
        (subject(&[(trivy, digest("a"))], None), Binding::Bound),
        (subject(&[(trivy, digest("b"))], None), Binding::Bound),
        (subject(&[(trivy, digest("e"))], Some(digest("b"))), Binding::Contradicted),
        // The digest of the index, which the source does not tell.
        (
            subject(&[(trivy, digest("a")), ("aquasecurity:trivy:RepoDigest", format!("x@{}", digest("f")))], None),
            Binding::Bound,
        ),
        // Another image on the same base.
        (subject(&[(layer, digest("c"))], None), Binding::Unbound),
        (subject(&[(layer, digest("c")), (layer, digest("d"))], None), Binding::Bound),
        (subject(&[(layer, digest("c")), (layer, digest("e"))], None), Binding::Contradicted),
        (subject(&[(trivy, "sha256:short".into())], None), Binding::Unbound),
    ] {
        let check = check(&claimed, &image, &Context::default());
        assert_eq!(check.binding(), binding, "{:?}", check.digests());
    }
    // `docker save` makes a manifest that nobody else has.
    let saved = Source { document: subject(&[("plimsoll:image:config-digest", digest("a"))], None), ..image };
    let check = check(&subject(&[], Some(digest("e"))), &saved, &Context::default());
    assert_eq!((check.binding(), check.digests()[0].agrees), (Binding::Unbound, None));
}
