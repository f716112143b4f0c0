//! Ids and words of SPDX.

use plimsoll_model::License;
use sha1::{Digest as _, Sha1};

use crate::licenses;

/// An SPDX id: `SPDXRef-KIND-name-digest`. The digest of the key makes it unique; the name is for people.
pub(super) fn id(kind: &str, name: &str, key: &str) -> String {
    let digest: String = Sha1::digest(key.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let name = id_part(name);
    if name.is_empty() { format!("SPDXRef-{kind}-{digest}") } else { format!("SPDXRef-{kind}-{name}-{digest}") }
}

/// What of a name may stand in an id: letters, digits, `.` and `-` (SPDX 2.3 §7.2).
pub(super) fn id_part(name: &str) -> String {
    const MAX: usize = 60;
    let allowed = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    name.chars().take(MAX).map(allowed).collect::<String>().trim_matches('-').to_owned()
}

/// The id of a licence statement that is not an SPDX expression.
pub(super) fn license_ref(text: &str) -> String {
    let digest: String = Sha1::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let name: String = id_part(text).chars().take(30).collect();
    format!("LicenseRef-{}{}{digest}", name.trim_matches('-'), if name.is_empty() { "" } else { "-" })
}

/// Text on one line: fields of SPDX that tag-value writes on a line must not be able to start another.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The SPDX 2.3 expression of a licence. One that refers to another document, which ours does not name, or to an addition
/// of SPDX 3 is text like any other.
pub(super) fn expression(license: &License) -> Option<&str> {
    let foreign = |word: &str| word.starts_with("DocumentRef-") || word.starts_with("AdditionRef-");
    licenses::expression(license).filter(|expression| !expression.split([' ', '(', ')']).any(foreign))
}
