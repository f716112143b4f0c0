//! Headers: `Name: value` in a comment.
//! <https://developer.wordpress.org/reference/functions/get_file_data/>

/// Needs of one plugin that are kept.
const MAX_NEEDS: usize = 256;

/// The fields of a header.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// The title, and its line.
    pub(super) name: Option<(&'a str, u32)>,
    fields: Vec<(String, &'a str)>,
}

/// Fields that are kept.
const FIELDS: &[&str] =
    &["version", "author", "license", "description", "plugin uri", "theme uri", "requires plugins", "template"];

impl<'a> Header<'a> {
    /// Reads the start of a file. Of a field that is there twice the first one counts.
    pub(super) fn read(text: &'a str, theme: bool) -> Self {
        let title = if theme { "theme name" } else { "plugin name" };
        let mut header = Self::default();
        // WordPress reads "\r" alone as the end of a line, too.
        for (number, line) in (1_u32..).zip(text.split('\n')) {
            for line in line.split('\r') {
                let line = line.trim_start_matches([' ', '\t', '/', '*', '#', '@']);
                let line = line.strip_prefix("<?php").unwrap_or(line);
                let line = line.trim_start_matches([' ', '\t', '/', '*', '#', '@']);
                let Some((key, value)) = line.split_once(':') else { continue };
                let value = clean(value);
                let key = key.to_ascii_lowercase();
                if value.is_empty() {
                    continue;
                }
                if key == title {
                    header.name.get_or_insert((value, number));
                } else if FIELDS.contains(&key.as_str()) && header.get(&key).is_none() {
                    header.fields.push((key, value));
                }
            }
        }
        header
    }

    /// A field, by its name in lower case.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.fields.iter().find(|(held, _)| held == key).map(|(_, value)| *value)
    }

    /// The slugs that it needs, one a line.
    pub(super) fn needs(&self, theme: bool) -> String {
        let field = self.get(if theme { "template" } else { "requires plugins" }).unwrap_or_default();
        let slugs = field.split(',').map(str::trim).filter(|slug| !slug.is_empty());
        slugs.take(MAX_NEEDS).collect::<Vec<_>>().join("\n")
    }
}

/// Without the end of the comment.
fn clean(value: &str) -> &str {
    let end = [value.find("*/"), value.find("?>")].into_iter().flatten().min().unwrap_or(value.len());
    value.get(..end).unwrap_or(value).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for text in [
            "<?php\n/*\nPlugin Name: A B\nVersion: 1.0\n*/",
            "<?php\r\n/**\r\n * Plugin Name:  A B \r\n * Version: 1.0\r\n */",
            "<?php /* Plugin Name: A B */\n// Version: 1.0",
            "<?php # Plugin Name: A B\n# @Version: 1.0",
        ] {
            let header = Header::read(text, false);
            assert_eq!(
                (header.name.map(|(name, _)| name), header.get("version")),
                (Some("A B"), Some("1.0")),
                "{text}"
            );
        }
        assert!(Header::read("<?php\n$plugin_name = 'x';", false).name.is_none());
        assert_eq!(Header::read("/*\nTheme Name: T\nTemplate: p\n*/", true).needs(true), "p");
    }
}
