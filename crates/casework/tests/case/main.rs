//! One meeting's case: from its plan to what became of it, by tables, by every deed in every state, and by random lives.
//!
//! Not custody (`custody.rs`, `interleavings.rs`). Invariants: every refusal that a table names is the one that comes; what is shown as still to be done
//! and what keeps a meeting from beginning are the same; a case is what its events say, as they are stored.
#![allow(clippy::disallowed_methods, clippy::panic, clippy::unwrap_used)]

mod canaries;
mod ends;
mod glass;
mod lives;
mod looks;
mod matrix;
mod oracle;
mod persons;
mod refusals;
mod samples;
mod steward;
#[path = "../support/mod.rs"]
mod support;
mod vectors;
mod view;
mod ways;
mod world;
