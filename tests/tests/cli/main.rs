//! The wiring: a flag reaches its library call, text is right, exit statuses are as documented. Formats are not tested
//! here.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod advisories;
#[cfg(test)]
mod airgap;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bundle;
#[cfg(test)]
mod bundle_fetch;
#[cfg(test)]
mod compat;
#[cfg(test)]
mod compat_slsa_verifier;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod drill_tj_actions;
#[cfg(test)]
mod drills;
#[cfg(test)]
mod exceptions;
#[cfg(test)]
mod found_sbom;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod gh;
#[cfg(test)]
mod index;
#[cfg(test)]
mod inventory;
#[cfg(test)]
mod inventory_fleet;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod other;
#[cfg(test)]
mod provenance_deps;
#[cfg(test)]
mod provenance_generate;
#[cfg(test)]
mod provenance_show;
#[cfg(test)]
mod provenance_verify;
#[cfg(test)]
mod purl;
#[cfg(test)]
mod referrers;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod rego;
#[cfg(test)]
mod report;
#[cfg(test)]
mod sbom_check;
#[cfg(test)]
mod sbom_convert;
#[cfg(test)]
mod sbom_diff;
#[cfg(test)]
mod sbom_jsf;
#[cfg(test)]
mod sbom_merge;
#[cfg(test)]
mod sbom_score;
#[cfg(test)]
mod sbom_show;
#[cfg(test)]
mod sbom_validate;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod scan_disks;
#[cfg(test)]
mod scan_submodules;

#[cfg(test)]
mod sign;
#[cfg(test)]
mod verify_image;
#[cfg(test)]
mod vex;
#[cfg(test)]
mod vsa;

#[cfg(test)]
mod run {
    use std::ffi::OsStr;
    use std::io::Write as _;
    use std::process::Stdio;

    use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};

    /// Runs the binary in a directory.
    pub(crate) fn run_in<A: AsRef<OsStr>>(
        directory: &TemporaryDirectory,
        arguments: impl IntoIterator<Item = A>,
    ) -> Outcome {
        Outcome::from(plimsoll(arguments).current_dir(directory.path()).output().unwrap())
    }

    /// Runs `plimsoll sbom` among the documents of `testdata/sbom/harbour`.
    pub(crate) fn sbom<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Outcome {
        let mut command = plimsoll(["sbom"]);
        Outcome::from(command.args(arguments).current_dir(workspace().join("testdata/sbom/harbour")).output().unwrap())
    }

    /// Runs `plimsoll sbom` with bytes on standard input.
    pub(crate) fn sbom_reading(arguments: &[&str], input: &[u8]) -> Outcome {
        let mut command = plimsoll(["sbom"]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.current_dir(workspace().join("testdata/sbom/harbour")).spawn().unwrap();
        // It may have seen enough before the end.
        drop(child.stdin.take().unwrap().write_all(input));
        Outcome::from(child.wait_with_output().unwrap())
    }

    /// A document of `testdata/sbom/harbour`.
    pub(crate) fn harbour(name: &str) -> Vec<u8> {
        std::fs::read(workspace().join("testdata/sbom/harbour").join(name)).unwrap()
    }

    /// A project of two small files, one requirement of which is not pinned.
    pub(crate) fn project() -> TemporaryDirectory {
        let directory = TemporaryDirectory::new();
        directory.write("api/requirements.txt", "flask==3.0.3\ngunicorn>=22,<24\n");
        let lock = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"itoa\"]\n\n\
            [[package]]\nname = \"itoa\"\nversion = \"1.0.14\"\n\
            source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
            checksum = \"d75a2a4b1b190afb6f5425f10f6a8f959d2ea0b9c2b1d79553551850539e4674\"\n";
        directory.write("Cargo.lock", lock);
        directory
    }
}
