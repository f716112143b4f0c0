//! Text from elsewhere, broken at random from fixed seeds: nothing panics, and nothing takes long.

use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use crate::challenge::Challenge;
use crate::{Host, ImageReference, Mirror, TokenHost};

const TEXTS: &[&str] = &[
    r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull""#,
    r#"Basic realm="a\"b", Bearer realm = x , error="insufficient_scope",, Negotiate abc=="#,
    "registry.example:5000/a-b/c_d__e/f.g:v1.0-x@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "[::1]:5000/a:b",
    "docker.io=mirror.example:5000/hub",
];

/// xorshift64
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

#[test]
fn broken_text_breaks_nothing() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..40_000 {
        let mut bytes = TEXTS[round % TEXTS.len()].as_bytes().to_vec();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, b"\"\\,= :/@[]%\t\x80"[random.below(13)]),
                2 => bytes.truncate(at.max(1)),
                _ => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            }
            if bytes.is_empty() {
                bytes.push(b'x');
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            let headers: HeaderMap = [(WWW_AUTHENTICATE, value)].into_iter().collect();
            let _ = Challenge::of(&headers);
        }
        if let Ok(reference) = text.parse::<ImageReference>() {
            // What was read once reads the same again.
            assert_eq!(reference.to_string().parse::<ImageReference>().unwrap(), reference, "{text:?}");
        }
        if let Ok(host) = text.parse::<Host>() {
            assert_eq!(host.to_string().parse::<Host>().unwrap(), host, "{text:?}");
        }
        let _ = (text.parse::<Mirror>(), text.parse::<TokenHost>());
    }
}
