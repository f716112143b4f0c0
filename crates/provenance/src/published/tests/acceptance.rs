//! Fifty components, all six statuses, one of them signed by somebody new.

use std::time::{Duration, Instant};

use serde_json::json;

use super::evidence::*;
use super::loopback::{Loopback, Reply};
use super::*;

/// What registries serve about fifty components, and the SBOM that names them.
fn fifty(npm: &Npm, moved: &str) -> (Table, Vec<serde_json::Value>) {
    let mut table = Table::default().with("npm /-/npm/v1/keys", npm.keys());
    let mut components = Vec::new();
    for number in 0..20 {
        let (name, content) = (format!("good-{number}"), format!("good {number}"));
        let repository = if number == 7 { moved.to_owned() } else { "acme/good".to_owned() };
        let request = format!("npm /-/npm/v1/attestations/{name}@1.0.0");
        table = table.with(&request, npm.answer(&repository, &name, "1.0.0", content.as_bytes()));
        let digest = sha512(content.as_bytes());
        components.push(component(&format!("pkg:npm/{name}@1.0.0"), &[("SHA-512", &digest)]));
    }
    for number in 0..10 {
        let (name, content) = (format!("app-{number}"), format!("wheel {number}"));
        let file = format!("app_{number}-1.0-py3-none-any.whl");
        let release = json!({ "urls": [{ "filename": file, "digests": { "sha256": sha256(content.as_bytes()) } }] });
        let statement = attested("acme/python", PYPI, &file, content.as_bytes());
        table = table
            .with(&format!("pypi /pypi/{name}/1.0/json"), release.to_string())
            .with(&format!("pypi /integrity/{name}/1.0/{file}/provenance"), pep740(&[statement]));
        let digest = sha256(content.as_bytes());
        components.push(component(&format!("pkg:pypi/{name}@1.0"), &[("SHA-256", &digest)]));
    }
    for number in 0..8 {
        let (name, content) = (format!("gem-{number}"), format!("gem {number}"));
        let bundle = attested("acme/gems", SLSA, &format!("{name}-1.0.gem"), content.as_bytes());
        table = table.with(&format!("gem /api/v1/attestations/{name}-1.0.json"), gem(bundle));
        let digest = sha256(content.as_bytes());
        components.push(component(&format!("pkg:gem/{name}@1.0"), &[("SHA-256", &digest)]));
    }
    // Another artifact than the one that the SBOM names.
    table = table.with("npm /-/npm/v1/attestations/evil@1.0.0", npm.answer("acme/evil", "evil", "1.0.0", b"other"));
    components.push(component("pkg:npm/evil@1.0.0", &[("SHA-512", &sha512(b"evil"))]));
    table = table.failing("npm /-/npm/v1/attestations/down@1.0.0", 503);
    components.push(component("pkg:npm/down@1.0.0", &[("SHA-512", &sha512(b"down"))]));
    for number in 0..8 {
        let answer = json!({ "version": { "checksum": sha256(b"x"), "trustpub_data": null } });
        table = table.with(&format!("cargo /api/v1/crates/crate-{number}/1.0.0"), answer.to_string());
        components.push(component(&format!("pkg:cargo/crate-{number}@1.0.0"), &[("SHA-256", &sha256(b"x"))]));
    }
    components.push(component("pkg:golang/example.com/a@v1.0.0", &[]));
    components.push(component("pkg:deb/debian/bash@5.2", &[]));
    (table, components)
}

#[test]
fn fifty_components_in_a_second() {
    let npm = Npm::new();
    let (before, components) = fifty(&npm, "acme/good");
    let list = sbom(&components);
    let mut setting = Setting::new(&stack().trusted_root_json());
    let expect = |purl: &str, repository: &str| {
        DependencyExpectation::new(purl, Some(&format!("github.com/{repository}")), Some(&issuer()), None, "policy")
            .unwrap()
    };
    setting.expectations = vec![expect("pkg:pypi/*", "acme/python"), expect("pkg:gem/gem-0", "acme/other")];
    let mut lock = Lock::default();
    let npm_only = ["npm"].map(|name| Service::named(name).unwrap()).into();
    setting.only = npm_only;
    lock.update(&setting.check(&list, &before), &BTreeSet::new());
    setting.only = BTreeSet::new();
    assert_eq!(lock.len(), 20);
    setting.lock = Some(lock);

    let (after, _) = fifty(&npm, "evil/good");
    let start = Instant::now();
    let report = setting.check(&list, &after);
    let took = start.elapsed();
    let counts: Vec<(&str, usize)> = Status::ALL.iter().map(|status| (status.name(), report.count(*status))).collect();
    assert_eq!(
        counts,
        [
            ("invalid", 1),
            ("unexpected-identity", 2),
            ("unreachable", 1),
            ("none", 8),
            ("unpinned", 7),
            ("verified", 29)
        ]
    );
    let counts = report.counts();
    assert_eq!((counts.components, counts.known, counts.not_applicable, counts.failing), (50, 48, 2, 3));
    let changed = report.rows.iter().find(|row| row.purl == "pkg:npm/good-7@1.0.0").unwrap();
    assert_eq!((changed.status, changed.expected_by.clone()), (Status::UnexpectedIdentity, Some(ExpectedBy::Lock)));
    assert!(took < Duration::from_secs(1), "{took:?}");

    // One worker or many, a table or a server: the same report.
    let text = format!("{report:?}");
    let one = check(&list, &after, &CheckOptions { workers: 1, ..setting.options() });
    let statuses = |report: &Report| report.rows.iter().map(|row| (row.purl.clone(), row.status)).collect::<Vec<_>>();
    assert_eq!(statuses(&one), statuses(&report), "{text}");
    let server = Loopback::start(move |path| serve(&after, path));
    let fetch = server.fetch(|options| {
        options.network.retries = 0;
        options.registries.set(Service::RubyGems, &server.url).unwrap();
    });
    assert_eq!(statuses(&setting.check(&list, &fetch)), statuses(&report));
}

/// The table as a server.
fn serve(table: &Table, path: &str) -> Reply {
    let services = ["npm", "pypi", "gem", "cargo"];
    match services.iter().find_map(|service| table.answers.get(&format!("{service} {path}"))) {
        Some(Ok(body)) => Reply::json(body.clone()),
        Some(Err(status)) => Reply::new(*status, "text/plain", ""),
        None => Reply::new(404, "text/plain", ""),
    }
}
