//! The pages of people whose cases are here: below `/me`, apart from staff's.
//!
//! Not how they sign in (`persons/`), nor what they see (`casework::case`'s view).
//! Invariant: no handler here takes a session of staff's, and none elsewhere one of a person's: they are two types.

pub(crate) mod act;
pub(crate) mod case;
pub(crate) mod home;
pub(crate) mod link;
pub(crate) mod sign_in;
