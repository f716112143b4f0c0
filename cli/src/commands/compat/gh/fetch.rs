//! Attestations asked of GitHub, and written to a file as gh does it.

use std::path::PathBuf;

use plimsoll_attest::PredicateType;
use plimsoll_model::Digest;
use plimsoll_provenance::published::{GitHubQuery, GitHubScope, HttpFetch, HttpOptions, Registries, Service, Token};
use plimsoll_verify::{Subject, read_evidence};

use super::{Flags, artifact};
use crate::args::{GhDownload, GhFetch};
use crate::commands::evidence;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

const GITHUB: &str = "github.com";
/// Variables that hold a token, in gh's order.
const TOKENS: &[&str] = &["GH_TOKEN", "GITHUB_TOKEN"];

/// A GitHub.
pub(super) struct Host {
    /// What its pages begin with: `https://github.com/`.
    pub(super) web: String,
    /// Who issues identities to its workflows.
    pub(super) issuer: String,
    /// Where it is asked.
    pub(super) api: String,
    /// Whether it is an enterprise's own, with authorities of its own.
    pub(super) is_tenant: bool,
}

impl Host {
    /// The one that is named. Servers that somebody runs themselves have no attestations.
    pub(super) fn of(fetch: &GhFetch) -> Result<Self, Failure> {
        let named = fetch.hostname.clone().or_else(|| std::env::var("GH_HOST").ok()).filter(|name| !name.is_empty());
        let name = named.unwrap_or_else(|| GITHUB.to_owned()).to_ascii_lowercase();
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let tenant = name.strip_suffix(".ghe.com").filter(|tenant| word(tenant));
        let mut host = match tenant {
            _ if name == GITHUB => Self {
                web: "https://github.com/".to_owned(),
                issuer: "https://token.actions.githubusercontent.com".to_owned(),
                api: "https://api.github.com".to_owned(),
                is_tenant: false,
            },
            Some(tenant) => Self {
                web: format!("https://{name}/"),
                issuer: format!("https://token.actions.{tenant}.ghe.com"),
                api: format!("https://api.{name}"),
                is_tenant: true,
            },
            None => {
                return Err(Failure::usage(format!("--hostname {name}: neither github.com nor TENANT.ghe.com"))
                    .hint("servers that you run yourself have no attestations"));
            }
        };
        if let Some(repo) = &fetch.repo {
            repository("--repo", repo)?;
        }
        if fetch.owner.as_deref().is_some_and(|owner| !word(&owner.replace('_', "-"))) {
            return Err(Failure::usage("--owner is the name of an organisation or person"));
        }
        if let Some(api) = &fetch.api_url {
            host.api = api.trim_end_matches('/').to_owned();
        }
        Ok(host)
    }
}

/// `OWNER/REPOSITORY`: the whole and its parts.
pub(super) fn repository<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str, &'a str), Failure> {
    let plain = |part: &str| {
        !matches!(part, "" | "." | "..") && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    match text.split_once('/') {
        Some((owner, name)) if plain(owner) && plain(name) => Ok((text, owner, name)),
        _ => Err(Failure::usage(format!("{flag} is OWNER/REPOSITORY"))),
    }
}

/// What GitHub has about an artifact: bundles, one a line. Nothing, when there is nothing.
pub(super) fn attestations(
    fetch: &GhFetch,
    host: &Host,
    subject: &Subject,
    predicate_type: Option<&str>,
    offline: bool,
    ui: &mut Ui,
) -> Result<Vec<u8>, Failure> {
    if offline {
        return Err(Failure::usage("the attestations are asked of GitHub, and --offline forbids it")
            .hint("name a file of them with --bundle: `gh attestation download` writes one"));
    }
    let mut registries = Registries::default();
    registries.set(Service::GitHub, &host.api).map_err(|error| Failure::usage(error.to_string()))?;
    let token = TOKENS.iter().find_map(|name| Token::new(&std::env::var(name).ok()?));
    let network = Flags::default().network()?.options();
    let asked = HttpFetch::new(HttpOptions { network, registries, github_token: token });
    let scope = match (&fetch.repo, &fetch.owner) {
        (Some(repo), _) => {
            let (_, owner, name) = repository("--repo", repo)?;
            GitHubScope::Repository { owner, name }
        }
        (None, Some(owner)) => GitHubScope::Owner(owner),
        (None, None) => return Err(Failure::usage("name whose attestations, with --owner or --repo")),
    };
    let digest = Digest::from_prefixed(&subject.to_string()).map_err(|error| Failure::usage(error.to_string()))?;
    let found = asked.github_attestations(GitHubQuery { scope, digest: &digest, predicate_type, limit: fetch.limit });
    let found = found.map_err(Failure::failed)?;
    for reason in &found.unread {
        ui.warning(&format!("an attestation cannot be read: {reason}"));
    }
    if found.more {
        ui.warning("GitHub told 100 attestations and may have more, which are not asked for");
    }
    let count = found.bundles.len();
    match count {
        0 => ui.status(&format!("✗ No attestations found for subject {digest}")),
        _ => ui.status(&format!("Loaded {count} attestation{} from GitHub API", if count == 1 { "" } else { "s" })),
    }
    Ok(found.bundles.into_iter().flat_map(|bundle| (bundle + "\n").into_bytes()).collect())
}

/// `gh attestation download`
pub(super) fn download(arguments: &GhDownload, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let host = Host::of(&arguments.fetch)?;
    let subject = artifact(&arguments.artifact, arguments.fetch.digest_alg, false, offline, ui)?.subject;
    let kind = arguments.predicate_type.as_deref();
    let mut lines = attestations(&arguments.fetch, &host, &subject, kind, offline, ui)?;
    if lines.is_empty() {
        // As gh does it: nothing to write is no failure.
        return Ok(exit::DONE);
    }
    if let Some(kind) = kind {
        lines = of_type(&lines, kind, &host)?;
    }
    let name = subject.to_string();
    let name = if cfg!(windows) { name.replace(':', "-") } else { name };
    let path = PathBuf::from(format!("{name}.jsonl"));
    Target::File(path.clone()).write(|out| out.write_all(&lines))?;
    ui.status(&format!("Wrote attestations to file {}.", path.display()));
    ui.status("Any previous content has been overwritten");
    Ok(exit::DONE)
}

/// The lines that state what was asked for. GitHub is asked for no others; that it told none is not relied on.
fn of_type(lines: &[u8], kind: &str, host: &Host) -> Result<Vec<u8>, Failure> {
    let wanted = PredicateType::parse(kind);
    let states = |line: &&[u8]| {
        let read = read_evidence(line, &host.api).unwrap_or_default();
        let mut statements = read.iter().filter_map(plimsoll_verify::Evidence::unverified_statement);
        statements.any(|statement| wanted.as_ref().is_some_and(|wanted| wanted.accepts(statement.predicate_type())))
    };
    let kept: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').filter(states).collect();
    if kept.is_empty() {
        return Err(evidence::refused(
            host.api.as_ref(),
            plimsoll_verify::VerifyError::Evidence { reason: format!("no attestation states {kind}") },
        ));
    }
    Ok(kept.concat())
}
