//! Small pieces that pages are made of.

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};
use plimsoll_inventory::{ArtifactId, ArtifactSummary, Claim, Coverage, Label};

use super::link::link;

/// Drawings of 20 by 20, of lines in the colour of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Icon {
    Automatic,
    Sun,
    Moon,
    Search,
    Copy,
    Empty,
    Download,
}

/// A drawing, which says nothing that text beside it does not.
pub(crate) fn icon(icon: Icon) -> Markup {
    let path = match icon {
        Icon::Automatic => r#"<circle cx="10" cy="10" r="7"/><path d="M10 3v14a7 7 0 0 0 0-14z" fill="currentColor"/>"#,
        Icon::Sun => {
            r#"<circle cx="10" cy="10" r="3.5"/><path d="M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M4 16l1.4-1.4M14.6 5.4L16 4"/>"#
        }
        Icon::Moon => r#"<path d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z"/>"#,
        Icon::Search => r#"<circle cx="8.5" cy="8.5" r="5.5"/><path d="M12.7 12.7L18 18"/>"#,
        Icon::Copy => r#"<rect x="7" y="7" width="10" height="10" rx="2"/><path d="M4 13V5a2 2 0 0 1 2-2h7"/>"#,
        Icon::Empty => r#"<path d="M3 7l7-4 7 4v7l-7 4-7-4zM3 7l7 4 7-4M10 11v7"/>"#,
        Icon::Download => r#"<path d="M10 3v9M6 9l4 4 4-4M4 17h12"/>"#,
    };
    PreEscaped(format!(
        r#"<svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">{path}</svg>"#
    ))
}

/// A number with its thousands apart.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at) % 3 == 0 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number and its noun: `1 artifact`, `2 artifacts`.
pub(crate) fn counted(value: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(value), if value == 1 { "" } else { "s" })
}

/// A time, to the minute.
pub(crate) fn time(at: Option<Timestamp>) -> Markup {
    match at {
        Some(at) => html! {
            time.nowrap datetime=(at) title=(at) { (at.strftime("%Y-%m-%d %H:%M").to_string()) }
        },
        None => html! { span.quiet { "unknown" } },
    }
}

/// How long ago something was.
pub(crate) fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second().saturating_sub(at.as_second())).unwrap_or(0);
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} ago", counted(seconds / 60, "minute")),
        3600..172_800 => format!("{} ago", counted(seconds / 3600, "hour")),
        _ => format!("{} ago", counted(seconds / 86_400, "day")),
    }
}

/// A purl or a name, cut where it is too long; the whole is in the title.
pub(crate) fn purl(text: &str) -> Markup {
    html! { span.purl title=(text) { (text) } }
}

/// A component, which leads to its page.
pub(crate) fn component(text: &str) -> Markup {
    html! { a.purl href=(link("/component", &[("purl", text)])) title=(text) { (text) } }
}

/// Who says it.
pub(crate) fn claim(claim: Claim) -> Markup {
    let class = match claim {
        Claim::Observed | Claim::Signed => "badge good",
        _ => "badge",
    };
    html! { span class=(class) { (claim.word()) } }
}

/// How much was read.
pub(crate) fn coverage(coverage: Coverage) -> Markup {
    let class = if coverage == Coverage::Complete { "badge good" } else { "badge warn" };
    html! { span class=(class) { (coverage.word()) } }
}

/// Labels.
pub(crate) fn labels<'a>(labels: impl IntoIterator<Item = &'a Label>) -> Markup {
    html! {
        div.badges {
            @for label in labels {
                span.label-chip title=(format!("{}={}", label.name, label.value)) { b { (label.name) } span { (label.value) } }
            }
        }
    }
}

/// The value of a label, or nothing.
pub(crate) fn label<'a>(artifact: &'a ArtifactSummary, name: &str) -> &'a str {
    artifact.labels.iter().find(|label| label.name == name).map_or("", |label| label.value.as_str())
}

/// The page of an artifact.
pub(crate) fn artifact_address(id: ArtifactId) -> String {
    format!("/artifacts/{}", id.to_number())
}

/// The name of an artifact, which leads to its page, with its version and digest.
pub(crate) fn artifact(artifact: &ArtifactSummary) -> Markup {
    let name = if artifact.name.is_empty() { "(no name)" } else { artifact.name.as_str() };
    html! {
        a.name href=(artifact_address(artifact.id)) title=(name) { (name) }
        @if !artifact.version.is_empty() { span.clip.short title=(artifact.version) { (artifact.version) } }
        @if !artifact.digest.is_empty() { span.quiet.mono title=(artifact.digest) { (short_digest(&artifact.digest)) } }
    }
}

/// The first letters of a digest.
pub(crate) fn short_digest(digest: &str) -> String {
    match digest.split_once(':') {
        Some((name, hex)) => format!("{name}:{}", hex.chars().take(12).collect::<String>()),
        None => digest.chars().take(19).collect(),
    }
}

/// Nothing to show: what that means and what to do.
#[expect(clippy::needless_pass_by_value, reason = "a piece of a page, made for here")]
pub(crate) fn empty(title: &str, says: Markup) -> Markup {
    html! {
        div.empty {
            (icon(Icon::Empty))
            h2 { (title) }
            (says)
        }
    }
}

/// The link to the next page, and the one to the first when this is not it.
pub(crate) fn pager(next: Option<&str>, first: Option<&str>) -> Markup {
    html! {
        @if next.is_some() || first.is_some() {
            nav.pager aria-label="Pages" {
                @if let Some(first) = first { a.button.small href=(first) { "First page" } }
                @if let Some(next) = next { a.button.small href=(next) rel="next" { "Next page" } }
            }
        }
    }
}

/// A number in a row of numbers.
pub(crate) fn tile(name: &str, value: &str, note: &str) -> Markup {
    html! {
        div.tile {
            dt { (name) }
            dd { (value) @if !note.is_empty() { " " div.note { (note) } } }
        }
    }
}

/// A part of a whole in percent, rounded down, so that 100 means all.
pub(crate) fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ages_and_parts() {
        assert_eq!((number(7).as_str(), number(1_234_567).as_str()), ("7", "1\u{202f}234\u{202f}567"));
        assert_eq!(
            (counted(1, "artifact"), counted(0, "artifact")),
            ("1 artifact".to_owned(), "0 artifacts".to_owned())
        );
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(age(at(0), at(7_200)), "2 hours ago");
        assert_eq!(age(at(9), at(0)), "just now");
        assert_eq!(age(at(0), at(864_000)), "10 days ago");
        assert_eq!((percent(999, 1000), percent(1, 0)), (99, 0));
    }

    #[test]
    fn long_texts_keep_their_whole_in_the_title() {
        let text = "pkg:npm/<b>x</b>";
        assert_eq!(
            purl(text).into_string(),
            r#"<span class="purl" title="pkg:npm/&lt;b&gt;x&lt;/b&gt;">pkg:npm/&lt;b&gt;x&lt;/b&gt;</span>"#
        );
    }
}
