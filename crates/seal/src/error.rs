//! What can go wrong when a recording is written or derived, and who is at fault.
//!
//! Not here: what is wrong with a file that is being checked. That is never an error but a verdict
//! (`verdict.rs`), because a check of hostile bytes always ends in an answer.
//! Invariant: each variant says whose fault it is and what the caller may do.

use std::fmt;

/// An error of the writer or of a derivation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for a shape of sound the format does not have. Offer another shape.
    Shape(String),
    /// The caller passed a text or value outside the format's limits. Shorten or clean it.
    Value(String),
    /// The caller broke the order of calls (a short frame that was not the last, an event ahead of the sound).
    Order(String),
    /// The encoder made something that does not decode back to what went in. Do not use that frame; stop.
    Encoder(String),
    /// The seal has reached the largest size a FLAC metadata block can have. Finish this recording and go on in a new one.
    Full,
    /// The recording to derive from does not read as it did when it was verified. Verify it again.
    Changed(String),
    /// The plan shows or hides nothing the recording has. Tell the user the recording's length.
    Plan(String),
    /// Reading the source or writing the result failed.
    Io(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Shape(what) => write!(f, "unsupported sound: {what}"),
            Error::Value(what) => write!(f, "value outside the format's limits: {what}"),
            Error::Order(what) => write!(f, "calls out of order: {what}"),
            Error::Encoder(what) => write!(f, "the FLAC encoder is not faithful: {what}"),
            Error::Full => write!(f, "the seal is full: a FLAC metadata block holds 16 MiB"),
            Error::Changed(what) => write!(f, "the recording changed since it was verified: {what}"),
            Error::Plan(what) => write!(f, "nothing to derive: {what}"),
            Error::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::Io(error)
    }
}
