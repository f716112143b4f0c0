//! `[[vex.signer]]`: whose VEX may take findings away.
//!
//! A statement that nobody named here has signed is a claim: it is shown, and changes nothing.

use std::collections::BTreeMap;

use plimsoll_advisory::vex::{Party, Trust};
use plimsoll_verify::{BuilderSigner, PublicKey, SignerExpectation};

use crate::PolicyError;
use crate::builders::signer;
use crate::file::Fields;
use crate::sources::keyless;
use crate::words::{nearest, quote};

/// Somebody whose VEX may take findings away.
#[derive(Debug, Clone)]
pub struct VexSigner {
    /// What reports call them.
    pub name: String,
    /// Who signs.
    pub signer: SignerExpectation,
    /// What they are to the products that they talk about.
    pub party: Party,
    /// The line in the policy.
    pub line: u32,
}

impl VexSigner {
    /// What a statement is worth whose signature by this signer was verified.
    #[must_use]
    pub fn trust(&self) -> Trust {
        Trust::SignedBy { signer: self.name.as_str().into(), party: self.party }
    }
}

pub(crate) const VEX: &[&str] = &["signer"];
pub(crate) const SIGNER: &[&str] = &["name", "signer", "party"];

pub(crate) fn read(policy: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<Vec<VexSigner>, PolicyError> {
    let mut signers: Vec<VexSigner> = Vec::new();
    let Some(table) = policy.table("vex", VEX)? else { return Ok(signers) };
    for fields in table.tables("signer", SIGNER)? {
        let signer = match signer(&fields, "signer", keys)? {
            Some(BuilderSigner::Keys(keys)) => SignerExpectation::Keys(keys),
            Some(BuilderSigner::Other { identity, issuer }) => keyless(identity, issuer),
            Some(_) => return Err(fields.fault("signer", "who signs VEX is named by their own identity or key")),
            None => return Err(fields.missing("signer")),
        };
        let party = match fields.need_text("party")? {
            "first" => Party::First,
            "third" => Party::Third,
            other => {
                let problem = format!("{} is not known{}", quote(other), nearest(other, &["first", "third"]));
                return Err(fields.fault("party", problem));
            }
        };
        let name = fields.need_text("name")?;
        // Statements of one name replace each other, so that a name is one signer.
        if signers.iter().any(|held| held.name == name) {
            return Err(fields.fault("name", format!("there are two signers called {}", quote(name))));
        }
        signers.push(VexSigner { name: name.to_owned(), signer, party, line: fields.line("") });
    }
    Ok(signers)
}
