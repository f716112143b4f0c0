use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

use super::*;
use crate::identity::tests::{good, jwt};
use crate::loopback::{CANARIES, Loopback, Reply, Request, all_of, shows_no_canary};

fn options(server: &Loopback) -> SignInOptions {
    SignInOptions {
        issuer: server.url(""),
        client_secret: Some(SecretText::new(CANARIES[0].to_owned())),
        patience: Duration::from_secs(20),
        timeout: Duration::from_secs(5),
        pace: Duration::from_millis(1),
        ..SignInOptions::new(Environment::empty())
    }
}

/// The value of a parameter of a query or form.
fn parameter(text: &str, name: &str) -> Option<String> {
    let pairs = text.split('?').next_back()?.split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.replace("%3A", ":").replace("%2F", "/").replace("%20", " "))
}

/// What an issuer does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Nonce,
    Audience,
    Issuer,
    Refuses,
    NoToken,
}

/// An issuer that gives a token for any code whose verifier fits the challenge it was shown.
fn issuer(fault: Fault, shown: Arc<Mutex<String>>) -> Loopback {
    let polls = std::sync::atomic::AtomicU32::new(0);
    Loopback::start(move |request: &Request| -> Reply {
        let host = request.header("host").unwrap().to_owned();
        let issuer = format!("http://{host}");
        match request.path.as_str() {
            "/.well-known/openid-configuration" => (
                200,
                json!({
                    "issuer": if fault == Fault::Issuer { "https://elsewhere.example" } else { &issuer },
                    "authorization_endpoint": format!("{issuer}/auth"),
                    "token_endpoint": format!("{issuer}/token"),
                    "device_authorization_endpoint": format!("{issuer}/device/code"),
                })
                .to_string(),
            ),
            "/device/code" => {
                *shown.lock().unwrap() = request.body.clone();
                let uri = format!("{issuer}/device");
                let (device_code, user_code) = (CANARIES[1], "ABCD-EFGH\u{1b}[31m");
                let granted = json!({
                    "device_code": device_code, "user_code": user_code, "verification_uri": uri,
                    "verification_uri_complete": "javascript:alert(1)", "expires_in": 10, "interval": 0,
                });
                (200, granted.to_string())
            }
            "/token" => {
                assert_eq!(parameter(&request.body, "client_secret").as_deref(), Some(CANARIES[0]));
                let asked = shown.lock().unwrap().clone();
                let verifier = parameter(&request.body, "code_verifier").unwrap();
                let fits = parameter(&asked, "code_challenge") == Some(challenge(&SecretText::new(verifier)));
                assert!(fits, "the verifier is not that of the challenge");
                let device = request.body.contains("device_code");
                if device {
                    match polls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                        0 => return (400, json!({ "error": "authorization_pending" }).to_string()),
                        1 => return (400, json!({ "error": "slow_down" }).to_string()),
                        _ => {}
                    }
                }
                let mut claims = good();
                claims["iss"] = json!(issuer);
                claims["nonce"] = json!(parameter(&asked, "nonce"));
                match fault {
                    Fault::Nonce => claims["nonce"] = json!("other"),
                    Fault::Audience => claims["aud"] = json!("other"),
                    Fault::Refuses => {
                        return (
                            400,
                            json!({ "error": "invalid_grant", "error_description": CANARIES[2] }).to_string(),
                        );
                    }
                    Fault::NoToken => return (200, json!({ "access_token": CANARIES[3] }).to_string()),
                    Fault::None | Fault::Issuer => {}
                }
                (200, json!({ "id_token": jwt(&claims), "access_token": CANARIES[3] }).to_string())
            }
            _ => (404, String::new()),
        }
    })
}

/// Asks the listener behind a redirect address.
fn visit(redirect: &str, query: &str, host: Option<&str>) -> String {
    let address = redirect.strip_prefix("http://localhost:").unwrap();
    let (port, path) = address.split_once('/').unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    let host = host.map_or_else(|| format!("localhost:{port}"), str::to_owned);
    write!(stream, "GET /{path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Signs in with a browser that comes back with a query made of the state.
fn browse(fault: Fault, query: impl Fn(&str) -> String + Send + 'static) -> Result<IdentityToken, IdentityError> {
    let shown = Arc::new(Mutex::new(String::new()));
    let server = issuer(fault, Arc::clone(&shown));
    let mut options = options(&server);
    let mut browser = None;
    options.patience = Duration::from_secs(5);
    let outcome = sign_in_with_browser(&options, &mut |prompt| {
        let Prompt::Visit { url, opened } = prompt else { panic!("{prompt:?}") };
        assert!(!opened);
        assert_eq!(parameter(url, "scope").as_deref(), Some("openid email"));
        assert_eq!(parameter(url, "code_challenge_method").as_deref(), Some("S256"));
        *shown.lock().unwrap() = url.clone();
        let (redirect, state) = (parameter(url, "redirect_uri").unwrap(), parameter(url, "state").unwrap());
        let query = query(&state);
        browser = Some(thread::spawn(move || {
            // What browsers do besides: a connection without a word, another path; and what a hostile page may try.
            let port: u16 = redirect.split([':', '/']).nth(4).unwrap().parse().unwrap();
            let idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let icon = visit(&redirect.replace("/auth/callback", "/favicon.ico"), "", None);
            assert!(icon.starts_with("HTTP/1.1 404"), "{icon}");
            let rebound = visit(&redirect, &format!("state={state}&code=evil"), Some("evil.example"));
            assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
            let page = visit(&redirect, &query, None);
            drop(idle);
            page
        }));
    });
    if let Some(browser) = browser {
        let page = browser.join().unwrap();
        assert!(page.contains("no-store") && !page.contains("canary"), "{page}");
    }
    outcome
}

#[test]
fn a_browser_signs_in() {
    let token = browse(Fault::None, |state| format!("code=c%2Fode&state={state}")).unwrap();
    assert_eq!(token.claims().subject(), "somebody");
}

#[test]
fn answers_to_another_sign_in_are_refused() {
    for query in ["code=x", "code=x&state=", "code=x&state=AAAA", "error=access_denied"] {
        let error = browse(Fault::None, move |_| query.to_owned()).unwrap_err();
        assert!(error.to_string().contains("its state differs"), "{query}: {error}");
    }
    let cut = browse(Fault::None, |state| format!("code=x&state={}", &state[1..])).unwrap_err();
    assert!(cut.to_string().contains("its state differs"), "{cut}");
    let denied = browse(Fault::None, |state| format!("error=access_denied%1b&state={state}")).unwrap_err();
    assert!(denied.to_string().contains("access_denied") && !denied.to_string().contains('\u{1b}'), "{denied}");
    let empty = browse(Fault::None, |state| format!("state={state}")).unwrap_err();
    assert!(empty.to_string().contains("no code"), "{empty}");
}

#[test]
fn tokens_that_were_not_asked_for_are_refused() {
    for (fault, word) in [
        (Fault::Nonce, "its nonce differs"),
        (Fault::Audience, "for the audience other"),
        (Fault::Issuer, "another issuer"),
        (Fault::Refuses, "invalid_grant"),
        (Fault::NoToken, "cannot be used"),
    ] {
        let error = browse(fault, |state| format!("code={}&state={state}", CANARIES[4])).unwrap_err();
        assert!(error.to_string().contains(word), "{fault:?}: {error}");
        shows_no_canary(&all_of(&error));
    }
}

#[test]
fn nobody_signs_in() {
    let server = issuer(Fault::None, Arc::default());
    let mut options = options(&server);
    options.patience = Duration::from_millis(50);
    let error = sign_in_with_browser(&options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, IdentityError::TimedOut(_)), "{error}");
}

#[test]
fn a_code_is_typed() {
    let shown = Arc::new(Mutex::new(String::new()));
    let server = issuer(Fault::None, Arc::clone(&shown));
    let mut ask = |prompt: &Prompt| {
        let Prompt::Visit { url, .. } = prompt else { panic!("{prompt:?}") };
        assert_eq!(parameter(url, "redirect_uri").as_deref(), Some("urn:ietf:wg:oauth:2.0:oob"));
        *shown.lock().unwrap() = url.clone();
        Some(SecretText::new(format!(" {}\n", CANARIES[4])))
    };
    sign_in_with_code(&options(&server), &mut ask).unwrap();
    let body = server.log().last().unwrap().body.clone();
    assert_eq!(parameter(&body, "code").as_deref(), Some(CANARIES[4]));
    assert!(sign_in_with_code(&options(&server), &mut |_| None).is_err());
}

#[test]
fn another_device_signs_in() {
    let server = issuer(Fault::None, Arc::default());
    let mut told = Vec::new();
    sign_in_with_device(&options(&server), &mut |prompt| told.push(prompt.clone())).unwrap();
    let [Prompt::Device { url, code }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(url, &server.url("/device"));
    assert!(code.starts_with("ABCD-EFGH") && !code.contains('\u{1b}'), "{code}");
    let server = issuer(Fault::Refuses, Arc::default());
    let error = sign_in_with_device(&options(&server), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("invalid_grant"), "{error}");
    shows_no_canary(&all_of(&error));
}

#[test]
fn only_pages_are_opened() {
    for good in ["https://oauth2.sigstore.dev/auth/auth?x=1", "http://127.0.0.1:1/auth", "http://localhost:1/"] {
        assert!(provider::is_safe(good), "{good}");
    }
    for bad in [
        "--new-window",
        "-https://example.com",
        " https://example.com",
        "http://example.com/",
        "http://127.0.0.1.evil.test/",
        "http://localhost.evil.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://example.com/\n--x",
        "https://example.com/ x",
        "https://example.com/\"; rm",
        "https://example.com/\u{202e}",
    ] {
        assert!(!provider::is_safe(bad), "{bad}");
        assert!(!browser::open(&Environment::new(|_| Some("/bin/true".into())), bad), "{bad}");
    }
}

#[test]
fn the_browser_of_the_user_is_started() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = std::env::temp_dir().join(format!("plimsoll-browser-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (program, note) = (directory.join("browse"), directory.join("note"));
    std::fs::write(&program, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {0}.part; mv {0}.part {0}\n", note.display()))
        .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = directory.clone();
    let environment = |browser: &'static str| {
        let path = path.clone();
        Environment::new(move |name| match name {
            "BROWSER" => Some(browser.into()),
            "PATH" => Some(path.clone().into()),
            _ => None,
        })
    };
    for (browser, expected) in [
        ("absent:browse", "https://example.com/?a=$(x)\n"),
        ("browse --tab", "--tab\nhttps://example.com/?a=$(x)\n"),
        ("browse --url=%s", "--url=https://example.com/?a=$(x)\n"),
    ] {
        drop(std::fs::remove_file(&note));
        assert!(browser::open(&environment(browser), "https://example.com/?a=$(x)"));
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while !note.exists() && std::time::Instant::now() < end {
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(std::fs::read_to_string(&note).unwrap(), expected);
    }
    assert!(!browser::open(&environment("absent"), "https://example.com/"));
    std::fs::remove_dir_all(&directory).unwrap();
}
