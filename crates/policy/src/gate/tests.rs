mod provenance;
mod sbom;
mod scan;
mod signed_by;
mod states;
mod vsa;
pub(in crate::gate) mod world;

use super::*;

#[test]
fn codes_and_names_are_unique() {
    let distinct = |of: fn(GateCode) -> &'static str| {
        GateCode::ALL.iter().map(|code| of(*code)).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((distinct(GateCode::id), distinct(GateCode::name)), (GateCode::ALL.len(), GateCode::ALL.len()));
}
