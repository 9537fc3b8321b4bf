//! The office's custody: each thing encrypted under a fresh key of its own, kept by the digest of its ciphertext, read by range
//! and destroyed by its key.
//!
//! [`cipher`] is one object's ciphertext, [`store`] where it lies, [`keyring`] what opens it, [`private`] the words about it, [`layout`] what a database is to look like, [`beside`] what may stand beside one; [`Vault`] moves things
//! in and out (`spec/vault.md`). Not here: what a thing is and who may see it (casework), commands (the desk).
//! Invariants: nothing is given out that was not authenticated, in its place and in its whole; a key and its object belong to one id.

pub mod beside;
pub mod cipher;
pub mod keyring;
pub mod layout;
mod owning;
pub mod private;
pub mod regular;
pub mod store;
mod take;
mod vault;

pub use owning::{OwnError, own};
pub use take::Plain;
pub use vault::{Found, Held, Object, Vault, VaultError};
