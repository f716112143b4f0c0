//! Keys in SoftHSM (the Debian package `softhsm2`), through its PKCS #11 module.
//!
//! Where its tokens are is said by a variable that the module reads itself, so the signing happens in a second process:
//! this test binary, started again with that variable.

use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_sign::{Environment, KeyOptions, PublicKey, Signer, SignerError, open_key, sign_reader};
use plimsoll_tests::{TemporaryDirectory, skip_without, workspace};

const PIN: &str = "canary-pin-7731";
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

/// Runs the tool of SoftHSM.
fn softhsm(configuration: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", configuration).output();
    output.is_ok_and(|output| output.status.success())
}

fn key(name: &str) -> PathBuf {
    workspace().join("testdata/keys").join(name)
}

#[test]
fn softhsm_signs() {
    let Some(module) = MODULES.into_iter().find(|module| Path::new(module).exists()) else {
        return skip_without("softhsm2-util");
    };
    let directory = TemporaryDirectory::new();
    let tokens = directory.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let configuration = directory.write("softhsm2.conf", format!("directories.tokendir = {}\n", tokens.display()));
    let run = |arguments: &[&str]| softhsm(&configuration, arguments);
    if !run(&["--version"]) {
        return skip_without("softhsm2-util");
    }
    for label in ["quay", "other"] {
        assert!(run(&["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "87654321"]));
    }
    for (file, label, id) in [("pkcs8-p256.pem", "release", "01"), ("pkcs8-rsa2048.pem", "old", "02")] {
        let file = key(file);
        let file = file.to_str().unwrap();
        assert!(run(&["--import", file, "--token", "quay", "--label", label, "--id", id, "--pin", PIN]));
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "pkcs11::in_the_second_process", "--ignored", "--nocapture"])
        .env("SOFTHSM2_CONF", &configuration)
        .env("PLIMSOLL_TEST_MODULE", module)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

fn open(uri: &str, pin: Option<&'static str>) -> Result<Box<dyn Signer>, SignerError> {
    let environment = Environment::new(move |name| match name {
        "PLIMSOLL_PKCS11_PIN" => pin.map(Into::into),
        "COSIGN_PKCS11_MODULE_PATH" => std::env::var_os("PLIMSOLL_TEST_MODULE"),
        _ => None,
    });
    let options = KeyOptions::new(environment, || unreachable!("a device needs no clock"));
    open_key(uri, &options).map(|signer| signer.unwrap())
}

#[test]
#[ignore = "started by softhsm_signs"]
fn in_the_second_process() {
    let public = PublicKey::from_pem(&std::fs::read(key("p256.pub")).unwrap()).unwrap();
    let message = vec![3; 1_000_000];
    let mut held = Vec::new();
    for uri in
        ["pkcs11:token=quay;object=release", "pkcs11:token=quay;id=%01;type=private", "pkcs11:token=quay;object=old"]
    {
        let signer = open(uri, Some(PIN)).unwrap();
        assert_eq!(signer.public_key() == &public, uri != "pkcs11:token=quay;object=old");
        let signed = sign_reader(&*signer, &mut message.as_slice()).unwrap();
        assert!(signer.public_key().verifies_message(&message, signed.signature()), "{uri}");
        // Several keys of one device at a time.
        held.push(signer);
    }
    for signer in &held {
        assert!(signer.public_key().verifies_message(b"x", &signer.sign_message(b"x").unwrap()));
    }
    drop(held);
    for (uri, pin, word) in [
        ("pkcs11:object=release", Some(PIN), "several fit"),
        ("pkcs11:token=absent;object=release", Some(PIN), "none that fits"),
        ("pkcs11:token=quay;object=absent", Some(PIN), "none that fits"),
        ("pkcs11:token=quay;object=release", Some("canary-wrong-0000"), "the PIN is wrong"),
        ("pkcs11:token=quay;object=release", None, "PLIMSOLL_PKCS11_PIN"),
        ("pkcs11:token=quay;object=release?module-path=/etc/passwd", Some(PIN), "cannot be loaded"),
        ("pkcs11:token=quay;object=release?pin-value=canary-pin-7731", None, "would show the PIN"),
    ] {
        let error = open(uri, pin).err().unwrap();
        let said = format!("{error} {error:?}");
        assert!(said.contains(word) && !said.contains("canary"), "{uri}: {said}");
    }
}
