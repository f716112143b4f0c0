//! Images of Python, Java and Debian.

use plimsoll_tests::zip;

use super::Files;

fn text(path: impl Into<String>, content: impl Into<String>) -> (String, Vec<u8>) {
    (path.into(), content.into().into_bytes())
}

fn wheel(name: &str, version: &str, requires: &[&str]) -> (String, Vec<u8>) {
    let mut lines = vec!["Metadata-Version: 2.1".to_owned(), format!("Name: {name}"), format!("Version: {version}")];
    lines.extend(requires.iter().map(|requirement| format!("Requires-Dist: {requirement}")));
    let site = "usr/local/lib/python3.12/site-packages";
    text(format!("{site}/{}-{version}.dist-info/METADATA", name.replace('-', "_")), lines.join("\n") + "\n")
}

/// Wheels with extras and markers, an egg, and an extra that nobody asked for.
pub(super) fn python() -> Files {
    let site = "usr/local/lib/python3.12/site-packages";
    vec![
        wheel("pip", "24.0", &[]),
        wheel(
            "requests",
            "2.32.2",
            &["urllib3<3,>=1.21.1", "idna<4,>=2.5", "PySocks!=1.5.7,>=1.5.6 ; extra == 'socks'"],
        ),
        wheel("urllib3", "2.2.1", &[]),
        wheel("idna", "3.7", &[]),
        wheel("PySocks", "1.7.1", &[]),
        wheel("tides", "0.3", &["requests[socks]"]),
        wheel("Flask", "3.0.3", &["click>=8.1.3", "MarkupSafe", "asgiref>=3.2 ; extra == 'async'"]),
        wheel("click", "8.1.7", &["colorama ; platform_system == \"Windows\""]),
        wheel("MarkupSafe", "2.1.5", &[]),
        wheel("colorama", "0.4.6", &[]),
        wheel("pretty", "1.2", &["colorama", "typing-extensions ; python_version < '3.8'"]),
        text(format!("{site}/legacy-1.0.egg-info/PKG-INFO"), "Metadata-Version: 1.1\nName: legacy\nVersion: 1.0\n"),
        text(format!("{site}/legacy-1.0.egg-info/requires.txt"), "click\n"),
    ]
}

/// A jar with the coordinates and dependencies that Maven writes into it.
fn jar(group: &str, artifact: &str, version: &str, needs: &[(&str, &str, &str)], more: &[(&str, &[u8])]) -> Vec<u8> {
    let directory = format!("META-INF/maven/{group}/{artifact}");
    let properties = format!("groupId={group}\nartifactId={artifact}\nversion={version}\n");
    let dependency = |(group, artifact, version): &(&str, &str, &str)| {
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"
        )
    };
    let dependencies: String = needs.iter().map(dependency).collect();
    let pom = format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>\
         <dependencies>{dependencies}</dependencies></project>"
    );
    let (properties_path, pom_path) = (format!("{directory}/pom.properties"), format!("{directory}/pom.xml"));
    let mut members: Vec<(&str, &[u8])> = vec![
        ("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n\r\n"),
        (&properties_path, properties.as_bytes()),
        (&pom_path, pom.as_bytes()),
    ];
    members.extend_from_slice(more);
    zip(&members)
}

/// An application with its jars in a directory, a web archive with its own, and a jar that nothing needs.
pub(super) fn maven() -> Files {
    let log4j = "org.apache.logging.log4j";
    let api = jar(log4j, "log4j-api", "2.14.1", &[], &[]);
    let core = jar(log4j, "log4j-core", "2.14.1", &[(log4j, "log4j-api", "2.14.1")], &[]);
    let war = jar(
        "com.harbour",
        "web",
        "1.0.0",
        &[(log4j, "log4j-core", "2.14.1")],
        &[("WEB-INF/lib/log4j-api-2.14.1.jar", &api), ("WEB-INF/lib/log4j-core-2.14.1.jar", &core)],
    );
    let tides = ("com.harbour", "tides", "2.0.0");
    let slf4j = ("org.slf4j", "slf4j-api", "2.0.13");
    let file = |path: &str, bytes: Vec<u8>| (path.to_owned(), bytes);
    vec![
        file("opt/app/app.jar", jar("com.harbour", "app", "1.0.0", &[tides, ("org.slf4j", "slf4j-api", "2.0.0")], &[])),
        file("opt/app/lib/tides-2.0.0.jar", jar("com.harbour", "tides", "2.0.0", &[slf4j], &[])),
        file("opt/app/lib/slf4j-api-2.0.13.jar", jar("org.slf4j", "slf4j-api", "2.0.13", &[], &[])),
        file("opt/app/lib/logback-1.5.6.jar", jar("ch.qos.logback", "logback-classic", "1.5.6", &[slf4j], &[])),
        file("opt/tomcat/webapps/web.war", war),
        file("opt/lone.jar", jar("org.lone", "lone", "9.0", &[], &[])),
        file("opt/app/lib/ext.jar", jar("com.harbour", "ext", "1.0.0", &[tides], &[])),
    ]
}

/// The packages of a Debian image.
pub(super) fn debian() -> Files {
    let package = |name: &str, version: &str, architecture: &str, fields: &str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: {version}\n{fields}\n"
        )
    };
    let status = [
        package("libc6", "2.36-9", "amd64", "Depends: libgcc-s1\n"),
        package("libgcc-s1", "12.2.0-14", "amd64", "Depends: libc6 (>= 2.35)\n"),
        package("curl", "7.88.1-10", "amd64", "Depends: libc6 (>= 2.34), libcurl4 (= 7.88.1-10)\n"),
        package("libcurl4", "7.88.1-10", "amd64", "Depends: libc6 (>= 2.34), libssl3 (>= 3.0.0)\n"),
        package("libssl3", "3.0.11-1", "amd64", "Depends: libc6 (>= 2.34)\n"),
        package("mutt", "2.2.9-1", "amd64", "Depends: libc6, default-mta | mail-transport-agent\n"),
        package("exim4", "4.96-15", "amd64", "Provides: mail-transport-agent\nDepends: libc6\n"),
        package("tzdata", "2024a-0", "all", ""),
    ];
    vec![
        text("etc/os-release", "ID=debian\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"),
        text("var/lib/dpkg/status", status.join("")),
    ]
}
