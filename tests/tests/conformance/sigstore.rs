//! explore
use plimsoll_tests::{note, shared};
use plimsoll_verify::*;
use std::fs;

#[test]
fn explore() {
    let Some(root) = shared("conformance/slsa") else { return };
    let roots = [
        BuiltIn::PublicGood.trusted_root().unwrap(),
        BuiltIn::Staging.trusted_root().unwrap(),
        BuiltIn::GitHub.trusted_root().unwrap(),
    ];
    let mut files: Vec<_> = ["gh", "pypi", "sigstore-js-bundles", "slsa-verifier/npm/gha", "slsa-verifier"]
        .iter()
        .flat_map(|d| fs::read_dir(root.join(d)).unwrap())
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_file())
        .collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !(name.contains("json")
            || name.ends_with("attestation")
            || name.ends_with("sigstore")
            || name.ends_with("provenance"))
            || name.starts_with("trusted")
        {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let evidence = match read_evidence(&bytes, &name) {
            Ok(e) => e,
            Err(e) => {
                println!("{name}: UNREADABLE {e}");
                continue;
            }
        };
        for piece in &evidence {
            let i = piece.inspect();
            println!(
                "{}: {} {:?} cert={:?} key={:?} entries={:?}",
                piece.place(),
                piece.kind().name(),
                i.unreadable,
                i.certificate
                    .as_ref()
                    .map(|c| (c.claims.identity().map(str::to_owned), c.claims.get(Claim::Issuer).map(str::to_owned))),
                i.key_hint,
                i.entries
                    .iter()
                    .map(|e| format!("{} {} {} {}", e.kind, e.version, e.promise, e.proof))
                    .collect::<Vec<_>>()
            );
            let subject = match i
                .statement
                .as_ref()
                .map(|s| s.subjects()[0].digest.iter().next().map(|(a, h)| format!("{a}:{h}")).unwrap())
            {
                Some(d) => Subject::digest(&d).unwrap(),
                None => Subject::bytes(vec![]),
            };
            for root in &roots {
                let signer = SignerExpectation::Keyless {
                    identity: vec![Pattern::glob("**").unwrap()],
                    issuer: vec![],
                    claims: vec![],
                };
                let mut e = Expectation::new(signer, "2026-11-22T00:00:00Z".parse().unwrap());
                let o = verify(std::slice::from_ref(piece), &subject, &e, std::slice::from_ref(root));
                match o.refused().first() {
                    None => println!("    {} VERIFIED", root.name()),
                    Some(r) => println!("    {} {:?} {}", root.name(), r.code(), r.reason()),
                }
                e.log = LogRule::IgnoredInsecurely;
            }
        }
    }
    note("x");
}
