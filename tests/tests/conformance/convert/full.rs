//! `Carry::Full`: there and back is the same document, through every encoding.

use plimsoll_sbom::convert::Carry;
use plimsoll_sbom::encoding::Encoding;
use plimsoll_tests::note;

use super::{none, read, samples, to, write};

#[test]
fn there_and_back_is_the_same() {
    let (mut wrong, mut pairs) = (Vec::new(), 0);
    for sample in samples() {
        let own = sample.parsed.encoding;
        let version = own.standard().version_name(sample.parsed.version);
        for target in sample.others() {
            if target == (Encoding::CycloneDxJson, "1.2") {
                // It has no properties: nothing can be carried, and nothing is said to be.
                let there = to(&sample.parsed, target, Carry::Full);
                assert!(there.losses.rows().iter().all(|row| row.carried_as.is_none()), "{}", sample.name());
                continue;
            }
            pairs += 1;
            let there = write(&to(&sample.parsed, target, Carry::Full).tree, target);
            let back = to(&read(&there, target.0), (own, version), Carry::None);
            let what = || format!("{} by {} {}", sample.name(), target.0, target.1);
            if !back.restored || back.refused {
                wrong.push(format!("{}: restored {} refused {}", what(), back.restored, back.refused));
            } else if read(&write(&back.tree, (own, version)), own).tree != sample.parsed.tree {
                wrong.push(format!("{}: differs", what()));
            }
        }
    }
    note(&format!("conversion: {pairs} times there and back"));
    none(&wrong);
}
