//! WordPress: the core (`wp-includes/version.php`), its plugins and themes.
//! <https://developer.wordpress.org/plugins/plugin-basics/header-requirements/>,
//! <https://developer.wordpress.org/themes/basics/main-stylesheet-style-css/>
//!
//! - Headers are comments in the first 8 KiB of a file, as WordPress itself reads them. Of the PHP files directly in the
//!   directory of a plugin, the one with a `Plugin Name` is the plugin.
//! - The directory is the name in the registry (the slug); the header's name is a title. Purl types are those that other
//!   scanners use, as none is registered: `wordpress` for the core, `wordpress-plugin`, and by analogy `wordpress-theme`.
//! - `Requires Plugins` (6.5) names slugs, `Template` the parent of a theme. All need the core that they lie in.

mod header;
mod version;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use self::header::Header;

/// Reads an installed WordPress.
pub(crate) struct WordPress;

/// As much of a file as WordPress reads for its header.
const HEADER_BYTES: usize = 8 * 1024;

/// What a file is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Core,
    Plugin,
    Theme,
}

impl Extractor for WordPress {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("wordpress/site")
    }

    fn about(&self) -> About {
        About {
            title: "WordPress core, plugins and themes",
            specification: "https://developer.wordpress.org/plugins/plugin-basics/header-requirements/",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("wp-includes/version.php"),
            Interest::Path("wp-content/plugins/*/*.php"),
            Interest::Path("wp-content/plugins/*.php"),
            Interest::Path("wp-content/mu-plugins/*.php"),
            Interest::Path("wp-content/themes/*/style.css"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let Some(kind) = kind(file.path()) else { return Ok(()) };
        if kind == Kind::Core {
            let text = syntax::text::decode(&bytes).text;
            let found = version::find(&text);
            let (version, line) = found.ok_or_else(|| ExtractError::malformed("$wp_version is not set"))?;
            let Some(purl) = out.purl(Purl::builder("wordpress", "wordpress").version(version), line) else {
                return Ok(());
            };
            let component = Component { kind: ComponentKind::Application, ..Component::from_purl(purl) };
            out.component(component, line);
            return Ok(());
        }
        let head = bytes.get(..HEADER_BYTES).unwrap_or(&bytes);
        let text = String::from_utf8_lossy(head);
        let header = Header::read(&text, kind == Kind::Theme);
        let Some((name, line)) = header.name else { return Ok(()) };
        let slug = slug(file.path()).unwrap_or_default();
        extension(kind, &slug, name, line, &header, out);
        out.keep(header.needs(kind == Kind::Theme));
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relate(files);
    }
}

fn kind(path: &SourcePath) -> Option<Kind> {
    let mut parts = path.as_bytes().rsplit(|&byte| byte == b'/');
    match (parts.next()?, parts.next()?) {
        (b"version.php", b"wp-includes") => Some(Kind::Core),
        (b"style.css", _) => Some(Kind::Theme),
        _ => Some(Kind::Plugin),
    }
}

/// The directory of a plugin or theme, or the file of a plugin without one.
fn slug(path: &SourcePath) -> Option<String> {
    let directory = path.parent().rsplit(|&byte| byte == b'/').next()?;
    let name = match directory {
        b"plugins" | b"mu-plugins" => path.name().strip_suffix(b".php")?,
        directory => directory,
    };
    Some(String::from_utf8_lossy(name).into_owned())
}

fn extension(kind: Kind, slug: &str, name: &str, line: u32, header: &Header<'_>, out: &mut Sink<'_>) {
    let purl_type = if kind == Kind::Theme { "wordpress-theme" } else { "wordpress-plugin" };
    let version = header.get("version");
    if version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{slug} has no version"));
    }
    let Some(purl) = out.purl(Purl::builder(purl_type, slug).version(version.unwrap_or_default()), line) else {
        return;
    };
    let mut component = Component { name: name.into(), ..Component::from_purl(purl) };
    component.licenses.extend(header.get("license").and_then(License::declared));
    component.author = header.get("author").map(Into::into);
    component.description = header.get("description").map(Into::into);
    for key in ["plugin uri", "theme uri"] {
        let url = header.get(key).filter(|url| url.contains("://"));
        component.references.extend(url.map(|url| ExternalReference {
            kind: ReferenceKind::Website,
            url: url.into(),
            hashes: Vec::new(),
        }));
    }
    out.component(component, line);
}

/// The directory that holds `wp-content`.
fn root(path: &[u8]) -> Option<&[u8]> {
    if path == b"wp-content" || path.starts_with(b"wp-content/") {
        return Some(&[]);
    }
    memchr::memmem::find(path, b"/wp-content/").and_then(|at| path.get(..at))
}

fn relate(files: &mut Resolver<'_>) {
    let mut cores: HashMap<Vec<u8>, Handle> = HashMap::new();
    let mut extensions: HashMap<(Vec<u8>, bool, String), Handle> = HashMap::new();
    let mut found = Vec::new();
    for file in files.files() {
        let Some((at, path)) = files.components(file).next().map(|(at, _)| at).zip(files.path(file)) else { continue };
        if kind(path) == Some(Kind::Core) {
            let directory = path.parent().strip_suffix(b"wp-includes").unwrap_or_default();
            cores.insert(directory.strip_suffix(b"/").unwrap_or(directory).to_vec(), at);
            continue;
        }
        let (Some(root), Some(slug)) = (root(path.as_bytes()).map(<[u8]>::to_vec), slug(path)) else { continue };
        let theme = kind(path) == Some(Kind::Theme);
        extensions.insert((root.clone(), theme, slug), at);
        found.push((file, at, root, theme));
    }
    for (file, from, root, theme) in found {
        let kept = files.take_kept(file);
        let targets = String::from_utf8_lossy(&kept);
        let mut targets: Vec<Handle> = targets
            .lines()
            .filter_map(|slug| extensions.get(&(root.clone(), theme, slug.to_owned())).copied())
            .collect();
        targets.extend(cores.get(&root).copied());
        for to in targets {
            files.relate(from, to, RelationshipKind::DependsOn, Scope::Runtime);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_and_roots() {
        let of = |path: &str| slug(&SourcePath::new(path).unwrap());
        assert_eq!(of("var/www/wp-content/plugins/akismet/akismet.php").as_deref(), Some("akismet"));
        assert_eq!(of("wp-content/plugins/hello.php").as_deref(), Some("hello"));
        assert_eq!(root(b"var/www/wp-content/plugins/x"), Some(&b"var/www"[..]));
        assert_eq!(root(b"wp-content/plugins/x"), Some(&b""[..]));
    }
}
