//! Products whose program does not state its version, and a file beside it does.
//!
//! `VERSION` at the root of a Go distribution holds `go1.22.1`, or `devel go1.23-5e1e6a0 Mon …` in one built from source
//! (<https://go.dev/doc/install/source>, `VERSION.cache` before 1.24). `application.ini` of Mozilla's programs holds name
//! and version in its section `App` (<https://firefox-source-docs.mozilla.org/>). The program must be there: a file of
//! this name alone proves nothing.

use plimsoll_extract::prelude::*;

/// The files.
pub(super) const INTEREST: &[Interest] = &[
    Interest::Name("VERSION"),
    Interest::Name("VERSION.cache"),
    Interest::Name("application.ini"),
    Interest::Name("firefox"),
    Interest::Name("firefox-bin"),
    Interest::Name("firefox.exe"),
    Interest::Name("thunderbird"),
    Interest::Name("thunderbird-bin"),
    Interest::Name("thunderbird.exe"),
];

/// Most bytes of such a file.
const MAX_FILE: u64 = 4096;

/// What such a file states, and which programs may bear it out.
struct Product {
    name: &'static str,
    programs: &'static [&'static str],
}

const GO: Product = Product { name: "go", programs: &["bin/go", "bin/go.exe", "go", "go.exe"] };
const FIREFOX: Product = Product { name: "firefox", programs: &["firefox", "firefox-bin", "firefox.exe"] };
const THUNDERBIRD: Product =
    Product { name: "thunderbird", programs: &["thunderbird", "thunderbird-bin", "thunderbird.exe"] };
const PRODUCTS: &[Product] = &[GO, FIREFOX, THUNDERBIRD];

/// Keeps what the file states for the second phase, as `product version`.
pub(super) fn keep(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let read: fn(&str) -> Option<(&'static str, &str)> = match file.path().name() {
        b"VERSION" | b"VERSION.cache" => go,
        b"application.ini" => mozilla,
        _ => return Ok(()),
    };
    if file.len() > MAX_FILE {
        return Ok(());
    }
    let bytes = file.bytes()?;
    let stated = std::str::from_utf8(&bytes).ok().and_then(read);
    if let Some((product, version)) = stated.filter(|(_, version)| version.len() <= 64) {
        out.keep(format!("{product} {version}"));
    }
    Ok(())
}

/// `go1.22.1` at the start of a line, also after `devel `.
fn go(text: &str) -> Option<(&'static str, &str)> {
    let line = text.lines().next()?;
    let word = line.strip_prefix("devel ").unwrap_or(line).split_ascii_whitespace().next()?;
    let version = word.strip_prefix("go")?;
    version.starts_with(|first: char| first.is_ascii_digit()).then_some((GO.name, version))
}

/// `Name` and `Version` of the section `[App]`.
fn mozilla(text: &str) -> Option<(&'static str, &str)> {
    let app = text.lines().skip_while(|line| line.trim() != "[App]").skip(1);
    let pairs = app.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    let (mut name, mut version) = (None, None);
    for (key, value) in pairs {
        match key.trim() {
            "Name" => name = Some(value.trim()),
            "Version" => version = Some(value.trim()),
            _ => {}
        }
    }
    let product = match name? {
        "Firefox" => FIREFOX.name,
        "Thunderbird" => THUNDERBIRD.name,
        _ => return None,
    };
    Some((product, version?))
}

/// Emits the products whose program is there.
pub(super) fn resolve(files: &mut Resolver<'_>) {
    for file in files.files() {
        let kept = String::from_utf8_lossy(files.kept(file)).into_owned();
        let Some((name, version)) = kept.split_once(' ') else { continue };
        let Some(product) = PRODUCTS.iter().find(|product| product.name == name) else { continue };
        let program = product.programs.iter().find_map(|program| files.find_beside(file, program));
        // A program that states its own version needs no help.
        let Some(program) = program.filter(|&program| files.components(program).next().is_none()) else { continue };
        let path = files.path(program).map(ToString::to_string);
        let Some(mut out) = files.sink(file) else { continue };
        let Some(purl) = out.purl(Purl::builder("generic", product.name).version(version), 1) else { continue };
        let mut component = Component { kind: ComponentKind::Application, ..Component::from_purl(purl) };
        component.properties.extend(path.map(|path| ("plimsoll:classifier:program".into(), path.into())));
        out.observed(component, Observation { confidence: Confidence::HIGH, ..Observation::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_files_state() {
        assert_eq!(go("go1.22.1\ntime 2024-02-29T18:18:48Z\n"), Some(("go", "1.22.1")));
        assert_eq!(go("devel go1.25-d524e1e Sun Feb 16 07:23:13 2025 -0800"), Some(("go", "1.25-d524e1e")));
        assert_eq!(go("google 1"), None);
        assert_eq!(go("1.2.3"), None);
        assert_eq!(
            mozilla("[App]\nVendor=Mozilla\nName=Firefox\nVersion=128.0\n[Gecko]\nVersion=1"),
            Some(("firefox", "128.0"))
        );
        assert_eq!(mozilla("[App]\nName=Other\nVersion=1\n"), None);
    }
}
