//! A source that plays a prepared list of pieces: for tests of everything that takes a source.
//!
//! It is no mock with expectations: it behaves like a file when it is given samples, and like a
//! live source when it is given pieces. Its conversion is always `None`.

use std::collections::VecDeque;

use super::{Error, Piece, Shape, Source};

/// How many instants one piece holds when a source is made from samples.
const PIECE_SAMPLES: usize = 1024;

/// A source held in memory.
#[derive(Debug, Clone)]
pub struct Memory {
    shape: Shape,
    pieces: VecDeque<Piece>,
    total: Option<u64>,
}

impl Memory {
    /// A source that gives these interleaved samples and ends, as a file does. A last instant that
    /// is not whole is left out.
    #[must_use]
    pub fn samples(shape: Shape, samples: Vec<i32>) -> Self {
        let tracks = usize::from(shape.tracks.max(1));
        let whole = samples.len() / tracks * tracks;
        let pieces =
            samples[..whole].chunks(PIECE_SAMPLES * tracks).map(|piece| Piece::Samples(piece.to_vec())).collect();
        Self { shape, pieces, total: Some((whole / tracks) as u64) }
    }

    /// A source that gives these pieces and ends, as a live source does: its length is not known.
    #[must_use]
    pub fn pieces(shape: Shape, pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self { shape, pieces: pieces.into_iter().collect(), total: None }
    }
}

impl Source for Memory {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn describe(&self) -> String {
        let Shape { rate_hz, bits, tracks } = self.shape;
        format!("memory: {}", super::shape_words(rate_hz, Some(u32::from(bits)), tracks))
    }

    fn conversion(&self) -> Option<String> {
        None
    }

    fn total_samples(&self) -> Option<u64> {
        self.total
    }

    fn next(&mut self) -> Result<Piece, Error> {
        let piece = self.pieces.pop_front().unwrap_or(Piece::End);
        if matches!(piece, Piece::End | Piece::SourceLost(_)) {
            self.pieces.clear();
        }
        Ok(piece)
    }
}
