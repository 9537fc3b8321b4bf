//! A recording as a kill leaves it, to be damaged further and recovered.
//!
//! The state is that of a real session, copied while its source is silent. Nothing of the journal's
//! code is used to read it: the layout is walked here as `docs/recording.md` says it.

use std::path::PathBuf;

use recorder::folder::{PART, PART2, RECORDING};
use recorder::source::{Loss, Piece, Shape};
use recorder::{Done, Pace, Recovered};
use seal::EventKind;

use super::{Bench, Piped, decode, noise};

/// The bytes of an unfinished recording.
pub struct Broken {
    pub bench: Bench,
    pub shape: Shape,
    pub parts: [Vec<u8>; 2],
    pub journal: Vec<u8>,
    pub place: PathBuf,
    /// Everything that was recorded, filler at the end included.
    pub sound: Vec<i32>,
}

/// A record of a journal: type, payload, and where it ends.
pub struct Record<'a> {
    pub kind: u8,
    pub payload: &'a [u8],
    pub end: usize,
}

pub const FRAME: u8 = 2;
pub const END: u8 = 5;

pub fn records(journal: &[u8]) -> Vec<Record<'_>> {
    let mut at = 0;
    let mut found = Vec::new();
    while at < journal.len() {
        let length = u32::from_be_bytes(journal[at..at + 4].try_into().unwrap()) as usize;
        let end = at + 4 + 1 + length + 4;
        found.push(Record { kind: journal[at + 4], payload: &journal[at + 5..end - 4], end });
        at = end;
    }
    found
}

/// Sizes of the frames in a journal.
pub fn frame_sizes(journal: &[u8]) -> Vec<usize> {
    let frames = records(journal).into_iter().filter(|record| record.kind == FRAME);
    frames.map(|record| u32::from_be_bytes(record.payload[..4].try_into().unwrap()) as usize).collect()
}

impl Broken {
    /// Records `blocks` blocks of noise and one of filler, then freezes everything.
    pub fn new(shape: Shape, block: usize, blocks: usize) -> Broken {
        let bench = Bench::new();
        let (sender, source) = Piped::new(shape);
        let session = bench.start(Pace::Live, source).unwrap();
        let mut sound = noise(shape, block * blocks);
        sender.send(Piece::Samples(sound.clone())).unwrap();
        sender.send(Piece::Lost { count: block as u64, why: Loss::Stalled }).unwrap();
        sound.extend(vec![0; block * usize::from(shape.tracks)]);
        bench.notebook.wait_for("the gap", |heard| heard.has(EventKind::Gap));
        let place = only_entry(&bench.state().join("journals"));
        let broken = loop {
            let journal = std::fs::read(place.join("journal")).unwrap();
            let parts = ["a", "b"].map(|name| std::fs::read(bench.path(name).join(PART)).unwrap());
            let reserve = seal::peek(&mut parts[0].as_slice()).unwrap().frames_offset as usize;
            let sizes = frame_sizes(&journal);
            let whole = reserve + sizes.iter().sum::<usize>();
            if sizes.len() == blocks + 1 && parts.iter().all(|part| part.len() == whole) {
                break (parts, journal);
            }
            std::thread::yield_now();
        };
        drop(sender);
        session.wait().unwrap();
        let (parts, journal) = broken;
        Broken { bench, shape, parts, journal, place, sound }
    }

    pub fn reserve(&self) -> usize {
        seal::peek(&mut self.parts[0].as_slice()).unwrap().frames_offset as usize
    }

    /// Puts the frozen state back, with these bytes in it; `None` leaves a part out.
    pub fn restore(&self, journal: &[u8], parts: [Option<&[u8]>; 2]) {
        for (name, part) in ["a", "b"].iter().zip(parts) {
            let folder = self.bench.path(name);
            for name in [PART, PART2, RECORDING] {
                let _ = std::fs::remove_file(folder.join(name));
            }
            if let Some(part) = part {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join(PART), part).unwrap();
            }
        }
        std::fs::create_dir_all(&self.place).unwrap();
        std::fs::write(self.place.join("journal"), journal).unwrap();
    }

    /// Recovers and checks everything, both ways round; what came out has so many blocks of the sound.
    pub fn recover(&self, block: usize, blocks: usize) -> Recovered {
        let recovered = self.bench.recover("a").unwrap();
        let verified = self.bench.check(&recovered.outcome);
        assert_ne!(verified.evidence().end, Some(seal::EndReason::Finished));
        let samples = block * blocks;
        assert_eq!(recovered.outcome.total_samples, samples as u64);
        let tracks = usize::from(self.shape.tracks);
        if samples > 0 {
            assert!(decode(&self.bench.path("b")) == self.sound[..samples * tracks]);
        }
        for name in ["a", "b"] {
            let again = self.bench.recover(name).unwrap();
            assert_eq!(again.done, Done::Nothing);
            assert_eq!(again.outcome.digest, recovered.outcome.digest);
        }
        recovered
    }
}

fn only_entry(folder: &std::path::Path) -> PathBuf {
    let entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries.len(), 1);
    entries[0].clone()
}
