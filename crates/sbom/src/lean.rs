//! What a query wants of a large document and nothing else: components and what depends on what.
//!
//! One pass over the bytes, borrowed from them, without a tree and without judging: what else there is, is passed over.
//! Many documents are asked for one package; a tree of each would cost ten times as much. Read are CycloneDX JSON and
//! SPDX 2 JSON; `validate` says whether a document is one.

mod spdx;

use std::borrow::Cow;

use plimsoll_model::Limits;

use crate::encoding::{Encoding, ReadError};
use crate::json::lexer::{self, Event, LexError, Lexer};
use crate::tree::Pointer;

/// Components and dependencies of a document, its text borrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lean<'a> {
    /// The components, the subject of the document first where the format tells.
    pub components: Vec<LeanComponent<'a>>,
    /// The files that SPDX 2 lists apart from packages; CycloneDX has them among the components.
    pub files: Vec<LeanComponent<'a>>,
    /// What refers to what.
    pub edges: Vec<LeanEdge<'a>>,
    /// The version of the standard, as written.
    pub version: Cow<'a, str>,
    /// When the document was made.
    pub created: Cow<'a, str>,
    /// What made it: names and versions.
    pub tools: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// CycloneDX `compositions`: how much the document says that it lists.
    pub aggregates: Vec<Cow<'a, str>>,
    /// The place of CycloneDX's `metadata.component`.
    pub subject: Option<usize>,
    /// SPDX's `documentDescribes`: what the document is about, by name.
    pub describes: Vec<Cow<'a, str>>,
}

/// A component or package. What the document does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeanComponent<'a> {
    /// The component that it is inside of, by its place.
    pub parent: Option<usize>,
    /// The name of the element in the document.
    pub reference: Cow<'a, str>,
    /// `type`, or `primaryPackagePurpose`.
    pub kind: Cow<'a, str>,
    /// CycloneDX `group`.
    pub group: Cow<'a, str>,
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its version.
    pub version: Cow<'a, str>,
    /// Its package URL, the first where there are several.
    pub purl: Cow<'a, str>,
    /// The other package URLs of an SPDX package.
    pub more_purls: Vec<Cow<'a, str>>,
    /// Algorithm and value of its hashes, as they are written.
    pub hashes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Its licences: ids, names and expressions, as they are written, those of SPDX but for `NOASSERTION` and `NONE`.
    pub licenses: Vec<Cow<'a, str>>,
    /// Name and value of its properties.
    pub properties: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// A relationship of two elements, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeanEdge<'a> {
    /// Of which.
    pub from: Cow<'a, str>,
    /// To which.
    pub to: Cow<'a, str>,
    /// The word of the format: `dependsOn`, `provides`, or an SPDX `relationshipType`.
    pub kind: Cow<'a, str>,
}

/// The text of a file, for [`lean`] to borrow from: UTF-8, or UTF-16 with a byte order mark.
///
/// # Errors
/// It is neither.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    lexer::text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))
}

/// Reads components and edges of a JSON text.
///
/// # Errors
/// It is not JSON, a limit was reached, or the encoding is not one that can be read so.
pub fn lean<'a>(text: &'a str, encoding: Encoding, limits: &Limits) -> Result<Lean<'a>, ReadError> {
    lean_with(text, encoding, limits, |_| true)
}

/// The same, with only those properties of components whose names are wanted.
///
/// # Errors
/// It is not JSON, a limit was reached, or the encoding is not one that can be read so.
pub fn lean_with<'a>(
    text: &'a str,
    encoding: Encoding,
    limits: &Limits,
    property: fn(&str) -> bool,
) -> Result<Lean<'a>, ReadError> {
    let mut lean = Lean::default();
    // A component takes up a kilobyte, more or less, and refers to a few others.
    lean.components.reserve(text.len() / 1024);
    lean.edges.reserve(text.len() / 512);
    let mut reader = Reader { lexer: Lexer::new(text, limits), lean, property };
    let read = match encoding {
        Encoding::CycloneDxJson => reader.bom(),
        Encoding::SpdxJson => reader.spdx_document(),
        _ => return Err(ReadError::Unknown { looked_for: vec!["bomFormat", "spdxVersion"] }),
    };
    match read {
        Ok(()) => Ok(reader.lean),
        Err(error) => {
            let fault = Box::new(error.fault(text, Pointer::root()));
            Err(if error.limit { ReadError::Limit(fault) } else { ReadError::Syntax(fault) })
        }
    }
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    lean: Lean<'a>,
    /// Which properties are wanted.
    property: fn(&str) -> bool,
}

type Read<T> = Result<T, LexError>;

impl<'a> Reader<'a> {
    /// The members of an object, each for `member` to read or pass; any other value is passed.
    fn object(&mut self, mut member: impl FnMut(&mut Self, &str) -> Read<()>) -> Read<()> {
        match self.lexer.next()? {
            Some(Event::BeginObject) => {}
            Some(Event::BeginArray) => return self.lexer.skip(),
            _ => return Ok(()),
        }
        while let Some(name) = self.lexer.member()? {
            member(self, &name)?;
        }
        Ok(())
    }

    /// The items of an array, each for `item` to read or pass; any other value is passed.
    fn array(&mut self, mut item: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        match self.lexer.next()? {
            Some(Event::BeginArray) => {}
            Some(Event::BeginObject) => return self.lexer.skip(),
            _ => return Ok(()),
        }
        while !self.lexer.at_end_of_array() {
            item(self)?;
        }
        self.lexer.next().map(drop)
    }

    /// Text; empty for any other value.
    fn text(&mut self) -> Read<Cow<'a, str>> {
        if let Some(text) = self.lexer.string_here()? {
            return Ok(text);
        }
        match self.lexer.next()? {
            Some(Event::String(text)) => Ok(text),
            Some(Event::BeginArray | Event::BeginObject) => self.lexer.skip().map(|()| Cow::Borrowed("")),
            _ => Ok(Cow::Borrowed("")),
        }
    }

    fn pass(&mut self) -> Read<()> {
        self.lexer.pass()
    }

    fn bom(&mut self) -> Read<()> {
        self.object(|reader, name| {
            match name {
                "specVersion" => reader.lean.version = reader.text()?,
                "metadata" => reader.metadata()?,
                "components" => reader.array(|reader| reader.component(None))?,
                "dependencies" => reader.array(Self::dependency)?,
                "compositions" => reader.array(|reader| {
                    reader.object(|reader, name| {
                        if name != "aggregate" {
                            return reader.pass();
                        }
                        let aggregate = reader.text()?;
                        reader.lean.aggregates.push(aggregate);
                        Ok(())
                    })
                })?,
                _ => reader.pass()?,
            }
            Ok(())
        })?;
        self.lexer.next().map(drop)
    }

    fn metadata(&mut self) -> Read<()> {
        self.object(|reader, name| {
            match name {
                "timestamp" => reader.lean.created = reader.text()?,
                "tools" => reader.tools()?,
                "component" => {
                    reader.lean.subject = Some(reader.lean.components.len());
                    reader.component(None)?;
                }
                _ => reader.pass()?,
            }
            Ok(())
        })
    }

    /// A list of tools, as it was before 1.5, or the components and services that served.
    fn tools(&mut self) -> Read<()> {
        if self.lexer.at_array() {
            return self.array(Self::tool);
        }
        self.object(|reader, name| match name {
            "components" | "services" => reader.array(Self::tool),
            _ => reader.pass(),
        })
    }

    fn tool(&mut self) -> Read<()> {
        let mut tool = (Cow::Borrowed(""), Cow::Borrowed(""));
        self.object(|reader, name| {
            match name {
                "name" => tool.0 = reader.text()?,
                "version" => tool.1 = reader.text()?,
                _ => reader.pass()?,
            }
            Ok(())
        })?;
        self.lean.tools.push(tool);
        Ok(())
    }

    /// A component and those inside it; a component inside is two brackets deeper, so this recursion is bounded.
    fn component(&mut self, parent: Option<usize>) -> Read<()> {
        let place = self.lean.components.len();
        self.lean.components.push(LeanComponent::default());
        let mut component = LeanComponent { parent, ..LeanComponent::default() };
        self.object(|reader, name| {
            match name {
                "bom-ref" => component.reference = reader.text()?,
                "type" => component.kind = reader.text()?,
                "group" => component.group = reader.text()?,
                "name" => component.name = reader.text()?,
                "version" => component.version = reader.text()?,
                "purl" => component.purl = reader.text()?,
                "hashes" => component.hashes = reader.hashes("alg", "content")?,
                "licenses" => component.licenses = reader.licenses()?,
                "properties" => component.properties = reader.properties()?,
                "components" => reader.array(|reader| reader.component(Some(place)))?,
                _ => reader.pass()?,
            }
            Ok(())
        })?;
        if let Some(slot) = self.lean.components.get_mut(place) {
            *slot = component;
        }
        Ok(())
    }

    /// CycloneDX `licenseChoice`: licences by id or name, or one expression.
    fn licenses(&mut self) -> Read<Vec<Cow<'a, str>>> {
        let mut licenses = Vec::new();
        self.array(|reader| {
            reader.object(|reader, name| {
                match name {
                    "expression" => push_one(&mut licenses, reader.text()?),
                    "license" => reader.object(|reader, name| {
                        match name {
                            "id" | "name" => push_one(&mut licenses, reader.text()?),
                            _ => reader.pass()?,
                        }
                        Ok(())
                    })?,
                    _ => reader.pass()?,
                }
                Ok(())
            })
        })?;
        licenses.retain(|license| !license.is_empty());
        Ok(licenses)
    }

    fn properties(&mut self) -> Read<Vec<(Cow<'a, str>, Cow<'a, str>)>> {
        let mut properties = Vec::new();
        self.array(|reader| {
            let mut property = (Cow::Borrowed(""), Cow::Borrowed(""));
            reader.object(|reader, name| {
                match name {
                    "name" => property.0 = reader.text()?,
                    "value" => property.1 = reader.text()?,
                    _ => reader.pass()?,
                }
                Ok(())
            })?;
            if (reader.property)(&property.0) {
                properties.push(property);
            }
            Ok(())
        })?;
        Ok(properties)
    }

    fn hashes(&mut self, algorithm: &str, value: &str) -> Read<Vec<(Cow<'a, str>, Cow<'a, str>)>> {
        let mut hashes = Vec::new();
        self.array(|reader| {
            let mut hash = (Cow::Borrowed(""), Cow::Borrowed(""));
            reader.object(|reader, name| {
                if name == algorithm {
                    hash.0 = reader.text()?;
                } else if name == value {
                    hash.1 = reader.text()?;
                } else {
                    reader.pass()?;
                }
                Ok(())
            })?;
            push_one(&mut hashes, hash);
            Ok(())
        })?;
        Ok(hashes)
    }

    fn dependency(&mut self) -> Read<()> {
        let mut from = Cow::Borrowed("");
        let start = self.lean.edges.len();
        self.object(|reader, name| {
            let kind = match name {
                "ref" => {
                    from = reader.text()?;
                    return Ok(());
                }
                "dependsOn" => "dependsOn",
                "provides" => "provides",
                _ => return reader.pass(),
            };
            reader.array(|reader| {
                let to = reader.text()?;
                reader.lean.edges.push(LeanEdge { from: Cow::Borrowed(""), to, kind: Cow::Borrowed(kind) });
                Ok(())
            })
        })?;
        for edge in self.lean.edges.get_mut(start..).unwrap_or_default() {
            edge.from.clone_from(&from);
        }
        Ok(())
    }
}

/// Adds to a list that mostly has one item.
fn push_one<T>(list: &mut Vec<T>, item: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cyclonedx_components_and_edges() {
        let text = r#"{"metadata": {"component": {"name": "root", "bom-ref": "r"}}, "components": [
            {"type": "library", "group": "g", "name": "a", "version": "1", "purl": "pkg:npm/g/a@1", "bom-ref": "a",
             "hashes": [{"alg": "MD5", "content": "00"}, 7], "components": [{"name": "\u0061b", "properties": [{}]}]},
            "wrong"], "dependencies": [{"dependsOn": ["a", "b"], "ref": "r"}, {"ref": "a"}], "x": [[1]]}"#;
        let read = lean(text, Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap();
        let names: Vec<&str> = read.components.iter().map(|component| component.name.as_ref()).collect();
        assert_eq!(names, ["root", "a", "ab", ""]);
        let a = &read.components[1];
        assert_eq!((&*a.reference, &*a.kind, &*a.group, &*a.purl), ("a", "library", "g", "pkg:npm/g/a@1"));
        assert_eq!(a.hashes[0], ("MD5".into(), "00".into()));
        let edges: Vec<(&str, &str)> = read.edges.iter().map(|edge| (&*edge.from, &*edge.to)).collect();
        assert_eq!(edges, [("r", "a"), ("r", "b")]);
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in ["{\"components\": [{]}", "{} x", "{\"a\":", "{\"components\": [1 2]}"] {
            assert!(lean(text, Encoding::CycloneDxJson, &Limits::DEFAULT).is_err(), "{text}");
        }
        assert!(lean("{}", Encoding::CycloneDxXml, &Limits::DEFAULT).is_err());
    }
}
