//! An identity that lasts: its token is asked for once, kept while it is good, and asked for again when it runs out.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{IdentityError, IdentityToken, Provider};

/// Gives tokens.
pub trait TokenSource: Send {
    /// A token, made now if it can be.
    ///
    /// # Errors
    /// There is none.
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError>;

    /// Whether asking again may give a newer token.
    fn is_renewable(&self) -> bool;
}

/// A token is renewed this long before it expires: what it is used for takes time, and clocks differ.
const MARGIN: Duration = Duration::from_secs(60);

/// Where tokens come from, and the one that is held.
pub struct Identity {
    provider: Provider,
    audience: String,
    source: Box<dyn TokenSource>,
    held: Option<IdentityToken>,
}

impl Identity {
    /// An identity whose tokens must be for an audience.
    #[must_use]
    pub fn new(provider: Provider, audience: impl Into<String>, source: Box<dyn TokenSource>) -> Self {
        Self { provider, audience: audience.into(), source, held: None }
    }

    /// An identity of one token, which cannot be renewed.
    #[must_use]
    pub fn fixed(provider: Provider, audience: impl Into<String>, token: IdentityToken) -> Self {
        Self::new(provider, audience, Box::new(Fixed(token)))
    }

    /// Where the tokens come from.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// A token that is good for a while: the one that is held, or a new one. `now` is the time.
    ///
    /// # Errors
    /// There is none, it is for another audience, or it has expired and cannot be renewed.
    pub fn token(&mut self, now: Timestamp) -> Result<&IdentityToken, IdentityError> {
        let fresh = |token: &IdentityToken| lasts(token, now, MARGIN);
        if !self.held.as_ref().is_some_and(|held| fresh(held) || !self.source.is_renewable()) {
            self.held = None;
        }
        let token = match self.held.take() {
            Some(held) => held,
            None => self.fetch()?,
        };
        if !lasts(&token, now, Duration::ZERO) {
            return Err(IdentityError::Expired { from: self.provider.to_string(), expired: token.expires_at() });
        }
        Ok(self.held.insert(token))
    }

    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        let token = self.source.fetch()?;
        if token.claims().is_for(&self.audience) {
            return Ok(token);
        }
        Err(IdentityError::Audience {
            from: self.provider.to_string(),
            found: token.claims().audiences().join(", "),
            wanted: self.audience.clone(),
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("provider", &self.provider)
            .field("audience", &self.audience)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

fn lasts(token: &IdentityToken, now: Timestamp, margin: Duration) -> bool {
    let margin = SignedDuration::try_from(margin).unwrap_or(SignedDuration::ZERO);
    now.checked_add(margin).is_ok_and(|then| then < token.expires_at())
}

/// A token that somebody gave.
struct Fixed(IdentityToken);

impl TokenSource for Fixed {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        Ok(self.0.clone())
    }

    fn is_renewable(&self) -> bool {
        false
    }
}
