//! Provenance: any bytes as a statement, of which the build is seen; what is seen does not depend on when.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_attest::{Provenance, Statement};
use plimsoll_verify::BuildView;

fuzz_target!(|bytes: &[u8]| {
    let Ok(statement) = Statement::parse(bytes) else { return };
    let seen = |read: Result<Provenance, _>| BuildView::of(&read.ok()?, statement.predicate_type()).ok();
    let build = seen(Provenance::incomplete(&statement));
    // What names its builder is seen in the same way.
    if let Some(whole) = seen(Provenance::of(&statement)) {
        assert_eq!(Some(&whole), build.as_ref());
        assert!(!whole.builder_id.is_empty() && !whole.build_type.is_empty());
    }
    drop(build.map(|build| build.to_json()));
});
