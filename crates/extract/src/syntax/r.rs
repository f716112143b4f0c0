//! Licences in the words of R. <https://cran.r-project.org/doc/manuals/r-release/R-exts.html#Licensing>

/// R's words as an SPDX expression, where that can be said: `MIT + file LICENSE` is MIT with a filled-in template.
#[must_use]
pub fn license(text: &str) -> String {
    let one = |text: &str| {
        let (name, file) = text.split_once('+').unwrap_or((text, ""));
        let name = name.trim();
        let bare = if file.trim().starts_with("file") { name } else { text.trim() };
        match bare {
            "GPL-2" | "GPL (== 2)" => "GPL-2.0-only",
            "GPL-3" | "GPL (== 3)" => "GPL-3.0-only",
            "GPL (>= 2)" | "GPL (>= 2.0)" => "GPL-2.0-or-later",
            "GPL (>= 3)" | "GPL (>= 3.0)" => "GPL-3.0-or-later",
            "LGPL-2" => "LGPL-2.0-only",
            "LGPL-2.1" => "LGPL-2.1-only",
            "LGPL-3" => "LGPL-3.0-only",
            "LGPL (>= 2)" | "LGPL (>= 2.0)" => "LGPL-2.0-or-later",
            "LGPL (>= 2.1)" => "LGPL-2.1-or-later",
            "LGPL (>= 3)" => "LGPL-3.0-or-later",
            "AGPL-3" => "AGPL-3.0-only",
            "Apache License 2.0" | "Apache License (== 2.0)" | "Apache License (>= 2)" => "Apache-2.0",
            "BSD_2_clause" => "BSD-2-Clause",
            "BSD_3_clause" => "BSD-3-Clause",
            "CC0" => "CC0-1.0",
            other => other,
        }
        .to_owned()
    };
    text.split('|').map(one).collect::<Vec<_>>().join(" OR ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_r() {
        for (text, want) in [
            ("MIT + file LICENSE", "MIT"),
            ("GPL (>= 2) | BSD_3_clause + file LICENCE", "GPL-2.0-or-later OR BSD-3-Clause"),
            ("GPL-2 | GPL-3", "GPL-2.0-only OR GPL-3.0-only"),
            ("file LICENSE", "file LICENSE"),
            ("", ""),
        ] {
            assert_eq!(license(text), want);
        }
    }
}
