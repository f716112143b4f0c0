//! What a step of GitHub Actions tells the ones after it, and the store that `gh attestation verify` looks in.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use plimsoll_provenance::generate::Generated;
use plimsoll_sign::{AttestationStore, Environment, SecretText, SignedBundle};

use super::report;
use super::{Options, Variables};
use crate::failure::Failure;

/// What the store said.
pub(super) struct Stored {
    pub(super) id: u64,
    pub(super) url: String,
}

/// Everything that storing needs, looked up before anything is signed.
pub(super) struct Upload {
    store: AttestationStore,
    token: SecretText,
    page: String,
}

impl Upload {
    pub(super) fn prepare(variables: &Variables, options: &Options<'_>) -> Result<Self, Failure> {
        if options.offline {
            return Err(Failure::usage("--upload needs the network, and --offline refuses it"));
        }
        let needed = |name: &str| {
            variables.get(name).ok_or_else(|| Failure::usage(format!("--upload: the variable {name} is not set")))
        };
        let repository = needed("GITHUB_REPOSITORY")?;
        let api = needed("GITHUB_API_URL")?;
        let page = format!("{}/{repository}/attestations", needed("GITHUB_SERVER_URL")?.trim_end_matches('/'));
        let store = AttestationStore::new(&api, &repository, options.network.services())
            .ok_or_else(|| Failure::usage("--upload: GITHUB_REPOSITORY is no name of a repository"))?;
        // The token is never recorded, so it is never read from what was.
        let token = Environment::new(|name| std::env::var_os(name)).secret("GITHUB_TOKEN");
        let token = token.ok_or_else(|| {
            Failure::usage("--upload: the variable GITHUB_TOKEN is not set")
                .hint("give the step `env: GITHUB_TOKEN: ${{ github.token }}`, and the job `attestations: write`")
        })?;
        Ok(Self { store, token, page })
    }

    pub(super) fn store(&self, bundle: &SignedBundle) -> Result<Stored, Failure> {
        let stored = self.store.store(bundle.json(), &self.token);
        let id = stored.map_err(|error| {
            let error = anyhow::Error::new(error).context("the bundle is written, and cannot be stored at GitHub");
            Failure::failed(error).hint("the job needs `permissions: attestations: write`")
        })?;
        Ok(Stored { id, url: format!("{}/{id}", self.page) })
    }
}

/// Writes outputs and the summary of the step, where this is one.
pub(super) fn tell(
    variables: &Variables,
    generated: &Generated,
    statement: Option<&Path>,
    bundle: Option<&Path>,
    stored: Option<&Stored>,
) -> Result<(), Failure> {
    if generated.platform().id() != "github" || !variables.are_live() {
        return Ok(());
    }
    if let Some(file) = variables.get("GITHUB_OUTPUT") {
        append(&file, &outputs(generated, statement, bundle, stored)?)?;
    }
    if let Some(file) = variables.get("GITHUB_STEP_SUMMARY") {
        let mut text = Vec::new();
        report::markdown(&mut text, generated, stored)?;
        append(&file, &String::from_utf8_lossy(&text))?;
    }
    Ok(())
}

fn outputs(
    generated: &Generated,
    statement: Option<&Path>,
    bundle: Option<&Path>,
    stored: Option<&Stored>,
) -> Result<String, Failure> {
    let digests: Vec<String> = generated
        .statement()
        .subjects()
        .iter()
        .filter_map(|subject| subject.digest.iter().next().map(|(algorithm, hex)| format!("{algorithm}:{hex}")))
        .collect();
    let shown = |path: &Path| path.display().to_string();
    let mut lines = String::new();
    let values = [
        ("statement-path", statement.map(shown)),
        ("bundle-path", bundle.map(shown)),
        // That of all subjects, where there are several: one a line would not be one value.
        ("subject-digest", Some(digests.join(","))),
        ("attestation-id", stored.map(|stored| stored.id.to_string())),
        ("attestation-url", stored.map(|stored| stored.url.clone())),
    ];
    for (name, value) in values {
        let Some(value) = value else { continue };
        if value.contains(['\n', '\r']) {
            return Err(Failure::usage(format!("{name}: a name with a line break cannot be told to other steps")));
        }
        let _ = writeln!(lines, "{name}={value}");
    }
    Ok(lines)
}

fn append(file: &str, text: &str) -> Result<(), Failure> {
    let written =
        OpenOptions::new().append(true).create(true).open(file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::failed(anyhow::Error::new(error).context(format!("cannot write {file}"))))
}
