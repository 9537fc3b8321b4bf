//! One meeting's case: from its plan to what became of it, by tables, by every deed in every state, and by random lives.
//!
//! Not custody (`custody.rs`, `interleavings.rs`). Invariants: every refusal that a table names is the one that comes; what is shown as still to be done
//! and what keeps a meeting from beginning are the same; a case is what its events say, as they are stored.
#![allow(clippy::disallowed_methods, clippy::panic, clippy::unwrap_used)]

mod ends;
mod lives;
mod matrix;
mod oracle;
mod persons;
mod refusals;
mod steward;
#[path = "../support/mod.rs"]
mod support;
mod ways;
mod world;
