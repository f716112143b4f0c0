//! Help, explanations, lists, completions and the manual.

use insta::assert_snapshot;
use plimsoll_tests::TemporaryDirectory;
use serde_json::Value;

use crate::run::run_in;

fn run(arguments: &[&str]) -> plimsoll_tests::Outcome {
    run_in(&TemporaryDirectory::new(), arguments)
}

#[test]
fn help() {
    let outcome = run(&["--help"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    let commands = outcome.stdout.split("Options:").next().unwrap();
    assert_snapshot!(commands, @r"
    What is inside an artifact, where it came from, who vouches for it, and whether it may ship

    Usage: plimsoll [OPTIONS] <COMMAND>

    Commands:
      scan         Find what a directory, archive, image, disk or file holds, and write it as an SBOM
      sbom         Read, check, convert and compare bills of materials (CycloneDX, SPDX)
      purl         Read, explain, build and normalise package URLs (ECMA-427)
      inventory    Keep the SBOMs and attestations of everything that is built and runs, and say what is
                   in them
      find         Find the artifacts that contain something: a package, a version range, an advisory, a
                   file, a licence
      why          Say why something is in an artifact: the dependencies that lead to it, the shortest
                   way first
      audit        Say which known vulnerabilities and attacks the components of something have
      vex          Say which products a vulnerability affects, and read what others say (OpenVEX, CSAF,
                   CycloneDX)
      advisories   Keep advisories on this machine: fetch, carry, show them
      serve        Serve an inventory: web pages, and an API for programs
      sign         Sign artifacts, with the identity of this job or with a key
      attest       Sign a statement about artifacts: an SBOM, provenance, results of tests or scans
      verify       Check who vouches for an artifact: its signature or a statement about it
      vsa          Make and verify summaries of verifications (VSA of SLSA, SVR of in-toto)
      gate         Decide by a policy whether something may ship
      policy       Write and read policies: what artifacts have to be, and who may build them
      exceptions   Look at what somebody lets pass: whether it still counts, until when, and what is
                   wrong with it
      report       The auditor's file about one artifact: what was checked, what was not, and how to get
                   the same again
      provenance   Where software came from: make provenance, and prove it
      bundle       Look at evidence, and bring it into the current shape
      trust        Know whom to trust: instances of Sigstore, their authorities and logs
      keys         Make, take over and show keys
      referrers    List what refers to an image: signatures, SBOMs, attestations
      copy         Copy an image and what refers to it, between registries and OCI layouts
      airgap       Carry software to where there is no network: one signed folder
      compat       Take the commands of another tool: cosign, gh attestation, or slsa-verifier
      dev-stack    Run a private Sigstore on this machine, for tests and for trying things
      index        Make tables that `scan` can be given
      formats      List the formats that `scan` reads and what it keeps of each
      explain      Explain a code, such as PLM-E0103 or PLM-V0301; without one, list them all
      completions  Write a completion script for a shell to stdout
      man          Write the manual page, in roff, to stdout
    ");
}

#[test]
fn help_of_scan_names_every_flag() {
    let outcome = run(&["scan", "--help"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    for flag in [
        "--output",
        "--scope",
        "--platform",
        "--insecure-skip-digests",
        "--exclude",
        "--exclude-os-owned",
        "--no-classify",
        "--classifier-rules",
        "--files",
        "--strict",
        "--jobs",
        "--name",
        "--version",
        "--supplier",
        "--author",
        "--timestamp",
        "--max-total-bytes",
        "--max-member-bytes",
        "--max-ratio",
        "--max-nesting",
        "--max-entries",
        "--max-path-bytes",
        "--max-depth",
        "--max-yaml-nodes",
        "--quiet",
        "--verbose",
        "--color",
        "--log-format",
        "--offline",
    ] {
        let named = |end: &str| outcome.stdout.contains(&format!("{flag}{end}"));
        assert!(named(" ") || named("\n") || named("..."), "{flag}");
    }
}

#[test]
fn no_command_is_a_usage_error() {
    let outcome = run(&[]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
    assert!(outcome.stderr.contains("Usage: plimsoll"));
    assert_eq!(run(&["no-such-command"]).status, Some(2));
    assert_eq!(run(&["scan", "--no-such-flag", "."]).status, Some(2));
}

#[test]
fn version() {
    let outcome = run(&["--version"]);
    assert_eq!(outcome.stdout, format!("plimsoll {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn explain() {
    let outcome = run(&["explain", "plm-e0107"]);
    assert_eq!(outcome.status, Some(0));
    assert_snapshot!(outcome.stdout, @r"
    PLM-E0107 (error): A file ends too early.

    The file or archive ends before the format says that it should. What came before is kept.

    Effect: the result is incomplete; --strict exits with 4.
    What to do: Fetch the file again and compare its digest.
    ");
    let unknown = run(&["explain", "PLM-E9999"]);
    assert_eq!((unknown.status, unknown.stdout.as_str()), (Some(2), ""));
    assert_snapshot!(unknown.stderr, @r#"
    error: there is no code "PLM-E9999"
    hint: `plimsoll explain` lists all codes
    "#);
    let all = run(&["explain"]).stdout;
    assert!(all.lines().count() > 20 && all.lines().all(|line| line.starts_with("PLM-")), "{all}");
    let markdown = run(&["explain", "--format", "markdown"]).stdout;
    assert_eq!(markdown.lines().filter(|line| line.starts_with("## PLM-")).count(), all.lines().count());
}

#[test]
fn formats_agree_in_every_format() {
    let json: Value = serde_json::from_str(&run(&["formats", "--format", "json"]).stdout).unwrap();
    let ids: Vec<&str> =
        json["formats"].as_array().unwrap().iter().map(|format| format["id"].as_str().unwrap()).collect();
    assert!(ids.len() > 10 && ids.is_sorted(), "{ids:?}");
    let (text, markdown) = (run(&["formats"]).stdout, run(&["formats", "--format", "markdown"]).stdout);
    assert_eq!(text.lines().filter(|line| !line.starts_with(' ')).count(), ids.len());
    assert_eq!(markdown.lines().count(), ids.len() + 2);
    assert!(ids.iter().all(|id| text.contains(&format!("{id}: ")) && markdown.contains(&format!("| `{id}` |"))));
}

#[test]
fn completions_for_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = run(&["completions", shell]);
        assert_eq!(outcome.status, Some(0), "{shell}");
        assert!(outcome.stdout.contains("plimsoll") && outcome.stdout.contains("scan"), "{shell}");
    }
    assert_eq!(run(&["completions", "tcsh"]).status, Some(2));
}

#[test]
fn manual() {
    for arguments in [&["man"][..], &["man", "scan"]] {
        let outcome = run(arguments);
        assert_eq!(outcome.status, Some(0));
        assert!(outcome.stdout.contains(".TH") && outcome.stdout.contains(".SH SYNOPSIS"));
    }
    assert_eq!(run(&["man", "nonsense"]).status, Some(2));
}
