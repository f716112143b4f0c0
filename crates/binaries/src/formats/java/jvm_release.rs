//! `release`, in the top directory of a Java runtime (JRE, JDK, GraalVM, and what `jlink` makes): `NAME="value"` lines.
//! <https://github.com/openjdk/jdk/blob/master/make/ReleaseFile.gmk>
//!
//! What surprises: nothing in the file is mandatory, and builders add lines of their own. `JAVA_VERSION` is `1.8.0_422`
//! before Java 9 and `21.0.4` since; the version with its build number is in `JAVA_RUNTIME_VERSION` or, in builds of
//! Java 8, in `FULL_VERSION`. Other software has a file of this name, so one that states no Java version is passed over.
//!
//! The package is named as the vendor's advisories name it: `zulu` of Azul, `jdk` or `jre` of Oracle, `openjdk` for all
//! that is built from OpenJDK.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::text;

/// Reads the release file of Java runtimes.
pub(crate) struct JvmRelease;

/// Larger files of this name are something else.
const MAX_BYTES: u64 = 512 << 10;

/// Lines that become properties.
const PROPERTIES: &[(&str, &str)] = &[
    ("BUILD_SOURCE", "plimsoll:java:build-source"),
    ("GRAALVM_VERSION", "plimsoll:java:graalvm-version"),
    ("IMAGE_TYPE", "plimsoll:java:image-type"),
    ("IMPLEMENTOR_VERSION", "plimsoll:java:implementor-version"),
    ("JAVA_VERSION", "plimsoll:java:version"),
    ("JAVA_VERSION_DATE", "plimsoll:java:version-date"),
    ("JVM_VARIANT", "plimsoll:java:jvm-variant"),
    ("LIBC", "plimsoll:java:libc"),
    ("MODULES", "plimsoll:java:modules"),
    ("OS_ARCH", "plimsoll:java:os-arch"),
    ("OS_NAME", "plimsoll:java:os-name"),
    ("SEMANTIC_VERSION", "plimsoll:java:semantic-version"),
    ("SOURCE", "plimsoll:java:source"),
];

impl Extractor for JvmRelease {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/jvm-release")
    }

    fn about(&self) -> About {
        About {
            title: "Java runtimes (release file)",
            specification: "https://github.com/openjdk/jdk/blob/master/make/ReleaseFile.gmk",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("release")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.len() > MAX_BYTES {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let decoded = text::decode(&bytes);
        let release = Release::parse(&decoded.text);
        let Some((version, line)) = release.version() else {
            if release.lines.contains_key("JAVA_VERSION") {
                out.diagnose(DiagnosticCode::MALFORMED, 0, "a Java runtime that states no version");
            }
            return Ok(());
        };
        if decoded.lossy {
            out.diagnose(DiagnosticCode::MALFORMED, 0, "text is not valid UTF-8; what is not was replaced");
        }
        let (vendor, product) = product(&release, file.path());
        let mut builder = Purl::builder("generic", product).namespace(vendor).version(version);
        let repository = release.get("SOURCE_REPO").or_else(|| release.get("BUILD_SOURCE_REPO"));
        if let Some(repository) = repository {
            builder = builder.qualifier("repository_url", repository);
        }
        let Some(purl) = out.purl(builder, line) else { return Ok(()) };
        let mut component = Component { kind: ComponentKind::Application, ..Component::from_purl(purl) };
        component.supplier = release.get("IMPLEMENTOR").map(Into::into);
        component.references.extend(repository.map(|url| ExternalReference {
            kind: ReferenceKind::Vcs,
            url: url.into(),
            hashes: Vec::new(),
        }));
        for (name, property) in PROPERTIES {
            component.properties.extend(release.get(name).map(|value| ((*property).into(), value.into())));
        }
        let machine = out.component(component, line);
        out.rooted_at("release");
        FILES.iter().for_each(|file| out.owns(machine, file.as_bytes()));
        Ok(())
    }
}

/// Files of an installation that signatures know as well: they are this machine, not another one.
const FILES: &[&str] = &[
    "bin/java",
    "bin/javac",
    "bin/jdb",
    "bin/java.exe",
    "bin/javac.exe",
    "bin/jdb.exe",
    "bin/server/jvm.dll",
    "jre/bin/java",
    "jre/lib/amd64/server/libjvm.so",
    "jre/lib/aarch64/server/libjvm.so",
    "lib/amd64/server/libjvm.so",
    "lib/aarch64/server/libjvm.so",
    "lib/libjavajpeg.so",
    "lib/libjli.so",
    "lib/libsplashscreen.so",
    "lib/libzip.so",
    "lib/server/libjvm.so",
    "lib/server/libjvm.dylib",
];

/// The lines of the file, by name; the last one of a name counts.
struct Release<'a> {
    lines: BTreeMap<&'a str, (&'a str, u32)>,
}

impl<'a> Release<'a> {
    fn parse(text: &'a str) -> Self {
        let named = |(line, number): (&'a str, u32)| {
            let (name, value) = line.split_once('=')?;
            Some((name.trim(), (value.trim().trim_matches('"'), number)))
        };
        Self { lines: text.lines().zip(1..).filter_map(named).collect() }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.lines.get(name).map(|(value, _)| *value).filter(|value| !value.is_empty())
    }

    /// The fullest version that is stated, and its line.
    fn version(&self) -> Option<(&'a str, u32)> {
        let stated = |name: &str| self.lines.get(name).copied().filter(|(value, _)| !value.is_empty());
        let java = stated("JAVA_VERSION");
        // Some builders write another product's version into FULL_VERSION.
        let major = |(value, _): (&'a str, u32)| value.split('.').next();
        let full = stated("FULL_VERSION").filter(|full| java.is_some_and(|java| major(java) == major(*full)));
        stated("JAVA_RUNTIME_VERSION").or(full).or(java)
    }
}

/// Vendor and product.
fn product(release: &Release<'_>, path: &SourcePath) -> (&'static str, &'static str) {
    let implementor = release.get("IMPLEMENTOR").unwrap_or_default().replace(' ', "").to_ascii_lowercase();
    let lies_in = |name: &str| memchr::memmem::find(path.as_bytes(), name.as_bytes()).is_some();
    let is_jre = release.get("IMAGE_TYPE").is_some_and(|kind| kind.to_ascii_lowercase().contains("jre"));
    let kit = if is_jre { "jre" } else { "jdk" };
    if implementor.contains("azul") || lies_in("zulu") {
        ("azul", "zulu")
    } else if implementor.contains("sunmicrosystems") || implementor == "sun" {
        ("sun", kit)
    } else if implementor.contains("oracle") || lies_in("oracle") {
        ("oracle", kit)
    } else {
        ("oracle", "openjdk")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_version_counts() {
        for (text, want) in [
            ("JAVA_VERSION=\"21.0.4\"\nJAVA_RUNTIME_VERSION=\"21.0.4+7-LTS\"\n", Some(("21.0.4+7-LTS", 2))),
            ("JAVA_VERSION=\"1.8.0_422\"\nFULL_VERSION=\"1.8.0_422-b05\"\n", Some(("1.8.0_422-b05", 2))),
            ("JAVA_VERSION=\"17.0.1\"\nFULL_VERSION=\"21.3.0\"\n", Some(("17.0.1", 1))),
            ("JAVA_VERSION=\"\"\n", None),
            ("FULL_VERSION=\"1\"\n", None),
            ("some other release file\n", None),
        ] {
            assert_eq!(Release::parse(text).version(), want, "{text}");
        }
    }

    #[test]
    fn products_are_named_as_their_vendors_do() {
        for (text, path, want) in [
            ("IMPLEMENTOR=\"Azul Systems, Inc.\"", "opt/java/release", ("azul", "zulu")),
            ("", "usr/lib/jvm/zulu8/release", ("azul", "zulu")),
            ("IMPLEMENTOR=\"Oracle Corporation\"\nIMAGE_TYPE=\"JRE\"", "opt/java/release", ("oracle", "jre")),
            ("IMPLEMENTOR=\"Eclipse Adoptium\"", "opt/java/release", ("oracle", "openjdk")),
        ] {
            let path = SourcePath::new(path).unwrap();
            assert_eq!(product(&Release::parse(text), &path), want, "{text}");
        }
    }
}
