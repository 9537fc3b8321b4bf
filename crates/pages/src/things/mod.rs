//! The pages of what is kept: the list, one thing, and the page on which somebody listens.
//!
//! Not who may see them, and not what is kept (`casework::custody`).
//! Invariants: as of the pages of cases; no page has content in it: what is listened to is asked for by its own address.

mod list;
mod listen;
mod one;
mod own;

pub use list::{Line, List};
pub use listen::{Listening, over};
pub(crate) use one::exactly;
pub use one::{Certificate, One, gone};
pub use own::OwnThing;
pub(crate) use own::own;
