//! `/metrics`: what is counted.
//!
//! Not what it means (`docs/counterpartd.md`); a role's own numbers are its own.
//! Invariant: asking changes nothing.

pub(crate) mod show;
