//! The threads between a source and the seal: reading (with its pace) and encoding.
//!
//! The way of sound: reader → inbox → conductor → encoder → sealer → lanes, every step with few
//! batches of blocks waiting. Invariants: memory is bounded whatever the source or a medium does; when the last
//! step ends, every step before it ends at its next hand-over. A reader may be stuck in its source
//! and is then left behind.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

use seal::{Body, Encoder, EndReason, Format};

use crate::clock::Clock;
use crate::conductor::Work;
use crate::inbox::Inbox;
use crate::pace::Pacer;
use crate::source::{Piece, Source};

/// Batches that may wait between two steps. A live source's hold one block each.
pub(crate) const BATCHES_MAX: usize = 8;

/// What reaches the sealer.
pub(crate) enum Stage {
    Frame { frame: Vec<u8>, pcm: Vec<i32> },
    Other(Work),
}

/// Reads a source to its end.
pub(crate) fn read(mut source: Box<dyn Source>, inbox: &Inbox, pacer: &Pacer, clock: &dyn Clock, format: Format) {
    let mut paced = Paced { pacer, clock, format, started: clock.monotonic(), samples: 0 };
    loop {
        let piece = source.next();
        let last = matches!(piece, Ok(Piece::End | Piece::SourceLost(_)) | Err(_));
        let taken = match piece {
            Ok(Piece::Samples(samples)) if pacer.holds_back() => paced.put(&samples, inbox),
            piece => inbox.put_piece(piece),
        };
        if last || !taken {
            return;
        }
    }
}

/// Hands sound over in blocks as time passes.
struct Paced<'a> {
    pacer: &'a Pacer,
    clock: &'a dyn Clock,
    format: Format,
    started: Duration,
    samples: u64,
}

impl Paced<'_> {
    fn put(&mut self, samples: &[i32], inbox: &Inbox) -> bool {
        let tracks = usize::from(self.format.tracks());
        for block in samples.chunks(self.format.block_samples() as usize * tracks) {
            self.samples += (block.len() / tracks) as u64;
            let due_micros = self.samples.saturating_mul(1_000_000) / u64::from(self.format.rate_hz());
            self.pacer.wait_until(self.clock, self.started + Duration::from_micros(due_micros));
            if !inbox.put_piece(Ok(Piece::Samples(block.to_vec()))) {
                return false;
            }
        }
        true
    }
}

/// Encodes blocks and passes everything else on in order.
pub(crate) fn encode(format: Format, work: &Receiver<Vec<Work>>, out: &SyncSender<Vec<Stage>>) {
    let mut encoder = Encoder::new(format);
    for batch in work {
        let stages = batch.into_iter().map(|work| stage(&mut encoder, work)).collect();
        if out.send(stages).is_err() {
            return;
        }
    }
}

fn stage(encoder: &mut Encoder, work: Work) -> Stage {
    match work {
        // The encoder stores what it cannot compress; an error means the block itself is not one.
        Work::Block(pcm) => match encoder.encode(&pcm) {
            Ok(frame) => Stage::Frame { frame, pcm },
            Err(error) => {
                let closing = Body::new().with("why", &error.to_string());
                Stage::Other(Work::End { reason: EndReason::Fault, closing })
            }
        },
        other => Stage::Other(other),
    }
}

/// Starts a named thread that nobody needs to wait for.
pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

/// A clock shared between threads.
pub(crate) type SharedClock = Arc<dyn Clock>;
