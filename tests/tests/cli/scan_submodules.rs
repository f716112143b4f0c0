//! `plimsoll scan` of a working tree with submodules, as git itself makes it.

use std::process::Command;

use plimsoll_tests::{Outcome, TemporaryDirectory, note, plimsoll};
use serde_json::Value;

#[test]
fn a_submodule_has_the_commit_of_the_index() {
    let git = |directory: &std::path::Path, arguments: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always"];
        let mut command = Command::new("git");
        let output = command.args(identity).args(arguments).current_dir(directory).output();
        output.is_ok_and(|output| output.status.success())
    };
    let directory = TemporaryDirectory::new();
    directory.write("lib/README", "x");
    directory.write("project/README", "x");
    let (lib, project) = (directory.path().join("lib"), directory.path().join("project"));
    for place in [&lib, &project] {
        if !git(place, &["init", "-q"]) || !git(place, &["add", "."]) || !git(place, &["commit", "-q", "-m", "x"]) {
            note("git is not present");
            return;
        }
    }
    let commit = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(&lib).output().unwrap().stdout;
    let commit = String::from_utf8(commit).unwrap().trim().to_owned();
    assert!(git(&project, &["submodule", "add", "-q", lib.to_str().unwrap(), "libs/lib"]));
    // As a project on a server names it.
    directory.write(
        "project/.gitmodules",
        "[submodule \"libs/lib\"]\n\tpath = libs/lib\n\turl = https://github.com/acme/lib.git\n",
    );
    let outcome =
        Outcome::from(plimsoll(["scan", "dir:.", "-o", "cyclonedx-json"]).current_dir(&project).output().unwrap());
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let purls: Vec<&str> =
        document["components"].as_array().unwrap().iter().filter_map(|component| component["purl"].as_str()).collect();
    assert_eq!(purls, [format!("pkg:github/acme/lib@{commit}")]);
}
