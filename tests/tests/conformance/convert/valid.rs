//! What is written is valid, whatever was read.

use plimsoll_sbom::convert::Carry;
use plimsoll_sbom::encoding::Encoding;
use plimsoll_tests::note;

use super::{TARGETS, faults, none, samples, to, write};

#[test]
fn what_is_written_is_valid() {
    let (mut wrong, mut pairs) = (Vec::new(), 0);
    for sample in samples() {
        if !plimsoll_sbom::validate_tree(&sample.parsed).is_valid() {
            continue;
        }
        for target in TARGETS {
            for carry in [Carry::None, Carry::Properties, Carry::Full] {
                pairs += 1;
                let conversion = to(&sample.parsed, *target, carry);
                let faults = faults(&write(&conversion.tree, *target), target.0);
                for fault in faults {
                    wrong.push(format!("{} to {} {} {carry:?}: {fault}", sample.name(), target.0, target.1));
                }
                let within = target.0.standard_kind() == sample.parsed.encoding.standard_kind();
                // What is carried is the same text in every encoding.
                if within || !matches!(target.0, Encoding::CycloneDxJson | Encoding::SpdxJson | Encoding::Spdx3Json) {
                    break;
                }
            }
        }
    }
    note(&format!("conversion: {pairs} results valid"));
    none(&wrong);
}
