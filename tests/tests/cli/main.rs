//! The wiring: a flag reaches its library call, text is right, exit statuses are as documented. Formats are not tested
//! here.

#[cfg(test)]
mod docs;
#[cfg(test)]
mod other;
#[cfg(test)]
mod purl;
#[cfg(test)]
mod sbom_check;
#[cfg(test)]
mod sbom_show;
#[cfg(test)]
mod scan;

#[cfg(test)]
mod run {
    use std::ffi::OsStr;

    use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};

    /// Runs the binary in a directory.
    pub(crate) fn run_in<A: AsRef<OsStr>>(
        directory: &TemporaryDirectory,
        arguments: impl IntoIterator<Item = A>,
    ) -> Outcome {
        Outcome::from(plimsoll(arguments).current_dir(directory.path()).output().unwrap())
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
