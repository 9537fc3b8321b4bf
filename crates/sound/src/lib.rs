//! What samples say: how loud, how clean, and whether two sounds are the same.
//!
//! Not here: files, decoding, the seal. Nothing here ever changes a verdict on integrity: it is evidence beside it.
//! Invariants: samples come in as integers of a declared width or as numbers from -1 to 1, facts go out; memory is bounded by what
//! each part says of itself; the same samples give the same facts.

pub mod compare;
pub mod levels;
pub mod quality;
pub mod rehearsal;
pub mod watch;
