//! The module lines of the build information: `runtime/debug.BuildInfo.String`.
//! <https://pkg.go.dev/runtime/debug#BuildInfo>

use std::borrow::Cow;

/// A module, as it was built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Module<'a> {
    pub(super) path: &'a str,
    /// `(devel)` for a module that was built where it is developed; empty when a directory replaces it.
    pub(super) version: &'a str,
    /// `h1:…`, the hash of its files.
    pub(super) sum: &'a str,
}

/// A module and what replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Dependency<'a> {
    pub(super) module: Module<'a>,
    pub(super) replacement: Option<Module<'a>>,
}

/// All lines.
#[derive(Debug, Default)]
pub(super) struct Modules<'a> {
    /// The import path of the main package.
    pub(super) path: &'a str,
    pub(super) main: Option<Dependency<'a>>,
    pub(super) dependencies: Vec<Dependency<'a>>,
    settings: Vec<(&'a str, Cow<'a, str>)>,
    /// Lines that could not be understood.
    pub(super) odd: Vec<&'a str>,
}

impl<'a> Modules<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let mut modules = Self::default();
        // What a `=>` line replaces.
        let mut last_is_main = false;
        for line in text.lines() {
            let (verb, rest) = line.split_once('\t').unwrap_or((line, ""));
            match (verb, module(rest)) {
                ("path", _) => modules.path = rest,
                ("mod", Some(module)) => {
                    modules.main = Some(Dependency { module, replacement: None });
                    last_is_main = true;
                }
                ("dep", Some(module)) => {
                    modules.dependencies.push(Dependency { module, replacement: None });
                    last_is_main = false;
                }
                ("=>", Some(module)) => {
                    let last = if last_is_main { modules.main.as_mut() } else { modules.dependencies.last_mut() };
                    if let Some(last) = last {
                        last.replacement = Some(module);
                    }
                }
                ("build", _) => modules.settings.extend(setting(rest)),
                ("mod" | "dep" | "=>", None) => modules.odd.push(line),
                // Lines that later versions of Go may add.
                _ => {}
            }
        }
        modules
    }

    /// The value of a build setting.
    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| *name == key).map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }
}

fn module(rest: &str) -> Option<Module<'_>> {
    let mut fields = rest.split('\t');
    let path = fields.next().filter(|path| !path.is_empty())?;
    Some(Module { path, version: fields.next().unwrap_or_default(), sum: fields.next().unwrap_or_default() })
}

/// `key=value`, either of which is quoted when it has a space, a quote, `=` or a line break.
fn setting(rest: &str) -> Option<(&str, Cow<'_, str>)> {
    let (key, value) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let (key, rest) = quoted.split_once('"')?;
            (key, rest.strip_prefix('=')?)
        }
        None => rest.split_once('=')?,
    };
    Some((key, unquote(value)))
}

/// Undoes `strconv.Quote` as far as settings need it.
fn unquote(value: &str) -> Cow<'_, str> {
    let inner = |quote| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    if let Some(raw) = inner('`') {
        return Cow::Borrowed(raw);
    }
    let Some(quoted) = inner('"') else { return Cow::Borrowed(value) };
    let mut out = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            (other, false) => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// The version that the linker was told to write into a variable: `-X main.version=v1.2.3`. Only a variable of that
/// name, in the main package or one of the main module, and only a value that is a version.
pub(super) fn linked_version<'a>(flags: &'a str, main: &str) -> Option<&'a str> {
    let mut words = flags.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let assignment = match word.strip_prefix("-X") {
            Some("") => words.next().unwrap_or_default(),
            Some(rest) => rest.trim_start_matches('='),
            None => continue,
        };
        let assignment = assignment.trim_matches(['\'', '"']);
        let Some((variable, value)) = assignment.split_once('=') else { continue };
        let Some((package, name)) = variable.rsplit_once('.') else { continue };
        let own = package == "main"
            || package.strip_prefix(main).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if own && name.eq_ignore_ascii_case("version") && is_version(value) {
            return Some(value);
        }
    }
    None
}

/// `v1.2.3`, `1.2.3-rc.1`, `v2.0.0+dirty`: three numbers and perhaps more.
fn is_version(value: &str) -> bool {
    let value = value.strip_prefix('v').unwrap_or(value);
    let core = value.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_modules_and_settings() {
        let text = "path\texample.com/app/cmd\nmod\texample.com/app\t(devel)\t\ndep\tgolang.org/x/net\tv0.1.0\th1:abc=\n\
                    =>\texample.com/fork/net\tv0.1.1\th1:def=\ndep\texample.com/local\tv0.0.0\n=>\t./local\t\t\n\
                    dep\t\t\nbuild\t-ldflags=\"-X main.version=v1.2.3 -w\"\nbuild\tvcs.revision=abc\nnew\tline\n";
        let modules = Modules::parse(text);
        assert_eq!(modules.path, "example.com/app/cmd");
        assert_eq!(modules.main.unwrap().module.version, "(devel)");
        assert_eq!(modules.dependencies.len(), 2);
        assert_eq!(modules.dependencies[0].replacement.unwrap().path, "example.com/fork/net");
        assert_eq!(modules.dependencies[1].replacement.unwrap().version, "");
        assert_eq!(modules.setting("-ldflags"), Some("-X main.version=v1.2.3 -w"));
        assert_eq!(modules.setting("vcs.revision"), Some("abc"));
        assert_eq!(modules.odd, ["dep\t\t"]);
    }

    #[test]
    fn only_a_version_of_the_main_module_counts() {
        for (flags, want) in [
            ("-s -w -X main.version=v1.2.3", Some("v1.2.3")),
            ("-X=example.com/app/internal.Version=1.2.3-rc.1", Some("1.2.3-rc.1")),
            ("-X 'example.com/app.version=1.2.3'", Some("1.2.3")),
            ("-X example.com/application.version=1.2.3", None),
            ("-X main.goVersion=1.2.3", None),
            ("-X main.version=abcdef", None),
            ("-X", None),
        ] {
            assert_eq!(linked_version(flags, "example.com/app"), want, "{flags}");
        }
    }
}
