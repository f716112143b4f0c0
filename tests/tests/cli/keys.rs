//! `plimsoll keys`.

use std::os::unix::fs::PermissionsExt as _;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};

/// Runs `plimsoll keys` with a password in the environment, if there is one.
fn keys(directory: &TemporaryDirectory, password: Option<&str>, arguments: &[&str]) -> Outcome {
    let mut command = plimsoll(["keys"]);
    command.args(arguments).current_dir(directory.path());
    if let Some(password) = password {
        command.env("PLIMSOLL_PASSWORD", password);
    }
    Outcome::from(command.output().unwrap())
}

fn fixture(name: &str) -> String {
    workspace().join("testdata/keys").join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_key_is_made_shown_and_not_made_again() {
    let directory = TemporaryDirectory::new();
    for (kind, format) in [("p256", "pkcs8"), ("p384", "cosign"), ("ed25519", "pkcs8")] {
        let made =
            keys(&directory, Some("canary-password"), &["generate", "-o", kind, "--type", kind, "--format", format]);
        assert_eq!(made.status, Some(0), "{}", made.stderr);
        assert!(made.stdout.is_empty() && !made.stderr.contains("canary"), "{made:?}");
        let private = directory.path().join(format!("{kind}.key"));
        assert_eq!(private.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let shown = keys(&directory, Some("canary-password"), &["public", &format!("{kind}.key")]);
        let public = std::fs::read_to_string(directory.path().join(format!("{kind}.pub"))).unwrap();
        assert_eq!(shown.stdout, public);
        assert_eq!(keys(&directory, None, &["public", &format!("{kind}.pub")]).stdout, public);
    }
    let again = keys(&directory, Some("x"), &["generate", "-o", "p256"]);
    assert_eq!(again.status, Some(2));
    assert!(again.stderr.contains("p256.key exists"), "{}", again.stderr);
    let wrong = keys(&directory, Some("canary-wrong"), &["public", "p256.key"]);
    assert_eq!(wrong.status, Some(3));
    assert!(wrong.stderr.contains("wrong password") && !wrong.stderr.contains("canary"), "{}", wrong.stderr);
    let empty = keys(&directory, Some(""), &["generate", "-o", "empty"]);
    assert_eq!(empty.status, Some(2), "{}", empty.stderr);
}

#[test]
fn keys_of_other_tools_are_taken_over() {
    let directory = TemporaryDirectory::new();
    let public = std::fs::read_to_string(fixture("p256.pub")).unwrap();
    let old = directory.write("old", "quayside\n");
    let old = old.to_str().unwrap();
    for (name, from) in
        [("plain", "sec1-p256.pem"), ("openssl", "encrypted-scrypt-p256.pem"), ("cosign", "cosign-p256.pem")]
    {
        let arguments = ["import", &fixture(from), "-o", name, "--old-password-file", old];
        let outcome = keys(&directory, Some("new"), &arguments);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.contains("is not encrypted"), name == "plain");
        assert_eq!(keys(&directory, Some("new"), &["public", &format!("{name}.key")]).stdout, public);
    }
}

#[test]
fn keys_elsewhere_need_the_network_to_be_allowed() {
    let directory = TemporaryDirectory::new();
    let refused = keys(&directory, None, &["public", "hashivault://release", "--offline"]);
    assert_eq!(refused.status, Some(2));
    assert!(refused.stderr.contains("--offline"), "{}", refused.stderr);
    let unset = keys(&directory, None, &["public", "hashivault://release"]);
    assert_eq!(unset.status, Some(2));
    assert!(unset.stderr.contains("VAULT_ADDR is not set"), "{}", unset.stderr);
    let pin = keys(&directory, None, &["public", "pkcs11:object=x?pin-value=canary-pin"]);
    assert!(pin.status == Some(2) && !pin.stderr.contains("canary"), "{}", pin.stderr);
}
