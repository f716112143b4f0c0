//! `plimsoll scan` on disks that the usual tools make.

use std::process::Command;

use plimsoll_tests::{TemporaryDirectory, skip_without};

use crate::run::run_in;

/// A root file system with one package, and the release that it belongs to.
fn root() -> TemporaryDirectory {
    let directory = TemporaryDirectory::new();
    directory.write("root/etc/os-release", "ID=debian\nVERSION_ID=12\n");
    directory.write(
        "root/var/lib/dpkg/status",
        "Package: bash\nStatus: install ok installed\nVersion: 5.2.15-2+b7\nArchitecture: amd64\nMaintainer: X <x@example.org>\n\n",
    );
    directory
}

/// Runs a tool that makes a disk; `false`, which is said aloud, when it is not installed.
fn made(directory: &TemporaryDirectory, tool: &str, arguments: &[&str]) -> bool {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    match Command::new(tool).args(arguments).env("PATH", path).current_dir(directory.path()).output() {
        Ok(output) => {
            assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(_) => {
            skip_without(tool);
            false
        }
    }
}

fn has_bash(directory: &TemporaryDirectory, source: &str) {
    let outcome = run_in(directory, ["scan", source, "--strict", "-o", "purls"]);
    assert_eq!(outcome.status, Some(0), "{source}: {}", outcome.stderr);
    assert!(outcome.stdout.contains("pkg:deb/debian/bash@5.2.15-2%2Bb7"), "{source}: {}", outcome.stdout);
}

#[test]
fn ext_file_systems_and_qcow2() {
    let directory = root();
    for kind in ["ext2", "ext3", "ext4"] {
        let disk = format!("{kind}.img");
        if !made(&directory, "mke2fs", &["-q", "-t", kind, "-d", "root", &disk, "8M"]) {
            return;
        }
        has_bash(&directory, &disk);
        has_bash(&directory, &format!("disk:{disk}"));
    }
    for options in [&["-o", "compat=0.10"][..], &["-o", "compat=1.1"], &["-c"], &["-c", "-o", "compression_type=zstd"]]
    {
        let arguments = [&["convert", "-O", "qcow2"][..], options, &["ext4.img", "disk.qcow2"]].concat();
        if made(&directory, "qemu-img", &arguments) {
            has_bash(&directory, "disk.qcow2");
        }
    }
    let over = ["create", "-q", "-f", "qcow2", "-b", "disk.qcow2", "-F", "qcow2", "over.qcow2"];
    if made(&directory, "qemu-img", &over) {
        let outcome = run_in(&directory, ["scan", "over.qcow2"]);
        assert_eq!(outcome.status, Some(3));
        assert!(outcome.stderr.contains("backing file"), "{}", outcome.stderr);
    }
}

#[test]
fn squashfs() {
    let directory = root();
    for method in ["gzip", "xz", "zstd"] {
        let disk = format!("{method}.snap");
        if made(&directory, "mksquashfs", &["root", &disk, "-comp", method, "-quiet", "-no-progress"]) {
            has_bash(&directory, &disk);
        }
    }
    if made(&directory, "mksquashfs", &["root", "lz4.snap", "-comp", "lz4", "-quiet", "-no-progress"]) {
        let outcome = run_in(&directory, ["scan", "lz4.snap"]);
        assert_eq!(outcome.status, Some(3));
        assert!(outcome.stderr.contains("lz4"), "{}", outcome.stderr);
    }
}
