//! The bundles of the shared suites, each with what it is verified against.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_tests::shared;
use plimsoll_verify::{
    BuiltIn, Expectation, Outcome, Pattern, PublicKey, SignerExpectation, Subject, TrustedRoot, read_evidence, verify,
};

/// Who signed the bundles of the conformance suite.
const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
/// When everything is verified.
pub(crate) const NOW: &str = "2026-11-22T00:00:00Z";

/// A bundle, and what it is verified against.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) subject: Subject,
    pub(crate) expectation: Expectation,
    pub(crate) roots: &'static [TrustedRoot],
}

impl Case {
    /// Verifies other bytes as if they were this bundle.
    pub(crate) fn verify(&self, bytes: &[u8]) -> Result<Outcome, String> {
        let evidence = read_evidence(bytes, &self.name).map_err(|error| error.to_string())?;
        Ok(verify(&evidence, &self.subject, &self.expectation, self.roots))
    }

    /// The same, in pieces.
    pub(crate) fn verify_in_pieces(&self, bytes: &[u8]) -> Result<Outcome, String> {
        let evidence = read_evidence(bytes, &self.name).map_err(|error| error.to_string())?;
        let pieces: Vec<_> = evidence.iter().map(plimsoll_verify::Evidence::in_pieces).collect();
        Ok(verify(&pieces, &self.subject, &self.expectation, self.roots))
    }

    /// Whether the bundle as it is holds.
    pub(crate) fn is_valid(&self) -> bool {
        self.verify(&self.bytes).is_ok_and(|outcome| outcome.is_verified())
    }
}

pub(crate) fn expect(signer: SignerExpectation) -> Expectation {
    Expectation::new(signer, NOW.parse::<Timestamp>().unwrap())
}

/// Anybody, for suites that are not about who signed.
pub(crate) fn anybody() -> SignerExpectation {
    SignerExpectation::Keyless { identity: vec![Pattern::regex(".+").unwrap()], issuer: Vec::new(), claims: Vec::new() }
}

fn leak(roots: Vec<TrustedRoot>) -> &'static [TrustedRoot] {
    Vec::leak(roots)
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The suite of sigstore-conformance: each case with the artifact and with its digest. `None` where it is absent.
pub(crate) fn conformance() -> Option<Vec<(Case, bool)>> {
    let folder = shared("conformance/sigstore")?;
    let text = |path: PathBuf, otherwise: &str| {
        fs::read_to_string(path).map_or_else(|_| otherwise.to_owned(), |text| text.trim().to_owned())
    };
    let public_good = leak(vec![BuiltIn::PublicGood.trusted_root().unwrap()]);
    let mut cases = Vec::new();
    for case in sorted(&folder) {
        let Ok(bytes) = fs::read(case.join("bundle.sigstore.json")) else { continue };
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let artifact = fs::read(case.join("artifact")).or_else(|_| fs::read(folder.join("a.txt"))).unwrap();
        let signer = match fs::read_to_string(case.join("key.pub")) {
            // A key that is none refuses everything.
            Ok(pem) => SignerExpectation::Keys(PublicKey::from_pem(&pem).into_iter().collect()),
            Err(_) => SignerExpectation::Keyless {
                identity: vec![Pattern::exact(text(case.join("identity"), IDENTITY))],
                issuer: vec![Pattern::exact(text(case.join("issuer"), ISSUER))],
                claims: Vec::new(),
            },
        };
        let roots = match fs::read_to_string(case.join("trusted_root.json")) {
            // A trusted root that is none refuses everything.
            Ok(json) => leak(TrustedRoot::parse(&name, &json, None).into_iter().collect()),
            Err(_) => public_good,
        };
        let whole = Subject::bytes(artifact);
        let digest = Subject::digest(&whole.to_string()).unwrap();
        for (how, subject) in [("path", whole), ("digest", digest)] {
            let (name, expectation) = (format!("{name} [{how}]"), expect(signer.clone()));
            let must_fail = case.to_string_lossy().ends_with("_fail");
            cases.push((Case { name, bytes: bytes.clone(), subject, expectation, roots }, must_fail));
        }
    }
    Some(cases)
}

/// Bundles of other suites, whoever signed them and whatever they are about. `None` where they are absent.
pub(crate) fn slsa() -> Option<Vec<Case>> {
    let folder = shared("conformance/slsa")?;
    let mut roots: Vec<TrustedRoot> = BuiltIn::ALL.iter().map(|(root, _)| root.trusted_root().unwrap()).collect();
    if let Ok(json) = fs::read_to_string(folder.join("gh/trusted_root.json")) {
        roots.extend(TrustedRoot::parse("gh", &json, None).ok());
    }
    let roots = leak(roots);
    let mut paths = Vec::new();
    let mut open: Vec<PathBuf> =
        ["gh", "pypi", "sigstore-js-bundles", "slsa-verifier"].map(|part| folder.join(part)).into();
    while let Some(next) = open.pop() {
        if next.is_dir() { open.extend(sorted(&next)) } else { paths.push(next) }
    }
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let Ok(bytes) = fs::read(&path) else { continue };
        if bytes.len() > 1 << 20 || !bytes.windows(20).any(|window| window == b"verificationMaterial") {
            continue;
        }
        let place = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        for (number, line) in bytes.split(|byte| *byte == b'\n').chain([bytes.as_slice()]).enumerate() {
            if !line.trim_ascii().starts_with(b"{") || !line.trim_ascii().ends_with(b"}") {
                continue;
            }
            let Ok(evidence) = read_evidence(line, &place) else { continue };
            let [piece] = evidence.as_slice() else { continue };
            let Some(subject) = subject(piece, &path) else { continue };
            let name = format!("{place}:{number}");
            cases.push(Case { name, bytes: line.to_vec(), subject, expectation: expect(anybody()), roots });
        }
    }
    cases.dedup_by(|one, other| one.bytes == other.bytes);
    Some(cases)
}

/// What a bundle says it is about, or the artifact beside it.
fn subject(piece: &plimsoll_verify::Evidence, path: &Path) -> Option<Subject> {
    let Some(statement) = piece.unverified_statement() else {
        return fs::read(path.with_extension("")).ok().map(Subject::bytes);
    };
    let digests = statement.subjects().iter().flat_map(|subject| &subject.digest);
    digests
        .filter(|(algorithm, _)| ["sha256", "sha384", "sha512"].contains(&algorithm.as_str()))
        .find_map(|(algorithm, hex)| Subject::digest(&format!("{algorithm}:{hex}")).ok())
}
