//! Any text is a version of any scheme and has its place in the order; a range that is read writes itself, and what it
//! writes reads as the same range.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_version::{Event, Range, Scheme};

fuzz_target!(|input: (u8, &str, &str, &str)| {
    let (choice, a, b, c) = input;
    let count = Scheme::all().count();
    let Some(scheme) = Scheme::all().nth(usize::from(choice) % count) else { return };
    assert!(scheme.order(a, a).is_eq());
    assert_eq!(scheme.order(a, b), scheme.order(b, a).reverse());
    if scheme.order(a, b).is_le() && scheme.order(b, c).is_le() {
        assert!(scheme.order(a, c).is_le());
    }
    if let Ok(order) = scheme.compare(a, b) {
        assert_eq!(order, scheme.order(a, b));
    }
    let events = [Event::Introduced(a), Event::LastAffected(b), Event::Limit(c)];
    assert!(!Range::from_events(scheme, &events).to_string().is_empty());
    for range in [Range::parse(a), Range::parse_lenient(a), Range::from_native(scheme, a)].into_iter().flatten() {
        assert_eq!(Range::parse(&range.to_string()).as_ref(), Ok(&range));
        let normal = range.normalise();
        assert_eq!(normal.normalise(), normal);
        assert!(normal.is_empty() || normal.contains(b) == range.contains(b));
    }
});
