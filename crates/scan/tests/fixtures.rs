//! Every directory below `testdata/scan` that holds an `expected.json`.

use std::path::Path;

#[test]
fn fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/scan");
    let checked = plimsoll_extract::fixture::check(&root, &plimsoll_scan::extractors());
    match checked {
        Ok(checked) => assert!(checked > 0, "no fixture below {}", root.display()),
        Err(differences) => panic!("{differences}"),
    }
}
