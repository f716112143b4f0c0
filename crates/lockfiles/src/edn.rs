//! EDN, and as much of Clojure as `project.clj` needs. <https://github.com/edn-format/edn>,
//! <https://clojure.org/reference/reader>
//!
//! Nothing is run. Quotes, tags and metadata are passed over, so that what they belong to stands for itself; `#_` drops
//! the next form; `#:ns{…}` gives its keys their namespace. Depth and number of forms are bounded.

mod tokens;

use std::borrow::Cow;

use plimsoll_extract::syntax;
use plimsoll_model::Limits;

use tokens::{Kind, Tokens};

/// Forms in one file: a hundred times what the largest have.
const MAX_FORMS: usize = 1_000_000;

/// A form and its line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Form<'a> {
    pub(crate) line: u32,
    pub(crate) value: Value<'a>,
}

/// What a form is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// A string without its quotes; escapes are undone.
    Text(Cow<'a, str>),
    /// A symbol, also `nil`, `true` and numbers.
    Symbol(&'a str),
    /// A keyword without its colon.
    Keyword(Cow<'a, str>),
    /// `(…)`.
    List(Vec<Form<'a>>),
    /// `[…]`.
    Vector(Vec<Form<'a>>),
    /// `{…}`: keys and values in turn.
    Map(Vec<Form<'a>>),
    /// `#{…}`.
    Set(Vec<Form<'a>>),
}

impl<'a> Form<'a> {
    /// The text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of a symbol.
    pub(crate) fn symbol(&self) -> Option<&'a str> {
        match self.value {
            Value::Symbol(name) => Some(name),
            _ => None,
        }
    }

    /// The name of a keyword.
    pub(crate) fn keyword(&self) -> Option<&str> {
        match &self.value {
            Value::Keyword(name) => Some(name),
            _ => None,
        }
    }

    /// The items of a list, vector or set.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) | Value::Vector(items) | Value::Set(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Self, &Self)> {
        let items = match &self.value {
            Value::Map(items) => items.as_slice(),
            _ => &[],
        };
        pairs(items)
    }

    /// The value of a keyword in a map.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.entries().find(|(key, _)| key.keyword() == Some(name)).map(|(_, value)| value)
    }

    /// The text of a keyword in a map.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text().filter(|text| !text.is_empty())
    }
}

/// Keys and values that stand in turn.
pub(crate) fn pairs<'s, 'a>(forms: &'s [Form<'a>]) -> impl Iterator<Item = (&'s Form<'a>, &'s Form<'a>)> {
    forms.chunks_exact(2).filter_map(|pair| match pair {
        [key, value] => Some((key, value)),
        _ => None,
    })
}

/// A collection that is not closed yet.
struct Open<'a> {
    close: char,
    /// `#{`.
    is_set: bool,
    line: u32,
    /// The namespace that its keys get.
    namespace: &'a str,
    items: Vec<Form<'a>>,
    /// Forms to drop before the next one that counts.
    dropping: u32,
}

impl<'a> Open<'a> {
    fn new(close: char, line: u32) -> Self {
        Self { close, is_set: false, line, namespace: "", items: Vec::new(), dropping: 0 }
    }

    fn push(&mut self, form: Form<'a>) {
        match self.dropping.checked_sub(1) {
            Some(left) => self.dropping = left,
            None => self.items.push(form),
        }
    }

    fn close(self) -> Form<'a> {
        let Self { close, is_set, line, namespace, mut items, .. } = self;
        if !namespace.is_empty() {
            for key in items.iter_mut().step_by(2) {
                if let Value::Keyword(name) = &mut key.value
                    && !name.contains('/')
                {
                    *name = Cow::Owned(format!("{namespace}/{name}"));
                }
            }
        }
        let value = match close {
            ')' => Value::List(items),
            ']' => Value::Vector(items),
            _ if is_set => Value::Set(items),
            _ => Value::Map(items),
        };
        Form { line, value }
    }
}

/// The forms of a text; with a fault, those before it, and what was open there as far as it was read.
pub(crate) fn read<'a>(text: &'a str, limits: &Limits) -> (Vec<Form<'a>>, Option<syntax::Error>) {
    let mut tokens = Tokens::new(text);
    let mut open: Vec<Open<'a>> = vec![Open::new('\0', 1)];
    let fault = fill(&mut tokens, &mut open, limits);
    while let Some(last) = open.pop() {
        match open.last_mut() {
            Some(outer) => outer.items.push(last.close()),
            None => return (last.items, fault),
        }
    }
    (Vec::new(), fault)
}

fn fill<'a>(tokens: &mut Tokens<'a>, open: &mut Vec<Open<'a>>, limits: &Limits) -> Option<syntax::Error> {
    let mut forms = 0_usize;
    let mut namespace = "";
    for (kind, line) in tokens.by_ref() {
        forms = forms.saturating_add(1);
        if forms > MAX_FORMS {
            return Some(syntax::Error::TooManyNodes);
        }
        let mut form = |value| open.last_mut().map(|last| last.push(Form { line, value }));
        match kind {
            Kind::Text(text) => drop(form(Value::Text(text))),
            Kind::Symbol(name) => drop(form(Value::Symbol(name))),
            Kind::Keyword(name) => drop(form(Value::Keyword(Cow::Borrowed(name)))),
            Kind::Drop => {
                if let Some(last) = open.last_mut() {
                    last.dropping = last.dropping.saturating_add(1);
                }
            }
            Kind::Namespace(name) => namespace = name,
            Kind::Open { close, is_set } => {
                if open.len() > limits.depth as usize {
                    return Some(syntax::Error::TooDeep { line });
                }
                let namespace = std::mem::take(&mut namespace);
                open.push(Open { is_set, namespace, ..Open::new(close, line) });
            }
            Kind::Close(close) => {
                if open.last().is_none_or(|last| last.close != close) {
                    return Some(syntax::Error::syntax(line, format!("'{close}' closes nothing")));
                }
                if let (Some(last), Some(outer)) = (open.pop(), open.last_mut()) {
                    outer.push(last.close());
                }
            }
            Kind::Fault(message) => return Some(syntax::Error::syntax(line, message)),
        }
    }
    let last = open.last().filter(|last| last.close != '\0')?;
    Some(syntax::Error::syntax(last.line, "what opens here is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Form<'_> {
        let (mut forms, fault) = read(text, &Limits::DEFAULT);
        assert!(fault.is_none(), "{text}: {fault:?}");
        assert_eq!(forms.len(), 1, "{forms:?}");
        forms.remove(0)
    }

    #[test]
    fn forms_of_all_kinds() {
        let map = one(
            "; c\n{:a \"x\\n\\\"\", b/c [1 #_ (2 3) #_ #_ 4 5 'd], :m ^{:x 1} #{\\a \\newline} :n #:mvn{:version \"1\"}}",
        );
        assert_eq!(map.line, 2);
        assert_eq!(map.text_of("a"), Some("x\n\""));
        let vector = &map.entries().nth(1).unwrap().1;
        assert_eq!(vector.items().iter().filter_map(Form::symbol).collect::<Vec<_>>(), ["1", "d"]);
        assert!(matches!(&map.get("m").unwrap().value, Value::Set(items) if items.len() == 2));
        assert_eq!(map.get("n").unwrap().text_of("mvn/version"), Some("1"));
    }

    #[test]
    fn reader_macros_are_seen_through() {
        let list = one("(f #\"re\\\"gex\" #(g %) ~(h) @i #'j #inst \"2020\" #?(:clj [k]) `l ##Inf)");
        assert_eq!(list.items().len(), 10, "{list:?}");
    }

    #[test]
    fn what_came_before_a_fault_is_kept() {
        let (forms, fault) = read("{:deps {a/b {:mvn/version \"1\"}\n c/d {", &Limits::DEFAULT);
        assert!(fault.is_some());
        assert_eq!(forms[0].get("deps").unwrap().entries().count(), 2);
        for text in ["(]", "\"x", ")", "#"] {
            assert!(read(text, &Limits::DEFAULT).1.is_some(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(matches!(read(&"[".repeat(1_000_000), &Limits::DEFAULT).1, Some(syntax::Error::TooDeep { .. })));
    }
}
