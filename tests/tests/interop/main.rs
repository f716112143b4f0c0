//! Other programs read what we write: the Python libraries of CycloneDX and SPDX, by `tests/interop/read.py`.

#[cfg(test)]
mod readers {
    use std::process::Command;

    use plimsoll_tests::{TemporaryDirectory, fixtures, scan, skip, workspace};

    #[test]
    fn python_libraries_read_our_documents() {
        let Some(python) = std::env::var_os("PLIMSOLL_INTEROP_PYTHON") else {
            return skip("PLIMSOLL_INTEROP_PYTHON is not set");
        };
        let directory = TemporaryDirectory::new();
        // The libraries are slow: every tenth fixture shows each shape of component.
        let mut files = Vec::new();
        for (at, fixture) in fixtures().iter().enumerate().step_by(10) {
            for (format, name) in
                [("cyclonedx-json@1.6", "16.cdx"), ("cyclonedx-json@1.7", "17.cdx"), ("spdx-json", "spdx")]
            {
                files.push(directory.write(format!("{at}.{name}.json"), scan(fixture, format)));
            }
        }
        assert!(!files.is_empty());
        let script = workspace().join("tests/interop/read.py");
        let output = Command::new(python).arg(script).args(files).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    }
}
