//! A policy from evidence that was verified and from what the user states: a beginning, to be read and narrowed.
//!
//! What the user stated and what was only observed is said in the file. What was observed is what one build did; whether all builds
//! have to do so only the user knows.

use plimsoll_verify::{BuildView, Claim, Claims, Repository};

/// What a policy is drafted from.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The name of the file of the artifact, or what else it is called in a policy.
    pub name: &'a str,
    /// The trusted roots, as lines of TOML below `[roots.NAME]`: key and value.
    pub roots: &'a [(&'static str, String)],
    /// The file of the key that signed, when it was a key.
    pub key: Option<&'a str>,
    /// The repository that the user stated.
    pub source: Option<&'a Repository>,
    /// The tag or branch that the user stated, as a key of `ref` and its value.
    pub reference: Option<(&'static str, &'a str)>,
    /// The level that the user stated, when it is more than nothing.
    pub level: Option<u8>,
    /// The build, proven.
    pub view: &'a BuildView,
    /// Who signed.
    pub claims: &'a Claims,
    /// The level of the build.
    pub proven: u8,
    /// The known builder that it is, when it is one.
    pub known: Option<&'a str>,
}

impl Draft<'_> {
    /// The policy.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::from(
            "# A policy from what was stated and what was observed of one artifact. Read it before you rely on it:\n\
             # `stated` is what you said; `observed` is what that one build did, and is yours to keep or to change.\n\
             version = 1\n",
        );
        for (at, (key, value)) in self.roots.iter().enumerate() {
            let name = if at == 0 { "sigstore".to_owned() } else { format!("sigstore{}", at.saturating_add(1)) };
            out.push_str(&format!("\n[roots.{name}]\n{key} = {}\n", quoted(value)));
        }
        if let Some(key) = self.key {
            out.push_str(&format!("\n[roots.keys.release]\nfile = {} # stated\n", quoted(key)));
        }
        self.builder(&mut out);
        self.expect(&mut out);
        out
    }

    fn builder(&self, out: &mut String) {
        out.push_str("\n[[builder]]\n");
        if let Some(known) = self.known {
            out.push_str(&format!("known = {} # observed\n", quoted(known)));
            return;
        }
        out.push_str(&format!("id = {} # observed\n", quoted(&escaped(&self.view.builder_id))));
        match (self.key, self.claims.identity(), self.claims.get(Claim::Issuer)) {
            (Some(_), ..) => out.push_str("signer = { key = \"release\" } # stated\n"),
            (_, Some(identity), Some(issuer)) => {
                let (identity, issuer) = (quoted(&escaped(identity)), quoted(issuer));
                out.push_str(&format!("signer = {{ issuer = {issuer}, san = {identity} }} # stated\n"));
            }
            _ => {}
        }
        out.push_str(&format!("level = {} # nobody says how it builds: raise it if you know\n", self.proven));
    }

    fn expect(&self, out: &mut String) {
        let observed = self.view.source.as_ref();
        let tag = observed.and_then(|source| source.tag());
        let version = tag.map(|tag| tag.strip_prefix('v').unwrap_or(tag)).filter(|version| {
            let plain = |c: char| c.is_ascii_alphanumeric() || ".+_~-".contains(c);
            version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(plain)
        });
        // A version of one digit may be any part of the name.
        let versioned = version.filter(|version| version.len() > 2 && self.name.matches(version).count() == 1);
        let name = versioned.map_or_else(|| self.name.to_owned(), |version| self.name.replace(version, "{version}"));
        out.push_str(&format!("\n[[expect]]\nmatch = {} # observed\n", quoted(&name)));
        match (self.source, observed.and_then(|source| source.repository.as_ref())) {
            (Some(source), _) => out.push_str(&format!("source = {} # stated\n", quoted(source.as_str()))),
            (None, Some(source)) => out.push_str(&format!("source = {} # observed\n", quoted(source.as_str()))),
            (None, None) => out.push_str("source = \"any\" # the provenance names no repository\n"),
        }
        if let Some(id) = self.claims.get(Claim::SourceRepositoryIdentifier).filter(|_| self.source.is_some()) {
            out.push_str(&format!("source_id = {} # observed: survives a renaming\n", quoted(id)));
        }
        let branch = observed.and_then(|source| source.branch());
        match (self.reference, versioned, tag, branch) {
            (Some((key, value)), ..) => out.push_str(&format!("ref = {{ {key} = {} }} # stated\n", quoted(value))),
            (None, Some(version), Some(tag), _) => {
                let tag = quoted(&tag.replace(version, "{version}"));
                out.push_str(&format!("ref = {{ tag = {tag} }} # observed\n"));
            }
            (None, _, _, Some(branch)) => {
                out.push_str(&format!("ref = {{ branch = {} }} # observed\n", quoted(branch)))
            }
            (None, _, Some(tag), _) => {
                out.push_str(&format!(
                    "# ref = {{ tag = {} }} # observed; the name of the file says no version\n",
                    quoted(tag)
                ));
            }
            _ => {}
        }
        if let Some(workflow) = &self.view.workflow {
            out.push_str(&format!("workflow = {} # observed\n", quoted(&escaped(workflow))));
        }
        let unknown: Vec<String> = self
            .view
            .parameters
            .iter()
            .filter(|one| !one.known)
            .map(|one| format!("{} = \"any\"", quoted(&one.path)))
            .collect();
        if !unknown.is_empty() {
            let list = unknown.join(", ");
            out.push_str(&format!("external_parameters = {{ {list} }} # observed: say what they may be\n"));
        }
        let (level, by) = self.level.map_or((self.proven, "observed"), |level| (level, "stated"));
        out.push_str(&format!("min_build_level = {level} # {by}\n"));
    }
}

/// A text as TOML's basic string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if plimsoll_model::changes_terminal(character) => {
                out.push_str(&format!("\\U{:08X}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// A text as a glob that matches it alone.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
