//! Measures verification: bundles a second on one core, and one bundle in a process of its own.
//!
//! `cargo run --release -p plimsoll-tests --example verify -- [BUNDLES]` verifies that many bundles of each kind of the shared
//! suite in one call and prints a Markdown table: CPU time of the whole process, so that other work on the machine does not
//! count. Linux only: it reads `/proc`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use plimsoll_tests::shared;
use plimsoll_verify::{
    BuiltIn, Evidence, Expectation, Pattern, SignerExpectation, Subject, TrustedRoot, read_evidence, verify,
};

/// The kinds: a case of the suite, and what it is.
const KINDS: &[(&str, &str)] = &[
    ("happy-path-v0.3", "signature, Rekor v1 with promise and proof"),
    ("happy-path-intoto-in-dsse-v3", "statement, Rekor v1 with promise and proof"),
    ("rekor2-happy-path", "signature, Rekor v2 and timestamp"),
    ("rekor2-dsse-happy-path", "statement, Rekor v2 and timestamp"),
];

const BUNDLES: usize = 10_000;
/// Processes of which the fastest counts.
const COLD: usize = 10;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, case] = arguments.as_slice()
        && word == "cold"
    {
        let case = Case::read(Path::new(case))?;
        case.verify(&case.evidence()?)?;
        writeln!(io::stdout(), "{} {}", cpu_seconds()?, peak_megabytes()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let count = arguments.first().map_or(Ok(BUNDLES), |text| text.parse())?;
    let folder = shared("conformance/sigstore").context("the shared suite is not present")?;
    let mut out = io::stdout().lock();
    writeln!(out, "| bundle | read and verified, per second and core | verified alone | one process: CPU ms | MB |")?;
    writeln!(out, "|---|---|---|---|---|")?;
    for (name, told) in KINDS {
        let path = folder.join(name);
        let case = Case::read(&path)?;
        let one = case.evidence()?;
        let before = cpu_seconds()?;
        let mut evidence = Vec::with_capacity(count);
        for _ in 0..count {
            evidence.extend(case.evidence()?);
        }
        let between = cpu_seconds()?;
        case.verify(&evidence)?;
        let after = cpu_seconds()?;
        drop((evidence, one));
        let cold: Vec<(f64, f64)> = (0..COLD).map(|_| cold(&path)).collect::<Result<_>>()?;
        let least = |of: fn(&(f64, f64)) -> f64| cold.iter().map(of).fold(f64::INFINITY, f64::min);
        writeln!(
            out,
            "| {told} | {:.0} | {:.0} | {:.0} | {:.0} |",
            count as f64 / (after - before),
            count as f64 / (after - between),
            least(|one| one.0) * 1000.0,
            least(|one| one.1)
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Case {
    bytes: Vec<u8>,
    subject: Subject,
    expectation: Expectation,
    root: TrustedRoot,
}

impl Case {
    fn read(path: &Path) -> Result<Self> {
        let root = match fs::read_to_string(path.join("trusted_root.json")) {
            Ok(json) => TrustedRoot::parse("suite", &json, None)?,
            Err(_) => BuiltIn::PublicGood.trusted_root()?,
        };
        let artifact = fs::read(path.join("artifact")).or_else(|_| fs::read(path.with_file_name("a.txt")))?;
        let signer = SignerExpectation::Keyless {
            identity: vec![Pattern::regex("https://github.com/.*")?],
            issuer: vec![Pattern::exact("https://token.actions.githubusercontent.com")],
            claims: Vec::new(),
        };
        Ok(Self {
            bytes: fs::read(path.join("bundle.sigstore.json"))?,
            subject: Subject::bytes(artifact),
            expectation: Expectation::new(signer, "2026-11-22T00:00:00Z".parse()?),
            root,
        })
    }

    fn evidence(&self) -> Result<Vec<Evidence>> {
        Ok(read_evidence(&self.bytes, "bundle")?)
    }

    fn verify(&self, evidence: &[Evidence]) -> Result<()> {
        let outcome = verify(evidence, &self.subject, &self.expectation, std::slice::from_ref(&self.root));
        if outcome.verified().len() != evidence.len() {
            bail!("not all are verified: {:?}", outcome.refused().first());
        }
        Ok(())
    }
}

/// One bundle in a process of its own: seconds of CPU and megabytes.
fn cold(path: &Path) -> Result<(f64, f64)> {
    let done = Command::new(std::env::current_exe()?).arg("cold").arg(path).output()?;
    let text = String::from_utf8(done.stdout)?;
    let (seconds, megabytes) = text.trim().split_once(' ').context("the process said nothing")?;
    Ok((seconds.parse()?, megabytes.parse()?))
}

/// CPU time of all threads of this process, those that ended too.
fn cpu_seconds() -> Result<f64> {
    // The first field of the scheduler's statistics is nanoseconds on the processor, of one thread each.
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().context("no time")?.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}

fn peak_megabytes() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<f64>()? / 1000.0)
}
