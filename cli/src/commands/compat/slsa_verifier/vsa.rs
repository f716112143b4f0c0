//! `slsa-verifier verify-vsa`.

use super::Refused;
use crate::args::SlsaVerifyVsa;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn verify(_arguments: &SlsaVerifyVsa, _ui: &mut Ui) -> Result<(), Refused> {
    Err(Failure::usage("not yet").into())
}
