//! `type=npm,license=MIT,scope=dev,name=glob`: which components are meant.

use super::Node;

/// Conditions, all of which must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<(Field, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Type,
    License,
    Scope,
    Name,
}

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no condition: there are type=, license=, scope= and name=, with * and ? in their values")]
pub struct FilterError(String);

impl Filter {
    /// Reads conditions that commas separate.
    ///
    /// # Errors
    /// One is none.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let condition = |part: &str| {
            let unknown = || FilterError(part.to_owned());
            let (field, value) = part.split_once('=').ok_or_else(unknown)?;
            let field = match field.trim() {
                "type" => Field::Type,
                "license" | "licence" => Field::License,
                "scope" => Field::Scope,
                "name" => Field::Name,
                _ => return Err(unknown()),
            };
            Ok((field, value.trim().to_lowercase()))
        };
        text.split(',').map(condition).collect::<Result<_, _>>().map(Self)
    }

    /// Whether it asks for more than the lean reader gives: licences or scopes.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        self.0.iter().any(|(field, _)| matches!(field, Field::License | Field::Scope))
    }

    /// Whether a component is meant. Letters are folded.
    #[must_use]
    pub fn matches(&self, node: &Node) -> bool {
        self.0.iter().all(|(field, wanted)| match field {
            Field::Type => glob(wanted, node.family()) || glob(wanted, &node.kind),
            Field::Scope => glob(wanted, &node.scope),
            Field::Name => {
                glob(wanted, &node.name) || node.name.rsplit_once('/').is_some_and(|(_, last)| glob(wanted, last))
            }
            // Within an expression, the licences that it names.
            Field::License => node.licenses.iter().any(|text| {
                glob(wanted, text) || text.split([' ', '(', ')']).any(|word| !word.is_empty() && glob(wanted, word))
            }),
        })
    }
}

/// Whether a text fits a pattern of `*` and `?`, in time proportional to their product at the worst.
fn glob(pattern: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut place) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = text.get(place) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at = at.saturating_add(1);
            }
            Some(wanted) if *wanted == '?' || wanted == character => {
                (at, place) = (at.saturating_add(1), place.saturating_add(1));
            }
            // The last star takes one more.
            _ => match star {
                Some((before, taken)) => {
                    star = Some((before, taken.saturating_add(1)));
                    (at, place) = (before.saturating_add(1), taken.saturating_add(1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("react", "React", true),
            ("react*", "react-dom", true),
            ("*-dom", "react-dom", true),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("*", "", true),
            ("a", "ab", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn conditions() {
        let node = Node {
            name: "@acme/x".into(),
            purl: "pkg:npm/%40acme/x@1".into(),
            kind: "library".into(),
            licenses: vec!["(MIT OR Apache-2.0)".into()],
            scope: "dev".into(),
            ..Node::default()
        };
        let fits = |text: &str| Filter::parse(text).unwrap().matches(&node);
        assert!(fits("type=npm") && fits("type=library, name=x") && fits("license=mit,scope=dev,name=@acme/*"));
        assert!(!fits("type=pypi") && !fits("license=MI") && !fits("type=npm,scope=required"));
        assert!(Filter::parse("kind=npm").is_err() && Filter::parse("").is_err());
        assert!(Filter::parse("scope=dev").unwrap().needs_all() && !Filter::parse("name=x").unwrap().needs_all());
    }
}
