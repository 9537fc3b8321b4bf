//! A rule that a decision rested on, as text in an event: enough to find the same words again in many years.
//!
//! Not here: choosing or reading rules, which is `rules`'.
//! Invariant: made only from what `rules` says it applied.

use serde::{Deserialize, Serialize};

/// Which rule of which version of which pack applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cited {
    /// The rule's name.
    pub rule: String,
    /// What it says.
    pub value: String,
    /// The pack it stands in.
    pub pack: String,
    /// That pack's version.
    pub version: u32,
    /// The SHA-256 digest of the pack's text, in hexadecimal.
    pub digest: String,
    /// The document it comes from.
    pub source: String,
    /// The clause of that document.
    pub clause: String,
    /// Why it is not confirmed, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<String>,
}

impl From<&rules::Applied> for Cited {
    fn from(applied: &rules::Applied) -> Self {
        Self {
            rule: applied.what.clone(),
            value: applied.value.clone(),
            pack: applied.pack.name.clone(),
            version: applied.pack.version,
            digest: applied.pack.digest_hex(),
            source: applied.source.title.clone(),
            clause: applied.clause.clone(),
            unconfirmed: applied.unconfirmed.clone(),
        }
    }
}

/// All the rules of a decision.
pub(crate) fn all<'a>(applied: impl IntoIterator<Item = &'a rules::Applied>) -> Vec<Cited> {
    applied.into_iter().map(Cited::from).collect()
}
