//! The pages of cases: one handler each, over the forms of their deeds.
//!
//! Not deciding (`casework::case`) and not storing (`office/cases`). Invariants: what a form brings becomes a command through [`deeds`] and nothing else; what is shown of a case
//! comes out of its view and nothing else.

pub(crate) mod act;
pub(in crate::http) mod context;
pub(crate) mod deeds;
pub(in crate::http) mod frame;
mod happened;
pub(in crate::http) mod kept;
pub(in crate::http) mod lines;
pub(crate) mod list;
pub(crate) mod look;
pub(crate) mod meeting;
pub(in crate::http) mod own;
mod papers;
pub(crate) mod person;
mod room;
pub(crate) mod rules;
pub(crate) mod show;
pub(crate) mod totals;
