//! A fuzzer's input, taken from the front piece by piece; what is not there is zero.
//!
//! Not here: what the pieces mean (each target says so itself).
//! Invariant: taking never fails, so that every input is a valid one.

use seal::{AboutField, Mute, Plan};

/// What is left of an input.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// Up to `count` bytes.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn u8(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.u8(), self.u8()])
    }

    /// As many bytes as the next two say.
    pub fn bytes16(&mut self) -> &'a [u8] {
        let count = self.u16();
        self.take(count.into())
    }

    /// A plan over `total` samples; positions are in 65,536ths of them, with a little beyond.
    pub fn plan(&mut self, total: u64, tracks: u8) -> Plan {
        let flags = self.u8();
        let mut range = || {
            let place = |part: u16| (u64::from(part) * (total + total / 64 + 1)) >> 16;
            let (start, len) = (place(self.u16()), place(self.u16()));
            start..if len == 0 { u64::MAX } else { start + len }
        };
        let keep = (flags & 1 == 1).then(&mut range);
        let ranges: Vec<_> = (0..flags >> 1 & 3).map(|_| range()).collect();
        let named = |bits: u8| (1..=tracks + bits / 250).filter(|track| bits >> (track - 1).min(7) & 1 == 1).collect();
        let mutes = ranges.into_iter().map(|range| Mute { range, tracks: named(self.u8()) }).collect();
        let reveal = AboutField::ALL.iter().copied().filter(|field| flags >> (3 + field.number()) & 1 == 1).collect();
        Plan { keep, mutes, reveal }
    }
}
