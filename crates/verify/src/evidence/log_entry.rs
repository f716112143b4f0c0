//! A log entry for evidence that came without.

use super::parts::Signer;
use super::{Evidence, Form, MAX_ENTRIES, hold, rekor};
use crate::VerifyError;

impl Evidence {
    /// How many log entries it brings along.
    #[must_use]
    pub fn log_entries(&self) -> usize {
        match &self.form {
            Form::Bundle(bundle) => bundle.verification_material.tlog_entries.len(),
            Form::Parts(parts) => parts.entries.len(),
            Form::CloudBuild(_) | Form::Unreadable(_) => 0,
        }
    }

    /// Whether it could be read at all.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        !matches!(self.form, Form::Unreadable(_))
    }

    /// Whether it brings a certificate along, or could not be read, so that there is nothing to add one to.
    #[must_use]
    pub fn has_certificate(&self) -> bool {
        match &self.form {
            Form::Bundle(bundle) => bundle.signing_certificate().is_some(),
            Form::Parts(parts) => matches!(parts.signer, Signer::Certificates(_)),
            Form::CloudBuild(_) => false,
            Form::Unreadable(_) => true,
        }
    }

    /// The same evidence with a log entry: Rekor's answer, what cosign kept of it, or the entry of a bundle. It takes the place of
    /// the same entry without proof. Whether it is about this signature is for [`crate::verify`] to say.
    ///
    /// # Errors
    /// The entry cannot be read, or there are too many.
    pub fn with_log_entry(&self, document: &[u8]) -> Result<Self, VerifyError> {
        self.add(document).map_err(|reason| VerifyError::Evidence { reason })
    }

    fn add(&self, document: &[u8]) -> Result<Self, String> {
        let entry = rekor::read(document).map_err(|reason| format!("the log entry: {reason}"))?;
        let mut parts = match &self.form {
            Form::Bundle(bundle) => hold::parts(bundle).ok_or("its content is not known")?,
            Form::Parts(parts) => (**parts).clone(),
            Form::CloudBuild(_) => return Err("Google Cloud Build has no log".into()),
            Form::Unreadable(reason) => return Err(reason.clone()),
        };
        parts.entries.retain(|known| known.body != entry.body || known.proof.is_some());
        if parts.entries.len() >= MAX_ENTRIES {
            return Err(format!("it has {MAX_ENTRIES} log entries already"));
        }
        parts.entries.push(entry);
        Ok(Self { form: hold::form(parts)?, ..self.clone() })
    }
}
