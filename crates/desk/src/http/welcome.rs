//! The first page: what somebody finds who opens a log's address in a browser.
//!
//! Not what it says (`pages::welcome`).
//! Invariant: the same for everybody.

pub(crate) mod show;
