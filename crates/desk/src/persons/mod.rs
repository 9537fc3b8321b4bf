//! People whose cases are here, and who are none of the staff: their accounts, made in a case by staff, and how they sign in to see it.
//!
//! Not staff's (`access/`), nor what they see (`casework::case`'s view). Invariants: mail reaches them and they know the code, always both; a session of theirs is another
//! type than staff's, under another cookie, so that no handler takes one for the other; asking for a link is the same work whether anybody has an account or not.

pub(crate) mod accounts;
pub(crate) mod code;
pub(crate) mod contact;
pub(crate) mod message;
pub(crate) mod post;
pub(crate) mod sessions;
pub(crate) mod signing_in;

use pages::wording::Language;

/// The language of mail, until people choose one.
const LANGUAGE: Language = Language::English;
