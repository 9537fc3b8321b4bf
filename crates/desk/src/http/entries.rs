//! Entries: what is submitted to the log.
//!
//! Not how they are read: bundles of them are tiles (`tiles`).
//! Invariant: nothing is submitted without a token.

pub(crate) mod add;
