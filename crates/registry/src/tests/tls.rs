//! Certificates that are good, and those that are not.

use super::image::Image;
use super::server::{Reply, Server, certificate};
use super::{Credentials, open, pull, quick, told};
use crate::NetworkOptions;

fn trusting() -> NetworkOptions {
    let mut options = quick();
    options.retries = 0;
    options.ca_certificates.push(certificate("ca.pem"));
    options
}

#[test]
fn an_authority_that_the_user_names_is_trusted() {
    let server = Server::tls("good", Image::new(1000).honest());
    assert_eq!(pull(&format!("{}/app", server.host), &trusting()).unwrap().len(), 2);
    let port = server.host.rsplit(':').next().unwrap();
    assert_eq!(pull(&format!("localhost:{port}/app"), &trusting()).unwrap().len(), 2);
}

#[test]
fn bad_certificates_are_refused() {
    for (name, part) in [("expired", "expired"), ("other-host", "not valid for name"), ("self-signed", "UnknownIssuer")]
    {
        let server = Server::tls(name, Image::new(1000).honest());
        let credentials = Credentials::password(&server.host);
        let mut options = credentials.options();
        (options.retries, options.ca_certificates) = (0, trusting().ca_certificates);
        let told = told(&open(&format!("{}/app", server.host), &options).unwrap_err());
        assert!(told.contains(part), "{name}: {told}");
        assert!(server.log().is_empty(), "{name}: not a word was said");
    }
    // Without the authority the good one is not good either.
    let server = Server::tls("good", Image::new(1000).honest());
    let mut options = quick();
    options.retries = 0;
    assert!(open(&format!("{}/app", server.host), &options).is_err());
    assert!(server.log().is_empty());
}

#[test]
fn an_encrypted_connection_is_not_left() {
    let image = Image::new(1000);
    let plain = Server::at("127.0.0.2", image.clone().honest());
    let target = plain.host.clone();
    let server = Server::tls("good", move |request| match request.path.contains("/blobs/") {
        true => Reply::redirect(307, format!("http://{target}{}", request.path)),
        false => image.reply(request, &image.manifest),
    });
    let told = told(&open(&format!("{}/app", server.host), &trusting()).unwrap_err());
    assert!(told.contains("one that is not"), "{told}");
    assert!(plain.log().is_empty());
}

#[test]
fn files_of_certificates_hold_some() {
    let server = Server::tls("good", Image::new(1000).honest());
    for name in ["good.key.pem", "README.md", "missing.pem"] {
        let mut options = quick();
        options.ca_certificates.push(certificate(name));
        let told = told(&open(&format!("{}/app", server.host), &options).unwrap_err());
        assert!(told.contains("cannot use"), "{name}: {told}");
    }
}
