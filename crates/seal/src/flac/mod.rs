//! FLAC as the seal uses it: metadata blocks, frame headers, one frame encoded, one frame decoded (RFC 9639).
//!
//! Not here: what is sealed. The codecs themselves are libraries by two different authors (`codec.rs`), so that what one
//! writes is checked by the other. Invariant: every parser here takes hostile bytes and ends in an answer.

pub(crate) mod codec;
pub(crate) mod crc;
pub(crate) mod frame;
pub(crate) mod metadata;
pub(crate) mod streaminfo;
mod subframe;
pub(crate) mod tags;
pub(crate) mod verbatim;
