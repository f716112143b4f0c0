//! Secrets of the environment and of files are in no output, whatever goes wrong and however much is said.

use super::*;

/// Variables that hold secrets, and what they are told.
const CANARIES: [(&str, &str); 6] = [
    ("SIGSTORE_ID_TOKEN", "canary-sigstore-id-token-5f0c"),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary-actions-request-token-77d1"),
    ("VAULT_TOKEN", "canary-vault-token-c2b8"),
    ("COSIGN_PASSWORD", "canary-cosign-password-19aa"),
    ("PLIMSOLL_PASSWORD", "canary-plimsoll-password-e6e3"),
    ("AWS_SECRET_ACCESS_KEY", "canary-aws-secret-key-44fd"),
];
const DOCKER: &str = "canary-docker-password-8d2e";

/// Runs a command with all canaries set, and looks for them and for parts of the job's token.
fn silent(place: &Place, arguments: &[&str], with_token: bool) -> Outcome {
    let mut command = plimsoll(arguments);
    let docker = place.sigstore.write(
        "docker/config.json",
        format!(
            r#"{{"auths":{{"127.0.0.1:1":{{"auth":"{}"}}}}}}"#,
            data_encoding::BASE64.encode(format!("u:{DOCKER}").as_bytes())
        ),
    );
    command.env("DOCKER_CONFIG", docker.parent().unwrap()).env("VAULT_ADDR", "http://127.0.0.1:1");
    command.env("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/token?x=1");
    for (name, value) in CANARIES {
        command.env(name, value);
    }
    let token = fs::read_to_string(place.sigstore.file("token")).unwrap();
    if with_token {
        command.env("SIGSTORE_ID_TOKEN", &token);
    }
    let outcome = run(command);
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    let parts = token.trim().split('.').filter(|part| part.len() > 8);
    for secret in CANARIES.iter().map(|(_, value)| *value).chain([DOCKER]).chain(parts) {
        assert!(!said.contains(secret), "{secret} is in the output of {arguments:?}:\n{said}");
        let encoded = data_encoding::BASE64.encode(secret.as_bytes());
        assert!(!said.contains(&encoded), "{secret} is in the output, encoded");
    }
    outcome
}

#[test]
fn secrets_are_in_no_output() {
    let place = Place::new();
    drop(place.keyed("sign", 1));
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let (artifact, key) = (text(place.artifact.clone()), text(place.sigstore.file("release.key")));
    let (root, config) =
        (text(place.sigstore.file("trusted_root.json")), text(place.sigstore.file("signing_config.2.json")));
    let at = ["--trusted-root", &root, "--signing-config", &config, "--retries", "0", "-vvv"];
    let with = |rest: &[&str]| -> Vec<String> { at.iter().chain(rest).map(|text| (*text).to_owned()).collect() };
    let all = |first: &[&str], rest: &[String]| -> Vec<String> {
        first.iter().map(|text| (*text).to_owned()).chain(rest.iter().cloned()).collect()
    };
    let check = |first: &[&str], rest: &[&str], token: bool| {
        let arguments = all(first, &with(rest));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        silent(&place, &arguments, token)
    };
    // Not a token; a wrong password; a vault and a registry that nobody answers for.
    assert_ne!(check(&["sign", &artifact], &[], false).status, Some(0));
    assert_ne!(check(&["sign", &artifact], &["--key", &key], false).status, Some(0));
    assert_ne!(check(&["sign", &artifact], &["--key", "hashivault://release"], false).status, Some(0));
    assert_ne!(check(&["sign", "registry:127.0.0.1:1/app"], &[], true).status, Some(0));
    // A service that fails after it was given the token, and one that does not.
    place.sigstore.stack.set_fault(Fault::Outage(Service::Fulcio, Outage::Broken), true);
    assert_ne!(check(&["sign", &artifact], &[], true).status, Some(0));
    place.sigstore.stack.set_fault(Fault::Outage(Service::Fulcio, Outage::Broken), false);
    let signed = check(&["sign", &artifact], &["--format", "json"], true);
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
}
