//! The forge makes what the specification says: were it wrong, no target would notice.
//!
//! Not here: what is done with forged files (`fuzz_targets/`).
//! Invariant: frames are made by hand here, byte by byte.

use counterpart_fuzz::flac;
use counterpart_fuzz::forge::{Forge, Segment};
use seal::{Format, Outcome};

#[test]
fn what_is_forged_by_the_specification_verifies() {
    let format = Format::with_blocks(8_000, 16, 2, 16, 32).unwrap();
    // Two subframes of one value each: nothing in the first track, five in the second.
    let subframes = [0, 0, 0, 0, 0, 5];
    let segment = |number: u32, counts: &[u32]| {
        let frames: Vec<_> =
            (number..).zip(counts).map(|(n, count)| flac::forged(format, 1, n, *count, &subframes)).collect();
        let planar = frames.iter().zip(counts).map(|(frame, count)| flac::decoded(frame, format, *count)).collect();
        Segment { count: counts.iter().sum(), frames, planar }
    };
    let forge = Forge { format, segments: vec![segment(0, &[16, 16]), segment(2, &[16, 3])] };
    let full = counterpart_fuzz::check_both(&forge.file(None));
    assert_eq!((full.findings(), full.outcome()), (&[][..], Outcome::Complete));
    let redacted = counterpart_fuzz::check_both(&forge.file(Some(2)));
    assert_eq!((redacted.findings(), redacted.outcome()), (&[][..], Outcome::Redacted));
    let loud = counterpart_fuzz::check_both(&forge.file(Some(1)));
    assert_eq!(loud.reason(), Some(seal::Reason::Mute));
}
