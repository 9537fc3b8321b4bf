//! The sound a check decoded, lent to whoever wants to listen along.
//!
//! Not a judgement and no part of one: what an ear makes of it never comes back into the verdict. Invariants: blocks come in
//! order, each once; a muted track is not handed out as sound; only a good verdict makes what was heard the sealed sound.

use crate::Format;
use crate::flac::codec::Decoded;

/// One decoded block.
pub struct Heard<'a> {
    pub(crate) format: Format,
    pub(crate) first: u64,
    pub(crate) decoded: &'a Decoded,
    /// Tracks, from 0, that are silenced in this file.
    pub(crate) muted: &'a [usize],
}

impl Heard<'_> {
    /// The shape of the sound.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its first sample, as a position in the original recording.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The samples of a track, counted from 1; `None` when there is no such track or it is muted here.
    #[must_use]
    pub fn track(&self, number: u8) -> Option<&[i32]> {
        let at = usize::from(number).checked_sub(1).filter(|_| number <= self.format.tracks())?;
        (!self.muted.contains(&at)).then(|| self.decoded.track(at))
    }
}
