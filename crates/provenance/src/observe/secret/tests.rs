use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn names_that_are_secret() {
    for name in [
        "CARGO_REGISTRY_TOKEN",
        "CARGO_REGISTRIES_MY_REGISTRY_TOKEN",
        "CARGO_REGISTRIES_X_CREDENTIAL_PROVIDER",
        "GITHUB_TOKEN",
        "GITHUBTOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "npm_config__authToken",
        "NPM_CONFIG__AUTH",
        "DB_PASSWORD",
        "PGPASSWORD",
        "CC_API_KEY",
        "CMAKE_PASS",
        "LC_SECRET",
        "SSH_PRIVATE_KEY",
    ] {
        assert!(is_secret_name(name), "{name}");
    }
    for name in ["CARGO_HOME", "CC", "PATH", "RUSTFLAGS", "CARGO_PROFILE_RELEASE_LTO", "MONKEY", "COMPASS", "AUTHORS"] {
        assert!(!is_secret_name(name), "{name}");
    }
}

#[test]
fn only_what_is_allowed_is_recorded() {
    let variables = environment(&[
        ("CARGO_REGISTRY_TOKEN", "cio-secret"),
        ("CARGO_PROFILE_RELEASE_LTO", "thin"),
        ("CC", "clang"),
        ("CARGO_HTTP_PROXY", "http://me:hunter22@proxy.example/"),
        ("CARGO_ECHO", "x cio-secret"),
        ("HOME", "/home/me"),
        ("MINE", "1"),
        ("MY_TOKEN", "other-secret"),
    ]);
    let names = |more: &[&str]| -> Vec<String> {
        let more: Vec<String> = more.iter().map(|name| (*name).to_owned()).collect();
        recorded(&variables, &more).keys().map(|name| (*name).to_owned()).collect()
    };
    assert_eq!(names(&[]), ["CARGO_PROFILE_RELEASE_LTO", "CC"]);
    assert_eq!(names(&["MINE", "MY_TOKEN"]), ["CARGO_PROFILE_RELEASE_LTO", "CC", "MINE"]);
}

#[test]
fn secrets_are_taken_out_of_the_command() {
    let variables =
        environment(&[("PUBLISH_TOKEN", "abcdef-123"), ("A_TOKEN", "abc"), ("PWD", "/work"), ("PIN", "1234567")]);
    assert_eq!(redacted("--token=abcdef-123", &variables), "--token=[value of PUBLISH_TOKEN]");
    assert_eq!(redacted("abc /work 1234567", &variables), "abc /work 1234567");
    assert_eq!(redacted("https://u:p@host/x?a@b", &variables), "https://host/x?a@b");
    assert_eq!(without_user_information("git+ssh://git@host/a@b"), "git+ssh://host/a@b");
    assert_eq!(without_user_information("a://b@c d://e:f@g"), "a://c d://g");
    assert_eq!(without_user_information("://@"), "://");
}

#[test]
fn files_that_hold_secrets() {
    for path in ["/root/.cargo/credentials.toml", "/home/me/.netrc", "/home/me/.ssh/config", "/x/.docker/config.json"] {
        assert!(is_secret_file(Path::new(path)), "{path}");
    }
    for path in [
        "/work/src/config.json",
        "/work/auth.json",
        "/root/.cargo/config.toml",
        "/root/.cargo/registry/index/x/config.json",
    ] {
        assert!(!is_secret_file(Path::new(path)), "{path}");
    }
}
