//! Signing in: what an account shows that it is its person's, what it gets for it, and how often anybody may try.
//!
//! Not which terms hold (`casework::access`), nor requests and pages (`http/access`). Invariants: a password and a key, always both; the database alone
//! signs nothing and carries no session that works; an outsider is told the same, after the same work, whether an account exists or not.

pub(crate) mod credentials;
pub(crate) mod links;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod sealing;
pub(crate) mod sessions;
pub(crate) mod signing_in;
pub(crate) mod throttle;

use std::net::IpAddr;
use std::sync::Arc;

use casework::access::Terms;

use crate::error::Result;
use crate::office::Office;
use passkeys::Passkeys;
use passwords::Passwords;

/// What every request of `serve` finds.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) office: Arc<Office>,
    pub(crate) passkeys: Arc<Passkeys>,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) terms: Terms,
    /// Where browsers reach it: the only origin whose forms are taken.
    pub(crate) origin: Arc<str>,
    /// From whom a forwarded address is believed.
    pub(crate) proxies: Arc<[IpAddr]>,
    pub(crate) body_timeout: std::time::Duration,
}

/// Chance as text that a link or a cookie can carry, and the bytes it stands for.
pub(crate) fn fresh_secret() -> Result<zeroize::Zeroizing<[u8; 32]>> {
    crate::office::fresh().map(zeroize::Zeroizing::new)
}
