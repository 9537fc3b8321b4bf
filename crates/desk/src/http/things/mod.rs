//! The pages of what is kept: the list for those who keep it, each thing for them and for whoever sees its case, its forms, its sound, its certificate.
//!
//! Not deciding (`casework::custody`) and not storing (`office`). Invariants: what a form brings becomes a command through [`forms`] and nothing else; no content is given out but by an access
//! that is on the record, to whoever put it there.

pub(crate) mod act;
pub(crate) mod certificate;
mod context;
mod doing;
mod forms;
mod happened;
mod lines;
pub(crate) mod list;
pub(crate) mod listen;
pub(super) mod own;
mod range;
pub(crate) mod show;
mod words;
