//! Which installed distribution needs which: `Requires-Dist`, `requires.txt`, and the extras that were asked for.
//!
//! A requirement whose marker is false here needs nothing; one that depends on what is not known (the platform) is
//! optional. A requirement of an extra counts when another installed distribution asks for that extra.

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;
use syntax::pep508::{Environment, Marker, Requirement, Truth, normalize};

/// Extras of one distribution that are followed.
const MAX_EXTRAS: usize = 64;

/// Distributions of one name in one place that an edge goes to.
const MAX_SAME_NAME: usize = 16;

/// An installed distribution.
pub(super) struct Installed<'a> {
    pub(super) at: Handle,
    /// The directory on the module path that holds it.
    pub(super) site: Vec<u8>,
    /// Its name as it is compared.
    pub(super) name: String,
    /// As PEP 508 writes them.
    pub(super) requirements: Vec<&'a str>,
    /// It lies in an image, so the platform is Linux.
    pub(super) in_image: bool,
}

/// An edge between two of them, by position.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) scope: Scope,
}

/// What a requirement says.
struct Need<'a> {
    name: String,
    extras: Vec<&'a str>,
    marker: Option<Marker<'a>>,
}

/// Finds the edges.
pub(super) fn edges(installed: &[Installed<'_>]) -> Vec<Edge> {
    let index = Index::new(installed);
    let needs: Vec<Vec<Need<'_>>> = installed.iter().map(|one| needs(&one.requirements)).collect();
    let environments: Vec<Environment> = installed.iter().map(environment).collect();
    let mut edges = Vec::new();
    let mut asked: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut count: HashMap<usize, usize> = HashMap::new();
    // An extra of a distribution, or none for what it always needs.
    let mut pending: Vec<(usize, Option<String>)> = (0..installed.len()).map(|at| (at, None)).collect();
    while let Some((from, extra)) = pending.pop() {
        let (Some(one), Some(needs), Some(environment)) =
            (installed.get(from), needs.get(from), environments.get(from))
        else {
            continue;
        };
        for need in needs {
            let Some(scope) = applies(need, environment, extra.as_deref()) else { continue };
            for &to in index.find(&one.site, &need.name) {
                edges.push(Edge { from, to, scope });
                let held = count.entry(to).or_default();
                for name in &need.extras {
                    if *held < MAX_EXTRAS && asked.insert((to, normalize(name))) {
                        *held = held.saturating_add(1);
                        pending.push((to, Some(normalize(name))));
                    }
                }
            }
        }
    }
    edges
}

fn needs<'a>(requirements: &[&'a str]) -> Vec<Need<'a>> {
    let parse = |text: &&'a str| {
        let requirement = Requirement::parse(text).ok()?;
        Some(Need { name: normalize(requirement.name), extras: requirement.extras, marker: requirement.marker })
    };
    requirements.iter().filter_map(parse).collect()
}

/// The scope of a requirement that applies. With an extra only those count that would not without it.
fn applies(need: &Need<'_>, environment: &Environment, extra: Option<&str>) -> Option<Scope> {
    let always = need.marker.as_ref().map_or(Truth::True, |marker| marker.evaluate(environment, &[]));
    match (extra, always) {
        (None, Truth::True) => Some(Scope::Runtime),
        (None, Truth::Unknown) => Some(Scope::Optional),
        (None, Truth::False) | (Some(_), Truth::True) => None,
        (Some(extra), _) => {
            let with = need.marker.as_ref()?.evaluate(environment, &[extra]);
            (with != Truth::False && with != always).then_some(Scope::Optional)
        }
    }
}

/// What the place of a distribution tells of its environment.
fn environment(one: &Installed<'_>) -> Environment {
    let mut environment = Environment::unknown();
    if let Some(version) = python_version(&one.site) {
        environment = environment.with("python_version", version).with("os_name", "posix");
        if one.in_image {
            environment = environment.with("sys_platform", "linux").with("platform_system", "Linux");
        }
    }
    environment
}

/// `3.11` of `…/lib/python3.11/site-packages`; Debian's `python3` does not tell.
fn python_version(site: &[u8]) -> Option<&str> {
    let part = site.split(|&byte| byte == b'/').rev().find_map(|part| part.strip_prefix(b"python"))?;
    let text = std::str::from_utf8(part).ok()?;
    let (major, minor) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(major) && digits(minor)).then_some(text)
}

/// Distributions by place and name.
struct Index {
    here: HashMap<(Vec<u8>, String), Vec<usize>>,
    /// By the installation that the place belongs to: `lib` and `lib64`, or `/usr` and `/usr/local`.
    near: HashMap<(Vec<u8>, String), Vec<usize>>,
}

impl Index {
    fn new(installed: &[Installed<'_>]) -> Self {
        let mut index = Self { here: HashMap::new(), near: HashMap::new() };
        for (at, one) in installed.iter().enumerate() {
            index.here.entry((one.site.clone(), one.name.clone())).or_default().push(at);
            if let Some(root) = installation(&one.site) {
                index.near.entry((root, one.name.clone())).or_default().push(at);
            }
        }
        index
    }

    fn find(&self, site: &[u8], name: &str) -> &[usize] {
        let found = self.here.get(&(site.to_vec(), name.to_owned()));
        let found = found.or_else(|| self.near.get(&(installation(site)?, name.to_owned())));
        let found = found.map(Vec::as_slice).unwrap_or_default();
        found.get(..MAX_SAME_NAME).unwrap_or(found)
    }
}

/// What the places of one Python have in common: what comes before `lib/python…`, without `usr` and `usr/local`.
fn installation(site: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = site.split(|&byte| byte == b'/').collect();
    let python = parts.iter().rposition(|part| part.starts_with(b"python"))?;
    let lib = python.checked_sub(1)?;
    if !matches!(parts.get(lib), Some(&(b"lib" | b"lib64"))) {
        return None;
    }
    let version: &[u8] = parts.get(python).copied().unwrap_or_default();
    let major: &[u8] = if version.starts_with(b"python2") { b"2" } else { b"3" };
    parts.truncate(lib);
    let mut prefix = parts.as_slice();
    let mut system = false;
    for tail in [&b"local"[..], b"usr"] {
        if let Some((last, rest)) = prefix.split_last().filter(|(last, _)| **last == tail) {
            let _ = last;
            prefix = rest;
            system = true;
        }
    }
    let mut root = prefix.join(&b'/');
    root.push(b'\n');
    root.extend_from_slice(if system { b"usr" } else { b"" });
    root.extend_from_slice(major);
    Some(root)
}

/// The lines of an egg's `requires.txt` as PEP 508 writes them: a section is `[extra]`, `[:marker]` or `[extra:marker]`.
pub(super) fn from_requires_txt(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut condition = String::new();
    for (_, line) in syntax::text::lines(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let (extra, marker) = section.split_once(':').unwrap_or((section, ""));
            let extra = (!extra.is_empty()).then(|| format!("extra == \"{extra}\""));
            let marker = (!marker.is_empty()).then(|| format!("({marker})"));
            condition = marker.into_iter().chain(extra).collect::<Vec<_>>().join(" and ");
            continue;
        }
        out.push(if condition.is_empty() { line.to_owned() } else { format!("{line} ; {condition}") });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_markers() {
        let text = "six\n\n[fast]\norjson>=3\n\n[:python_version < \"3.8\"]\ntyping\n[a:os_name == 'nt']\nb\n";
        assert_eq!(
            from_requires_txt(text),
            [
                "six",
                "orjson>=3 ; extra == \"fast\"",
                "typing ; (python_version < \"3.8\")",
                "b ; (os_name == 'nt') and extra == \"a\"",
            ]
        );
    }

    #[test]
    fn places_of_one_python() {
        let of = |site: &str| installation(site.as_bytes());
        assert_eq!(of("usr/lib/python3/dist-packages"), of("usr/local/lib/python3.11/dist-packages"));
        assert_eq!(of("opt/v/lib/python3.11/site-packages"), of("opt/v/lib64/python3.11/site-packages"));
        assert_ne!(of("opt/v/lib/python3.11/site-packages"), of("usr/lib/python3/dist-packages"));
        assert_eq!(of("plain/site-packages"), None);
    }

    #[test]
    fn the_python_of_a_place() {
        assert_eq!(python_version(b"v/lib/python3.11/site-packages"), Some("3.11"));
        assert_eq!(python_version(b"usr/lib/python3/dist-packages"), None);
    }
}
