//! `$wp_version = '6.5';` in PHP source, comments aside.

/// The value, and its line.
pub(super) fn find(text: &str) -> Option<(&str, u32)> {
    let mut rest = text;
    loop {
        let at = rest.find(['/', '#', '\'', '"', '$'])?;
        rest = rest.get(at..)?;
        rest = if let Some(tail) = rest.strip_prefix("/*") {
            after(tail, "*/")?
        } else if rest.starts_with("//") || rest.starts_with('#') {
            after(rest, "\n")?
        } else if let Some(found) = assignment(rest) {
            let offset = text.len().checked_sub(rest.len())?;
            let line = text.get(..offset)?.bytes().filter(|&byte| byte == b'\n').count();
            return Some((found, u32::try_from(line).ok()?.checked_add(1)?));
        } else if let Some(quote) = rest.chars().next().filter(|first| matches!(first, '\'' | '"')) {
            string_end(rest.get(1..)?, quote)?
        } else {
            rest.get(1..)?
        };
    }
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).and_then(|at| text.get(at.checked_add(mark.len())?..))
}

/// What follows a string, whose opening quote is gone.
fn string_end(text: &str, quote: char) -> Option<&str> {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return text.get(at.checked_add(1)?..);
        }
    }
    None
}

/// The literal that `$wp_version` is set to here.
fn assignment(text: &str) -> Option<&str> {
    let value = text.strip_prefix("$wp_version")?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let value = value.get(1..)?;
    let version = value.get(..value.find(quote)?)?;
    let plain =
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
    plain.then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_passed_over() {
        let text = "<?php\n// $wp_version = '1';\n/* $wp_version = '2'; */\n# $wp_version = '3';\n\
                    $a = '$wp_version = \\'4\\'';\n$wp_version  = \"6.5.2\"; // x\n";
        assert_eq!(find(text), Some(("6.5.2", 6)));
        assert_eq!(find("<?php $wp_version = "), None);
        assert_eq!(find("<?php /* $wp_version = '1';"), None);
        assert_eq!(find("<?php $wp_version_x = '1'; $wp_version = f();"), None);
    }
}
