//! What is never recorded: secrets in the environment, and the digests of files that hold them.

use std::collections::BTreeMap;
use std::path::Path;

/// Variables that are recorded unless their name says that they are secret. A star stands for any ending.
const ALLOWED: &[&str] = &[
    "AR",
    "ARFLAGS",
    "AS",
    "CARGO_*",
    "CC",
    "CC_*",
    "CFLAGS",
    "CFLAGS_*",
    "CGO_*",
    "CMAKE_*",
    "CPP",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "CXXFLAGS_*",
    "CXX_*",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOEXPERIMENT",
    "GOFLAGS",
    "GOOS",
    "GOTOOLCHAIN",
    "LANG",
    "LC_*",
    "LD",
    "LDFLAGS",
    "MAKEFLAGS",
    "MAVEN_OPTS",
    "NODE_ENV",
    "NODE_OPTIONS",
    "OPT_LEVEL",
    "PATH",
    "PKG_CONFIG_PATH",
    "PROFILE",
    "PYTHONHASHSEED",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
    "SOURCE_DATE_EPOCH",
    "TARGET",
    "TZ",
    "ZERO_AR_DATE",
];

/// A name with one of these words in it is that of a secret, whatever allows it.
const SECRET: &[&str] = &[
    "ACCESS_KEY",
    "APIKEY",
    "API_KEY",
    "AUTH",
    "BEARER",
    "COOKIE",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "JWT",
    "KEY",
    "LOGIN",
    "OTP",
    "PASS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PAT",
    "PIN",
    "PRIVATE",
    "PWD",
    "SECRET",
    "SESSION",
    "SIGNATURE",
    "TOKEN",
    "USERNAME",
];

/// Files that hold secrets, by their names; where they lie does not matter.
const SECRET_FILES: &[&str] = &[
    ".git-credentials",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".yarnrc.yml",
    "_netrc",
    "auth.json",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "gem_credentials",
    "gshadow",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "shadow",
    "settings-security.xml",
];

/// Directories below which everything is taken for secret.
const SECRET_DIRECTORIES: &[&str] = &[".aws", ".azure", ".docker", ".gnupg", ".kube", ".ssh"];

/// Values shorter than this are words that may stand anywhere.
const SHORTEST: usize = 6;

/// Whether a variable of this name holds a secret, by the words of its name.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let parts: Vec<&str> = name.split(|character: char| !character.is_ascii_alphanumeric()).collect();
    SECRET.iter().any(|word| {
        let ends = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "CREDENTIALS"].contains(word);
        name.contains('_') && word.contains('_') && name.contains(word)
            || parts.iter().any(|part| part == word || ends && part.ends_with(word))
    })
}

/// The variables that are recorded: those that are allowed, and those that the user names, but never one that its name says
/// is secret.
#[must_use]
pub fn recorded<'a>(environment: &'a BTreeMap<String, String>, more: &[String]) -> BTreeMap<&'a str, &'a str> {
    let allowed = |name: &str| {
        more.iter().any(|more| more == name)
            || ALLOWED.iter().any(|allowed| match allowed.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => *allowed == name,
            })
    };
    let secrets = secrets(environment);
    environment
        .iter()
        .filter(|(name, value)| allowed(name) && !is_secret_name(name) && !has_secret(value, &secrets))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The secrets in an environment, by the name of the variable, the longest first.
fn secrets(environment: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    let mut secrets: Vec<(&str, &str)> = environment
        .iter()
        .filter(|(name, value)| is_secret_name(name) && value.len() >= SHORTEST && !is_plain(value))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    secrets.sort_by(|one, other| other.1.len().cmp(&one.1.len()).then(one.cmp(other)));
    secrets
}

/// A path or a number is no secret: `PWD`, `SSH_AUTH_SOCK` and `PIN_COUNT` are found in the arguments of many commands.
fn is_plain(value: &str) -> bool {
    value.starts_with('/') || value.bytes().all(|byte| byte.is_ascii_digit()) && value.len() < 10
}

fn has_secret(text: &str, secrets: &[(&str, &str)]) -> bool {
    secrets.iter().any(|(_, value)| text.contains(value)) || has_user_information(text)
}

/// `https://user:password@host/`
fn has_user_information(text: &str) -> bool {
    text.match_indices("://").any(|(at, mark)| {
        let rest = text.get(at.saturating_add(mark.len())..).unwrap_or_default();
        let authority = rest.split(['/', ' ', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

/// A word of a command with the values of secret variables, and passwords in URLs, taken out.
#[must_use]
pub fn redacted(word: &str, environment: &BTreeMap<String, String>) -> String {
    let mut text = word.to_owned();
    for (name, value) in secrets(environment) {
        if text.contains(value) {
            text = text.replace(value, &format!("[value of {name}]"));
        }
    }
    without_user_information(&text)
}

/// A URL without user and password, wherever it stands in a text.
#[must_use]
pub fn without_user_information(text: &str) -> String {
    let mut parts = text.split("://");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str("://");
        let end = part.find(['/', ' ', '?', '#']).unwrap_or(part.len());
        let (authority, rest) = part.split_at_checked(end).unwrap_or((part, ""));
        result.push_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
        result.push_str(rest);
    }
    result
}

/// Whether a file is one of those that hold secrets.
#[must_use]
pub fn is_secret_file(path: &Path) -> bool {
    let named = |names: &[&str], part: &std::ffi::OsStr| part.to_str().is_some_and(|part| names.contains(&part));
    let ambiguous = ["auth.json", "credentials", "credentials.json"];
    let parents: Vec<_> = path.parent().map(|parent| parent.components().collect()).unwrap_or_default();
    let inside = parents.iter().any(|part| named(SECRET_DIRECTORIES, part.as_os_str()));
    // A source tree may have files of these names; those of a user lie below a directory that is hidden.
    let hidden = parents.iter().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
    inside
        || path.file_name().is_some_and(|name| {
            named(SECRET_FILES, name) && (hidden || !ambiguous.iter().any(|other| name.to_str() == Some(other)))
        })
}

#[cfg(test)]
mod tests;
