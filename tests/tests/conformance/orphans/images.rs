//! Images of Node.js, Ruby and PHP.

use serde_json::{Value, json};

use super::Files;

fn text(path: impl Into<String>, content: impl Into<String>) -> (String, Vec<u8>) {
    (path.into(), content.into().into_bytes())
}

fn package(directory: &str, name: &str, version: &str, rest: &Value) -> (String, Vec<u8>) {
    let mut manifest = json!({ "name": name, "version": version, "license": "MIT" });
    manifest.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    text(format!("{directory}/package.json"), manifest.to_string())
}

fn needs(names: &[&str]) -> Value {
    let ranges: serde_json::Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!("*"))).collect();
    json!({ "dependencies": ranges })
}

/// Global npm with what it bundles, an application of npm with two versions of `ms`, one of pnpm, and Debian's packages.
pub(super) fn npm() -> Files {
    let (global, app) = ("usr/local/lib/node_modules", "app/node_modules");
    let pnpm = "srv/node_modules/.pnpm";
    vec![
        package(&format!("{global}/npm"), "npm", "10.7.0", &needs(&["semver", "abbrev"])),
        package(&format!("{global}/npm/node_modules/semver"), "semver", "7.6.2", &json!({})),
        package(&format!("{global}/npm/node_modules/abbrev"), "abbrev", "2.0.0", &json!({})),
        package(&format!("{global}/corepack"), "corepack", "0.28.0", &json!({})),
        package("app", "harbour", "1.0.0", &needs(&["express", "@harbour/chart"])),
        package(&format!("{app}/express"), "express", "4.19.2", &needs(&["debug", "accepts"])),
        package(&format!("{app}/accepts"), "accepts", "1.3.8", &needs(&["mime-types"])),
        package(&format!("{app}/mime-types"), "mime-types", "2.1.35", &json!({})),
        package(&format!("{app}/debug"), "debug", "2.6.9", &needs(&["ms"])),
        package(&format!("{app}/debug/node_modules/ms"), "ms", "2.0.0", &json!({})),
        package(&format!("{app}/ms"), "ms", "2.1.3", &json!({})),
        package(
            &format!("{app}/@harbour/chart"),
            "@harbour/chart",
            "3.1.0",
            &json!({ "dependencies": { "ms": "^2.1.3" }, "optionalDependencies": { "fsevents": "*" },
                "peerDependencies": { "express": "4" } }),
        ),
        package("srv", "pilot", "2.0.0", &needs(&["left"])),
        package(&format!("{pnpm}/left@1.0.0/node_modules/left"), "left", "1.0.0", &needs(&["right"])),
        package(&format!("{pnpm}/right@2.0.0/node_modules/right"), "right", "2.0.0", &json!({})),
        package("usr/share/nodejs/inherits", "inherits", "2.0.4", &json!({})),
        package("usr/share/nodejs/readable-stream", "readable-stream", "4.5.2", &needs(&["inherits"])),
    ]
}

fn gemspec(directory: &str, name: &str, version: &str, platform: &str, needs: &[(&str, &str)]) -> (String, Vec<u8>) {
    let full = if platform == "ruby" { format!("{name}-{version}") } else { format!("{name}-{version}-{platform}") };
    let mut lines = vec![
        "# -*- encoding: utf-8 -*-".to_owned(),
        format!("# stub: {name} {version} {platform} lib"),
        String::new(),
        "Gem::Specification.new do |s|".to_owned(),
        format!("  s.name = \"{name}\".freeze"),
        format!("  s.version = \"{version}\""),
        format!("  s.platform = \"{platform}\".freeze"),
        "  s.licenses = [\"MIT\".freeze]".to_owned(),
    ];
    let need =
        |(name, range): &(&str, &str)| format!("  s.add_runtime_dependency(%q<{name}>.freeze, [\"{range}\".freeze])");
    lines.extend(needs.iter().map(need));
    lines.push("end\n".to_owned());
    text(format!("{directory}/{full}.gemspec"), lines.join("\n"))
}

/// Gems of Ruby itself, of `gem install`, and of Bundler below `vendor/bundle`.
pub(super) fn gems() -> Files {
    let default = "usr/local/lib/ruby/gems/3.3.0/specifications/default";
    let own = "usr/local/bundle/specifications";
    let vendor = "app/vendor/bundle/ruby/3.3.0/specifications";
    vec![
        gemspec(default, "json", "2.7.1", "ruby", &[]),
        gemspec(default, "stringio", "3.1.0", "ruby", &[]),
        gemspec(default, "reline", "0.5.7", "ruby", &[("io-console", "~> 0.5")]),
        gemspec(default, "io-console", "0.7.2", "ruby", &[]),
        gemspec(default, "irb", "1.13.1", "ruby", &[("reline", ">= 0.4.2")]),
        gemspec(own, "sinatra", "4.0.0", "ruby", &[("rack", ">= 3.0.0"), ("rack-session", ">= 2.0.0")]),
        gemspec(own, "rack-session", "2.0.0", "ruby", &[("rack", ">= 3.0.0")]),
        gemspec(own, "rack", "3.0.11", "ruby", &[]),
        gemspec(own, "rack", "2.2.9", "ruby", &[]),
        gemspec(own, "old", "1.0.0", "ruby", &[("rack", "~> 2.2")]),
        gemspec(vendor, "nokogiri", "1.16.5", "x86_64-linux", &[("racc", "~> 1.4")]),
        gemspec(vendor, "racc", "1.7.3", "ruby", &[]),
    ]
}

/// A project with its vendor directory, as Composer 2 leaves it.
pub(super) fn composer() -> Files {
    let packages = json!([
        { "name": "monolog/monolog", "version": "3.6.0", "require": { "php": ">=8.1", "psr/log": "^2.0 || ^3.0" } },
        { "name": "psr/log", "version": "3.0.0", "require": { "php": ">=8.0.0" } },
        { "name": "psr/container", "version": "2.0.2" },
        { "name": "symfony/console", "version": "v7.0.7",
          "require": { "php": ">=8.2", "symfony/string": "^6.4|^7.0", "psr/container": "^2" } },
        { "name": "symfony/string", "version": "v7.0.7", "require": { "symfony/polyfill-mbstring": "~1.0" } },
        { "name": "symfony/polyfill-mbstring", "version": "v1.29.0", "provide": { "ext-mbstring": "*" } },
    ]);
    let installed = json!({ "packages": packages, "dev": false, "dev-package-names": [] });
    let project = json!({ "name": "harbour/site", "require": { "monolog/monolog": "^3", "symfony/console": "^7" } });
    vec![
        text("var/www/composer.json", project.to_string()),
        text("var/www/vendor/composer/installed.json", installed.to_string()),
    ]
}
