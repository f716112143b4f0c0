use proptest::prelude::*;

use super::*;

fn text(id: &str) -> &'static str {
    ::spdx::license_id(id).unwrap().text()
}

/// `kind expression` of each licence found.
fn found(text: &str) -> Vec<String> {
    identify_licenses(text).iter().map(|found| format!("{:?} {}", found.kind, found.expression)).collect()
}

#[test]
fn every_listed_text_is_found_as_itself() {
    let mut wrong = Vec::new();
    for known in fingerprint::known() {
        let found = identify_licenses(text(known.id()));
        let first = found.first().map(|found| (found.expression.as_str(), found.kind));
        if first != Some((known.id(), MatchKind::Whole)) {
            wrong.push(format!("{}: {first:?}", known.id()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_years_line_breaks_and_comment_marks_do_not_matter() {
    let mit = text("MIT").replace("<year> <copyright holders>", "2019-2024 Some Body and contributors");
    let words: Vec<&str> = mit.split_whitespace().collect();
    let wrapped = words.chunks(7).map(|line| format!(" * {}\n", line.join(" ")));
    assert_eq!(found(&mit), ["Whole MIT"]);
    assert_eq!(found(&format!("/*\n{}*/", wrapped.collect::<String>())), ["Whole MIT"]);
    let bsd = text("BSD-3-Clause").replace("the copyright holder nor", "Example University nor").replace("1. ", "* ");
    assert_eq!(found(&bsd), ["Whole BSD-3-Clause"]);
}

#[test]
fn a_text_that_does_not_say_which_versions() {
    let found = identify_licenses(text("GPL-3.0-only"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].expression.as_str(), found[0].kind), ("GPL-3.0-only", MatchKind::Whole));
    assert!(found[0].same_text.contains(&"GPL-3.0-or-later"));
    let found = identify_licenses(text("GPL-2.0-or-later"));
    assert_eq!(
        (found[0].expression.as_str(), found[0].same_text.as_slice()),
        ("GPL-2.0-only", &["GPL-2.0-or-later"][..])
    );
}

#[test]
fn a_text_among_others() {
    let notices = format!(
        "Third-party notices\n\n{}\nlibfoo\n\n{}\n\n{}\nThe end of the notices of this program, of which there were three.\n",
        "This program has parts by others, under the terms below.\n".repeat(3),
        text("MIT"),
        text("Apache-2.0")
    );
    assert_eq!(
        found(&format!("{notices}\n{}", text("ISC"))),
        ["Contained Apache-2.0", "Contained MIT", "Contained ISC"]
    );
    let both = format!("{}\n{}", text("MPL-2.0"), text("Apache-2.0"));
    let kinds = found(&both);
    assert_eq!(kinds, ["Contained MPL-2.0", "Contained Apache-2.0"]);
}

#[test]
fn a_paraphrase_does_not_match() {
    let paraphrase = "You may use, copy, change, merge, publish, hand on, sublicense and sell this program, without charge \
        and without limit, as long as this notice and the one about rights stay in every copy. It comes without any \
        warranty, and its authors answer for nothing that comes of using it.";
    assert_eq!(found(paraphrase), [""; 0]);
    for text in ["", "MIT", "See LICENSE.", "All rights reserved. Confidential. Do not copy or distribute."] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
    let half: String = text("Apache-2.0").chars().take(5000).collect();
    assert_eq!(found(&half), [""; 0]);
}

#[test]
fn headers() {
    let gpl = "/* This program is free software: you can redistribute it and/or modify it under the terms of the GNU\n * \
        General Public License as published by the Free Software Foundation, either version 3 of the License, or (at\n * \
        your option) any later version. */\nint main(void);";
    assert_eq!(found(gpl), ["Header GPL-3.0-or-later"]);
    let kernel = "# This program is free software; you can redistribute it and/or modify it under the terms of the\n\
        # GNU General Public License version 2 as published by the Free Software Foundation.";
    assert_eq!(found(kernel), ["Header GPL-2.0-only"]);
    let lesser = "under the terms of the GNU Lesser General Public License as published by the Free Software Foundation; \
        either version 2.1 of the License, or (at your option) any later version.";
    assert_eq!(found(lesser), ["Header LGPL-2.1-or-later"]);
    let apache = "// Licensed under the Apache License, Version 2.0 (the \"License\");\n// you may not use this file";
    assert_eq!(found(apache), ["Header Apache-2.0"]);
    assert_eq!(found("under the terms of the GNU General Public License."), [""; 0]);
}

#[test]
fn tags() {
    for (line, want) in [
        ("// SPDX-License-Identifier: MIT", "Tag MIT"),
        ("/* SPDX-License-Identifier: gpl-2.0 WITH Linux-syscall-note */", "Tag GPL-2.0 WITH Linux-syscall-note"),
        ("<!-- SPDX-License-Identifier: (MIT OR ISC) -->", "Tag MIT OR ISC"),
        ("license = \"SPDX-License-Identifier: Apache-2.0\",", "Tag Apache-2.0"),
        ("# SPDX-License-Identifier: LicenseRef-Own.", "Tag LicenseRef-Own."),
    ] {
        assert_eq!(found(line), [want], "{line}");
    }
    assert_eq!(found("SPDX-License-Identifier: Apache 2\nSPDX-License-Identifier:"), [""; 0]);
    assert_eq!(found("SPDX-License-Identifier: MIT\nSPDX-License-Identifier: mit\r\n"), ["Tag MIT"]);
}

#[test]
fn a_long_text_is_cut() {
    let mut long = "é".repeat(MAX_LICENSE_TEXT);
    long.push_str("\nSPDX-License-Identifier: MIT\n");
    assert_eq!(found(&long), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text(text in "\\PC{0,300}") {
        drop(identify_licenses(&text));
    }
}
