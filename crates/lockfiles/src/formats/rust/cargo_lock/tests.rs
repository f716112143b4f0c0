use super::source::Source;

#[test]
fn sources_are_told_apart() {
    assert!(matches!(Source::read(None), Source::Local));
    assert!(matches!(Source::read(Some("path+file:///home/x")), Source::Local));
    assert!(matches!(Source::read(Some("sparse+https://index.crates.io/")), Source::CratesIo));
    let registry = Source::read(Some("sparse+https://example.org/index/"));
    assert!(matches!(registry, Source::Registry("https://example.org/index/")));
    let git = Source::read(Some("git+ssh://git@example.org/x?rev=1#2"));
    assert!(matches!(git, Source::Git { url: "ssh://git@example.org/x", reference: Some("rev=1"), commit: Some("2") }));
    assert!(matches!(Source::read(Some("nonsense")), Source::Other("nonsense")));
}
