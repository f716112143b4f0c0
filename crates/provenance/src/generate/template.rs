//! Text with the names of facts in braces: `{server}/{repository}`.

use super::known::{Authentication, Known};

/// The text with the facts in their places, and how good the weakest of them is; nothing if one is not known. What has no
/// names in it is as it is, and nobody has to vouch for it.
pub(crate) fn fill(template: &str, known: &Known) -> Option<(String, Option<Authentication>)> {
    let (mut text, mut weakest) = (String::new(), None);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}')?;
        let (value, from) = known.text(key)?;
        text.push_str(before);
        text.push_str(value);
        weakest = weakest.max(from);
        rest = after;
    }
    text.push_str(rest);
    Some((text, weakest))
}
