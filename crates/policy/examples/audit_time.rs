//! How long an audit of 5,000 components takes, once advisories and document are loaded:
//! `cargo run --release -p plimsoll-policy --example audit_time [SNAPSHOT]`. Without a snapshot 20,000 advisories are made up.

use std::io::{self, Write as _};
use std::time::Instant;

use plimsoll_advisory::vex::VexBook;
use plimsoll_advisory::{Advisories, AdvisorySource, Snapshot, osv};
use plimsoll_model::Limits;
use plimsoll_policy::Exceptions;
use plimsoll_policy::audit::{AuditInput, audit};
use plimsoll_sbom::map;

const COMPONENTS: usize = 5_000;
const ADVISORIES: usize = 20_000;
const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source: Box<dyn AdvisorySource> = match std::env::args_os().nth(1) {
        Some(path) => Box::new(Snapshot::open(path)?),
        None => Box::new(made_up()),
    };
    let text = document();
    let document = map::document(&plimsoll_sbom::open(text.as_bytes(), &Limits::DEFAULT)?);
    let (vex, exceptions) = (VexBook::default(), Exceptions::none());
    let input = AuditInput {
        document: &document,
        artifact: None,
        names: Vec::new(),
        claim: "unsigned claim",
        advisories: &*source,
        vex: &vex,
        exceptions: &exceptions,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut times = Vec::with_capacity(RUNS);
    let mut found = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        found = audit(&input)?.rows.len();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    let first = times.first().copied().unwrap_or_default();
    times.sort_by(f64::total_cmp);
    let median = times.get(RUNS / 2).copied().unwrap_or_default();
    writeln!(
        io::stdout(),
        "{COMPONENTS} components, {found} findings: first {first:.1} ms, median of {RUNS} {median:.1} ms"
    )?;
    Ok(())
}

/// Packages of npm, PyPI, Maven and Debian.
fn document() -> String {
    let mut components = Vec::with_capacity(COMPONENTS);
    let (mut edges, mut roots) = (Vec::with_capacity(COMPONENTS), Vec::new());
    for at in 0..COMPONENTS {
        let purl = match at % 4 {
            0 => format!("pkg:npm/package-{at}@1.{}.0", at % 7),
            1 => format!("pkg:pypi/package-{at}@1.{}", at % 7),
            2 => format!("pkg:maven/org.example/package-{at}@1.{}.0", at % 7),
            _ => format!("pkg:deb/debian/package-{at}@1.{}-1?distro=debian-12", at % 7),
        };
        components
            .push(format!(r#"{{"type": "library", "bom-ref": "{at}", "name": "package-{at}", "purl": "{purl}"}}"#));
        // Ways of up to ten.
        if at % 10 > 0 {
            edges.push(format!(r#"{{"ref": "{}", "dependsOn": ["{at}"]}}"#, at.saturating_sub(1)));
        } else {
            roots.push(format!("\"{at}\""));
        }
    }
    format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {{"component": {{"type": "application", "bom-ref": "r",
        "name": "r"}}}}, "components": [{}], "dependencies": [{{"ref": "r", "dependsOn": [{}]}}, {}]}}"#,
        components.join(","),
        roots.join(","),
        edges.join(",")
    )
}

/// One advisory in ten is about a package that is there.
fn made_up() -> Advisories {
    Advisories::from_records((0..ADVISORIES).filter_map(|at| {
        let (ecosystem, name) = match at % 4 {
            0 => ("npm", format!("package-{}", at.wrapping_mul(10))),
            1 => ("PyPI", format!("package-{at}")),
            2 => ("Maven", format!("org.example:package-{at}")),
            _ => ("Debian:12", format!("package-{at}")),
        };
        let text = format!(
            r#"{{"id": "X-{at}", "aliases": ["CVE-2026-{at}"], "affected": [{{"package": {{"ecosystem": "{ecosystem}",
            "name": "{name}"}}, "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "1.3.0"}}]}}]}}]}}"#
        );
        osv::read("made up", text.as_bytes(), &Limits::DEFAULT).advisory
    }))
}
