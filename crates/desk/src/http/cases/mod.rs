//! The pages of cases: their forms so far.
//!
//! Not deciding (`casework::case`) and not storing (`office`).
//! Invariant: what a form brings becomes a command through [`deeds`] and nothing else.

pub(crate) mod deeds;
