//! The commands that give the same again.

use std::path::Path;

use plimsoll_policy::gate::{Decision, GateVerdict};

use super::page::Command;
use crate::args::ReportArguments;
use crate::commands::expected::quoted;
use crate::commands::gather::Grounds;
use crate::exit;

pub(super) fn commands(arguments: &ReportArguments, grounds: &Grounds, decision: &Decision) -> Vec<Command> {
    let rest = flags(arguments, grounds);
    let subject = quoted(&arguments.subject.to_string_lossy());
    let denied = decision.verdict == GateVerdict::Deny;
    let mut all = vec![Command {
        what: "The verdict",
        command: format!("plimsoll gate {subject} {rest}"),
        status: if denied { exit::NO } else { exit::DONE },
    }];
    all.push(Command {
        what: "This report",
        command: format!("plimsoll report {subject} {rest} --format json"),
        status: exit::DONE,
    });
    if let Some(path) = arguments.gather.policy.as_deref() {
        all.push(Command {
            what: "What the policy means",
            command: format!("plimsoll policy explain {}", file(path)),
            status: exit::DONE,
        });
    }
    all
}

/// The flags that say what was decided and from what, with the time that was taken.
fn flags(arguments: &ReportArguments, grounds: &Grounds) -> String {
    let gather = &arguments.gather;
    let mut words: Vec<String> = Vec::new();
    let mut add = |flag: &str, value: String| words.push(format!("{flag} {value}"));
    if let Some(path) = &gather.policy {
        add("--policy", file(path));
    }
    if let Some(path) = &gather.exceptions {
        add("--exceptions", file(path));
    }
    for (flag, files) in [
        ("--bundle", &gather.bundle),
        ("--sbom", &gather.sbom),
        ("--trusted-root", &gather.trusted_root),
        ("--vex", &gather.vex),
        ("--published", &gather.published),
    ] {
        files.iter().for_each(|path| add(flag, file(path)));
    }
    gather.names.iter().for_each(|name| add("--as", quoted(name)));
    gather.trust.iter().for_each(|name| add("--trust", quoted(name)));
    if let Some(path) = &gather.vex_dir {
        add("--vex-dir", file(path));
    }
    if let Some(path) = &gather.advisories.advisories {
        add("--advisories", file(path));
    }
    if let Some(days) = &gather.max_age {
        add("--max-age", days.to_string());
    }
    add("--at", grounds.settings.at.to_string());
    for (flag, given) in
        [("--scan", gather.scan), ("--no-tlog", gather.no_tlog), ("--allow-incomplete", gather.allow_incomplete)]
    {
        words.extend(given.then(|| flag.to_owned()));
    }
    words.join(" ")
}

fn file(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}
