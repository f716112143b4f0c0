//! `[rego]`: rules in Rego, as written for conftest and OPA.
//!
//! ```toml
//! [rego]
//! files = ["gate.rego"]
//! data = ["allowed.json"]
//! signer = { issuer = "https://token.actions.githubusercontent.com", san = "https://github.com/acme/*" }
//! ```
//!
//! Conventions of conftest: in any package the rules `deny`, `violation` and `warn`, also with a name after `_`, are sets of texts or of
//! objects with `msg`; `exception` names rules that do not count. Those of policy-controller: `isCompliant` in `package sigstore` has to be true
//! for one of the signed statements. Syntax is Rego v1, else v0. What cannot be read or evaluated denies, and so does a policy
//! without such a rule. `input` is [`plimsoll.gate.input/1`](../../../../../../schemas/plimsoll.gate.input.1.schema.json).
//!
//! Nothing is fetched (no `http.send`), `time.now_ns` is the time of the decision, and there is no chance.

mod builtins;
mod conventions;
mod declared;
mod input;

use plimsoll_verify::SignerExpectation;

use super::{Keys, Open, Rule, RuleKind, signers};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode};

const KEYS: &[&str] = &["files", "modules", "data", "signer", "type"];
pub(super) const KIND: RuleKind =
    RuleKind { name: "rego", keys: KEYS, within: &[("signer", crate::builders::SIGNER)], read };

#[derive(Debug, Clone, Default)]
pub(super) struct Rego {
    /// Names and texts.
    files: Vec<(String, String)>,
    /// Documents below `data`: names and texts.
    data: Vec<(String, String)>,
    /// Who may sign what is shown; those of `[sbom]` and `[signed_by]`, when there are none.
    signers: Vec<SignerExpectation>,
    /// The statements that `isCompliant` is asked about; all, when there are none.
    types: Vec<String>,
}

fn read(fields: &Fields<'_>, keys: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let modules = fields.texts("modules")?;
    if fields.texts("files")?.is_empty() && modules.is_empty() {
        return Err(fields.missing("files"));
    }
    let files = (1..).zip(modules).map(|(at, text)| (format!("module {at}"), text.to_owned())).collect();
    let types = fields.texts("type")?.into_iter().map(str::to_owned).collect();
    Ok(Box::new(Rego { files, signers: signers(fields, "signer", keys)?, types, ..Rego::default() }))
}

/// The rules of some files: names and texts, and of JSON documents below `data`.
pub(super) fn of(files: Vec<(String, String)>, data: Vec<(String, String)>) -> Result<Box<dyn Rule>, String> {
    let rego = Rego { files, data, ..Rego::default() };
    rego.check().map(|()| Box::new(rego) as Box<dyn Rule>)
}

/// What is wrong with a module that is to be asked `isCompliant`. The reason is a fragment.
pub(crate) fn compliance_problem(module: &str) -> Option<String> {
    let files = [("module".to_owned(), module.to_owned())];
    match apart(|| conventions::Program::new(&files, &[], None).map(|program| program.asks_compliance())) {
        Ok(true) => None,
        Ok(false) => Some("it has no rule data.sigstore.isCompliant".to_owned()),
        Err(reason) => Some(reason),
    }
}

impl Rego {
    /// Whether its files can be read.
    fn check(&self) -> Result<(), String> {
        apart(|| conventions::Program::new(&self.files, &self.data, None).map(|_| ()))
    }

    /// Whether a file names a part of the input, or takes the input as a whole or a part by a name that is worked out.
    fn mentions(&self, word: &str) -> bool {
        self.files.iter().any(|(_, text)| text.contains(word) || takes_all(text))
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<GateCheck>, String> {
        let at = context.input.at;
        let shown = input::document(context, self);
        let mut checks = apart(|| {
            let mut program = conventions::Program::new(&self.files, &self.data, Some(at))?;
            let mut checks = program.judge(&shown.input)?;
            checks.extend(program.compliant(&shown.statements, &self.types)?);
            if !program.has_rules() {
                return Err("no file has a rule deny, violation, warn or isCompliant".to_owned());
            }
            Ok(checks)
        })?;
        checks.extend(shown.checks);
        Ok(checks)
    }
}

/// Whether `input` stands anywhere without a part that is written out after it.
fn takes_all(text: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut parts = text.split("input");
    let mut before = parts.next().unwrap_or_default();
    for after in parts {
        let is_word = !before.ends_with(|c| is_of_name(c) || c == '.') && !after.starts_with(is_of_name);
        let rest = after.trim_start();
        let named = after.starts_with('.')
            || rest.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['"', '`']));
        if is_word && !named {
            return true;
        }
        before = after;
    }
    false
}

/// Bytes of the stack on which files are read and evaluated: enough for the deepest that a file of [`conventions::FILE`] bytes can nest.
/// Only what is used of it takes memory.
const STACK: usize = 512 << 20;

/// Runs what is not ours where it can neither take our stack nor end us: whatever happens in it, the answer is an error.
fn apart<T: Send>(run: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        let thread = thread.map_err(|error| format!("no thread can be started: {error}"))?;
        thread.join().unwrap_or_else(|_| Err("it broke down".to_owned()))
    })
}

impl Rule for Rego {
    fn open(&mut self, fields: &Fields<'_>, open: &mut Open<'_>) -> Result<(), PolicyError> {
        for (key, list) in [("files", &mut self.files), ("data", &mut self.data)] {
            for name in fields.texts(key)? {
                let text = open(name).map_err(|reason| fields.fault(key, reason))?;
                list.push((name.to_owned(), text));
            }
        }
        self.check().map_err(|reason| fields.fault("files", reason))
    }

    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let reason = match self.run(context) {
            Ok(checks) => return checks,
            Err(reason) => reason,
        };
        let place = self.files.first().map(|(name, _)| name.clone()).unwrap_or_default();
        let message = format!("{}: {}", GateCode::RegoFailed.means(), conventions::short(&reason));
        vec![GateCheck::failed("rego", GateCode::RegoFailed, message).at(place)]
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let names: Vec<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        let mut sentences = vec![format!("The rules of {} may not refuse it.", names.join(", "))];
        if !self.types.is_empty() {
            sentences.push(format!("isCompliant is asked about statements {}.", self.types.join(" or ")));
        }
        (sentences, super::weak(&self.signers))
    }

    fn needs_advisories(&self) -> bool {
        self.mentions("findings")
    }

    fn needs_contents(&self) -> bool {
        self.mentions("components")
    }
}

#[cfg(test)]
mod tests;
