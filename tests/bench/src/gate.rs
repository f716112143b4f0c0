//! How long a decision takes, from a cold start: an image in a layout, a signature, provenance and an SBOM of 5,000 components signed by
//! a key, and advisories that affect 200 of them.
//!
//! `cargo run --release -p plimsoll-bench -- gate [--binary FILE] [--components N] [--findings N] [--runs N]`. The binary is `PLIMSOLL_BIN`
//! or `target/release/plimsoll`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use plimsoll_tests::{Layout, TemporaryDirectory};

use crate::options::Arguments;

/// What the policy asks.
const POLICY: &str = "version = 1\n\n[roots.keys.release]\nfile = \"release.pub\"\n\n[signed_by]\nsigner = [{ key = \"release\" }]\n\n\
                      [packages]\ndeny = [{ match = \"pkg:npm/flatmap-stream\" }]\n";
/// What it asks of vulnerabilities, where the binary has the rule.
const VULNERABILITIES: &str = "\n[vulnerabilities]\nfail_on = [\"critical\"]\n";

pub(crate) fn run(arguments: &mut Arguments) -> Result<()> {
    let components = arguments.number("--components", 5_000)?;
    let findings = arguments.number("--findings", 200)?;
    let runs = arguments.number("--runs", 20)?;
    let binary =
        arguments.text("--binary")?.map(PathBuf::from).or_else(|| Some(std::env::var_os("PLIMSOLL_BIN")?.into()));
    let binary = binary.unwrap_or_else(|| plimsoll_tests::workspace().join("target/release/plimsoll"));
    let place = Place { directory: TemporaryDirectory::new(), binary: fs::canonicalize(&binary).context("no binary")? };
    let image = place.make(components, findings)?;
    let gate = [
        "gate",
        "oci-layout:layout",
        "--policy",
        "policy.toml",
        "--no-tlog",
        "--advisories",
        "a.snap",
        "--max-age",
        "0",
        "--bundle",
        "sbom.json",
        "--bundle",
        "signed.json",
        "--bundle",
        "built.json",
    ];
    let first = place.output(&gate)?;
    println!("{image}: {}", String::from_utf8_lossy(&first.stdout).lines().next().unwrap_or_default());
    if !matches!(first.status.code(), Some(0 | 1)) {
        bail!("{}", String::from_utf8_lossy(&first.stderr));
    }
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        place.output(&gate)?;
        times.push(start.elapsed());
    }
    times.sort();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default().as_millis();
    println!("| components | findings | runs | fastest ms | median ms | 95 % ms |\n|---|---|---|---|---|---|");
    println!("| {components} | {findings} | {runs} | {} | {} | {} |", at(0), at(50), at(95));
    Ok(())
}

struct Place {
    directory: TemporaryDirectory,
    binary: PathBuf,
}

impl Place {
    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn output(&self, words: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.binary);
        command.args(words).current_dir(self.path()).env_clear().env("PLIMSOLL_PASSWORD", "pw");
        Ok(command.output()?)
    }

    fn must(&self, words: &[&str]) -> Result<()> {
        let output = self.output(words)?;
        if !output.status.success() {
            bail!("{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Makes the image, what is said about it, and the advisories; gives its digest.
    fn make(&self, components: usize, findings: usize) -> Result<String> {
        let mut layout = Layout::default();
        let image = layout.image("amd64", &[&[("etc/os-release", b"ID=none\n")]]);
        fs::create_dir_all(self.path().join("layout"))?;
        layout.write(&self.path().join("layout"), &image);
        let mut listed = String::new();
        for number in 0..components {
            let comma = if number == 0 { "" } else { "," };
            write!(
                listed,
                "{comma}{{\"type\":\"library\",\"bom-ref\":\"c{number}\",\"name\":\"package-{number}\",\"version\":\"1.{number}.0\",\
                 \"purl\":\"pkg:npm/package-{number}@1.{number}.0\",\"licenses\":[{{\"license\":{{\"id\":\"MIT\"}}}}]}}"
            )?;
        }
        self.write(
            "image.cdx.json",
            &format!(
                "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"version\":1,\"metadata\":{{\"component\":{{\"type\":\"container\",\
                 \"bom-ref\":\"image\",\"name\":\"image\"}}}},\"components\":[{listed}]}}"
            ),
        )?;
        for number in 0..findings {
            self.write(
                &format!("records/GHSA-{number:04}.json"),
                &format!(
                    "{{\"schema_version\":\"1.7.0\",\"id\":\"GHSA-{number:04}\",\"modified\":\"2026-01-01T00:00:00Z\",\"summary\":\"a fault\",\
                     \"affected\":[{{\"package\":{{\"ecosystem\":\"npm\",\"name\":\"package-{number}\"}},\"ranges\":[{{\"type\":\"SEMVER\",\
                     \"events\":[{{\"introduced\":\"0\"}}]}}]}}]}}"
                ),
            )?;
        }
        self.write("policy.toml", &format!("{POLICY}{VULNERABILITIES}"))?;
        self.write("signed.predicate.json", "{}")?;
        self.write("built.predicate.json", "{\"result\":\"PASSED\"}")?;
        self.must(&["keys", "generate", "-o", "release"])?;
        self.must(&["advisories", "import", "records", "--advisories", "a.snap"])?;
        let by = ["--key", "release.key", "--no-tlog"];
        self.must(&[&["attest", &image, "--sbom", "image.cdx.json", "--bundle", "sbom.json"], &by[..]].concat())?;
        let signed = "https://sigstore.dev/cosign/sign/v1";
        for (kind, name) in [(signed, "signed"), ("test-result", "built")] {
            let (predicate, bundle) = (format!("{name}.predicate.json"), format!("{name}.json"));
            let words = ["attest", &image, "--type", kind, "--predicate", &predicate, "--bundle", &bundle];
            self.must(&[&words[..], &by[..]].concat())?;
        }
        Ok(image)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path().join(name);
        path.parent().map(fs::create_dir_all).transpose()?;
        Ok(fs::write(path, text)?)
    }
}
