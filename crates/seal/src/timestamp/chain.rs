//! From a signer's certificate up to an authority that the reader trusts (RFC 5280, section 6, as far as stamps need it).
//!
//! Not here: revocation, which cannot be told offline; certificate policies. A certificate is judged at the time in the stamp, the
//! authority's own too. A certificate that the reader trusts as it stands needs nobody above it.
//! Invariants: at most [`CHAIN_MAX`] certificates in a chain and [`SIGNATURES_MAX`] signatures checked, whatever a token brings.

use super::certificate::Certificate;
use super::{Authority, TokenFault};

const CHAIN_MAX: usize = 5;
const SIGNATURES_MAX: usize = 64;

/// The names and certificates of those who are trusted; what cannot be read is trusted by nobody.
pub(super) struct Trusted<'a>(Vec<(&'a str, Certificate<'a>)>);

impl<'a> Trusted<'a> {
    pub(super) fn new(authorities: &'a [Authority]) -> Trusted<'a> {
        let read = |authority: &'a Authority| {
            Certificate::read(&authority.certificate_der).map(|certificate| (authority.name.as_str(), certificate))
        };
        Trusted(authorities.iter().filter_map(read).collect())
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = &Certificate<'a>> {
        self.0.iter().map(|(_, certificate)| certificate)
    }
}

/// The name of the authority that `signer` comes from, through the token's certificates, all of them good at `time_s`.
///
/// The first chain whose signatures and names hold says why it fails, if none is good.
pub(super) fn authority<'a>(
    signer: &Certificate<'a>,
    between: &[Certificate<'a>],
    trusted: &'a Trusted<'a>,
    time_s: i64,
) -> Result<&'a str, TokenFault> {
    let mut search = Search { between, trusted, time_s, left: SIGNATURES_MAX, fault: None, unsupported: false };
    match (search.up(&mut vec![signer]), search.fault) {
        (Some(name), _) => Ok(name),
        (None, Some(fault)) => Err(fault),
        (None, None) if search.unsupported => Err(TokenFault::Algorithm),
        (None, None) => Err(TokenFault::Authority),
    }
}

struct Search<'s, 'a> {
    between: &'s [Certificate<'a>],
    trusted: &'a Trusted<'a>,
    time_s: i64,
    /// How many signatures may still be checked.
    left: usize,
    /// What was wrong with the first chain that ended in trust.
    fault: Option<TokenFault>,
    /// Whether a link was met whose algorithm this reader has not.
    unsupported: bool,
}

impl<'s, 'a: 's> Search<'s, 'a> {
    /// Looks for a good chain on top of this one, its last certificate still unexplained.
    fn up(&mut self, chain: &mut Vec<&'s Certificate<'a>>) -> Option<&'a str> {
        let top = *chain.last()?;
        for (name, anchor) in &self.trusted.0 {
            let is_itself = anchor.whole == top.whole;
            if !is_itself && (chain.len() == CHAIN_MAX || !self.links(top, anchor)) {
                continue;
            }
            let full: Vec<_> = chain.iter().copied().chain((!is_itself).then_some(anchor)).collect();
            match fault_of(&full, self.time_s) {
                None => return Some(name),
                Some(fault) => self.fault = self.fault.or(Some(fault)),
            }
        }
        for next in self.between {
            let is_new = chain.len() < CHAIN_MAX && chain.iter().all(|other| other.whole != next.whole);
            if is_new && self.links(top, next) {
                chain.push(next);
                if let Some(name) = self.up(chain) {
                    return Some(name);
                }
                chain.pop();
            }
        }
        None
    }

    /// Whether `issuer` bears the name and made the signature under `subject`.
    fn links(&mut self, subject: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
        if subject.issuer != issuer.subject || self.left == 0 {
            return false;
        }
        self.left -= 1;
        let scheme = subject.algorithm.scheme(None);
        match scheme.and_then(|scheme| issuer.key.signed(scheme, &[subject.signed], subject.signature)) {
            Ok(holds) => holds,
            Err(_) => {
                self.unsupported = true;
                false
            }
        }
    }
}

/// What is wrong with a chain whose signatures hold, the signer first.
fn fault_of(chain: &[&Certificate<'_>], time_s: i64) -> Option<TokenFault> {
    let in_time = |one: &&Certificate<'_>| (one.not_before_s..=one.not_after_s).contains(&time_s);
    if !chain.iter().all(in_time) {
        return Some(TokenFault::Expired);
    }
    let mut between = 0;
    for (at, one) in chain.iter().enumerate() {
        let is_issuer = at > 0;
        let too_long = one.extensions.path_len_max.is_some_and(|max| between > max);
        if one.extensions.unknown || is_issuer && (!one.extensions.may_issue() || too_long) {
            return Some(TokenFault::Constraints);
        }
        // A certificate that an authority made for itself does not count (RFC 5280, 4.2.1.9).
        between += u32::from(is_issuer && one.issuer != one.subject);
    }
    None
}
