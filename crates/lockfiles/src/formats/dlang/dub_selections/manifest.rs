//! `dub.json` and `dub.sdl`: what a project asks for. <https://dub.pm/dub-reference/recipe/>

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, Place, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;
use plimsoll_extract::syntax::trees::{self, Dialect, Quote};
use plimsoll_model::Limits;

use crate::project_manifest::{Manifest, Need, When};

loose_object! {
    struct Recipe<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "description" => description: Text<'a>,
        "license" => license: Text<'a>,
        "dependencies" => dependencies: Map<'a, Loose<Dependency<'a>>>,
    }
}

/// A range, or an object with one.
#[derive(Debug, Default)]
struct Dependency<'a> {
    version: Loose<Text<'a>>,
    path: Loose<Text<'a>>,
    optional: Loose<bool>,
}

impl<'a> Fill<'a> for Dependency<'a> {
    fn string(&mut self, text: std::borrow::Cow<'a, str>) -> bool {
        let mut version = Text::default();
        let right = version.string(text);
        self.version = Loose::Read(version);
        right
    }

    fn object<A: MapAccess<'a>>(&mut self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key::<Text<'a>>()? {
            let mut ignored = Loose::<Text<'a>>::Absent;
            match key.as_str() {
                "version" => map.next_value_seed(Place(&mut self.version))?,
                "path" => map.next_value_seed(Place(&mut self.path))?,
                "optional" => map.next_value_seed(Place(&mut self.optional))?,
                _ => map.next_value_seed(Place(&mut ignored))?,
            }
        }
        Ok(true)
    }
}

/// The most trees that the attributes of a dependency are looked for in.
const MAX_ATTRIBUTES: usize = 32;

/// A sub package is part of its package.
fn package(name: &str) -> String {
    name.split(':').next().unwrap_or_default().to_owned()
}

pub(super) fn json(bytes: &[u8], limits: &Limits, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let mut root = Loose::<Recipe<'_>>::Absent;
    let outcome = fill(bytes, limits, &mut root);
    let lines = LineIndex::new(bytes);
    if let Some(recipe) = root.into_option() {
        let text = |text: &Loose<Text<'_>>| text.as_str().map(str::to_owned);
        let need = |(name, dependency): &(Text<'_>, Loose<Dependency<'_>>)| {
            let dependency = dependency.get()?;
            let when = if dependency.optional.is_true() { When::Optional } else { When::Runtime };
            // `:core` is a sub package of the project itself.
            let local = dependency.path.as_str().is_some() || name.starts_with(':');
            Some(Need {
                name: package(name),
                range: dependency.version.as_str().unwrap_or_default().to_owned(),
                when,
                local,
                line: lines.line_of(name).unwrap_or(0),
                ..Need::default()
            })
        };
        let manifest = Manifest {
            name: text(&recipe.name),
            version: text(&recipe.version),
            description: text(&recipe.description),
            license: text(&recipe.license),
            line: recipe.name.get().and_then(|name| lines.line_of(name)).unwrap_or(0),
            needs: recipe.dependencies.entries().iter().filter_map(need).collect(),
        };
        manifest.keep(out);
    }
    Ok(outcome?)
}

const SDL: Dialect = Dialect {
    line_comments: &["//", "#", "--"],
    block_comments: &[("/*", "*/")],
    quotes: &[Quote::escaped("\"", "\""), Quote::raw("`", "`")],
    word: "-.",
};

/// `dependency "vibe-d" version="~>0.9" optional=true`.
pub(super) fn sdl(bytes: &[u8], limits: &Limits, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let text = syntax::text::decode(bytes).text;
    let (trees, fault) = trees::parse_partial(&text, &SDL, limits);
    let value = |key: &str| {
        trees.windows(2).find_map(|window| match window {
            [tag, value] if tag.word() == Some(key) => Some((value.text()?, tag.line())),
            _ => None,
        })
    };
    let text = |key: &str| value(key).map(|(text, _)| text.to_owned());
    let needs = trees.iter().enumerate().filter_map(|(at, tree)| {
        let [name, attributes @ ..] = trees.get(at.saturating_add(1)..)? else { return None };
        let name = name.text().filter(|_| tree.word() == Some("dependency"))?;
        let attribute = |key: &str| {
            let of_line = attributes.iter().take(MAX_ATTRIBUTES).take_while(|other| other.line() == tree.line());
            attributes.get(..of_line.count())?.windows(3).find_map(|window| match window {
                [held, equals, value] if held.word() == Some(key) && equals.is_mark("=") => value.name(),
                _ => None,
            })
        };
        Some(Need {
            name: package(name),
            range: attribute("version").unwrap_or_default().to_owned(),
            when: if attribute("optional") == Some("true") { When::Optional } else { When::Runtime },
            local: attribute("path").is_some() || name.starts_with(':'),
            line: tree.line(),
            ..Need::default()
        })
    });
    let manifest = Manifest {
        name: text("name"),
        version: text("version"),
        description: text("description"),
        license: text("license"),
        line: value("name").map_or(0, |(_, line)| line),
        needs: needs.collect(),
    };
    manifest.keep(out);
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}
