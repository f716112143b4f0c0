//! One file a command: arguments in, one library call, output out.

mod advisories;
mod airgap;
mod attest;
mod audit;
mod bundle;
mod compat;
mod conformance;
mod copy;
mod dev_stack;
mod evidence;
mod exceptions;
mod expected;
mod explain;
mod find;
mod formats;
mod gate;
mod gather;
mod index;
mod inventory;
mod keys;
mod listed;
mod manual;
mod policy;
mod provenance;
mod purl;
mod referrers;
mod report;
mod sbom;
mod scan;
mod serve;
mod sign;
mod signing;
mod targets;
mod time;
mod trust;
mod verify;
mod vex;
mod vex_evidence;
mod vsa;
mod why;

use crate::args::{Arguments, Command};
use crate::failure::Failure;
use crate::output::Ui;

/// Runs the command and gives its exit status.
pub(crate) fn run(arguments: &Arguments, ui: &mut Ui) -> Result<u8, Failure> {
    let offline = arguments.global.offline;
    match &arguments.command {
        Command::Scan(scan_arguments) => scan::run(scan_arguments, offline, ui),
        Command::Sbom(command) => sbom::run(command, offline, ui),
        Command::Purl(command) => purl::run(command, ui),
        Command::Bundle(command) => bundle::run(command, offline, ui),
        Command::Advisories(command) => advisories::run(command, offline, ui),
        Command::Airgap(command) => airgap::run(command, offline, ui),
        Command::Index(command) => index::run(command, offline, ui),
        Command::Inventory(command) => inventory::run(command, offline, ui),
        Command::Find(arguments) => find::run(arguments, ui),
        Command::Why(arguments) => why::run(arguments),
        Command::Serve(arguments) => serve::run(arguments, offline, ui),
        Command::DevStack(arguments) => dev_stack::run(arguments, ui),
        Command::Keys(command) => keys::run(command, offline, ui),
        Command::Referrers(arguments) => referrers::run(arguments, offline, ui),
        Command::Copy(arguments) => copy::run(arguments, offline, ui),
        Command::Compat(arguments) => compat::run(arguments, offline, ui),
        Command::Formats { format } => formats::run(*format),
        Command::Explain { code, format } => explain::run(code.as_deref(), *format),
        Command::Conformance(command) => conformance::run(command, ui),
        Command::Trust(command) => trust::run(command, offline, ui),
        Command::Sign(arguments) => sign::run(arguments, offline, ui),
        Command::Audit(arguments) => audit::run(arguments, offline, ui),
        Command::Attest(arguments) => attest::run(arguments, offline, ui),
        Command::Verify(arguments) => verify::run(arguments, offline, ui),
        Command::Vex(command) => vex::run(command, ui),
        Command::Vsa(command) => vsa::run(command, offline, ui),
        Command::Gate(arguments) => gate::run(arguments, offline, ui),
        Command::Policy(command) => policy::run(command, offline, ui),
        Command::Exceptions(command) => exceptions::run(command, ui),
        Command::Report(arguments) => report::run(arguments, offline, ui),
        Command::Provenance(command) => provenance::run(command, offline, ui),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man { command } => manual::man(command.as_deref()),
    }
}
