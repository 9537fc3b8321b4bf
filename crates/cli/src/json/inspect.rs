//! `counterpart.inspect/1`: what is in a file.
//!
//! Not the sentences for people (`inspect.rs`).
//! Invariant: the fields are those of `docs/schemas/`, as in `json.rs`.

use seal::{Evidence, Peek};
use serde::Serialize;

use super::DeviceOut;
use crate::inspect::{self, Seen};

/// `counterpart.inspect/1`
#[derive(Serialize)]
pub(crate) struct Inspect {
    schema: &'static str,
    path: String,
    file_bytes: u64,
    flac: bool,
    blocks: Vec<BlockOut>,
    blocks_more: u64,
    /// What the file says of itself; null where there is no seal that can be read.
    seal: Option<SealOut>,
}

impl Inspect {
    pub(crate) fn new(seen: &Seen) -> Inspect {
        Inspect {
            schema: "counterpart.inspect/1",
            path: seen.path.to_string_lossy().into_owned(),
            file_bytes: seen.len_bytes,
            flac: seen.flac,
            blocks: seen.blocks.iter().map(BlockOut::new).collect(),
            blocks_more: seen.blocks_more,
            seal: seen.peek.as_ref().map(|peek| SealOut::new(peek, seen.evidence.as_ref())),
        }
    }
}

#[derive(Serialize)]
struct BlockOut {
    kind: &'static str,
    id: Option<String>,
    offset: u64,
    len_bytes: u32,
    whole: bool,
}

impl BlockOut {
    fn new(block: &inspect::Block) -> BlockOut {
        BlockOut {
            kind: inspect::kind_name(block.kind),
            id: block.id.clone(),
            offset: block.offset,
            len_bytes: block.len_bytes,
            whole: block.whole,
        }
    }
}

#[derive(Serialize)]
struct SealOut {
    recording: String,
    unfinished: bool,
    frames_offset: u64,
    device: Option<DeviceOut>,
    software: String,
    start_declared: String,
    rate_hz: u32,
    bits: u8,
    tracks: u8,
    block_samples: u32,
    segment_samples: u32,
    commits_to: Vec<&'static str>,
    continues: Option<String>,
    leaves: Option<u32>,
    events_total: Option<u32>,
    checkpoints: Option<u32>,
    anchors: Option<u32>,
    final_checkpoint: Option<String>,
}

impl SealOut {
    fn new(peek: &Peek, evidence: Option<&Evidence>) -> SealOut {
        let header = &peek.header;
        SealOut {
            recording: peek.id.to_string(),
            unfinished: peek.unfinished,
            frames_offset: peek.frames_offset,
            device: header.device.as_ref().map(DeviceOut::new),
            software: header.software.clone(),
            start_declared: header.start.clone(),
            rate_hz: header.format.rate_hz(),
            bits: header.format.bits(),
            tracks: header.format.tracks(),
            block_samples: header.format.block_samples(),
            segment_samples: header.format.segment_samples(),
            commits_to: header.about.iter().map(|(field, _)| field.name()).collect(),
            continues: header.prev.map(|prev| prev.to_string()),
            leaves: evidence.map(|evidence| evidence.leaves),
            events_total: evidence.map(|evidence| evidence.events_total),
            checkpoints: evidence.map(|evidence| evidence.checkpoints),
            anchors: evidence.map(|evidence| evidence.time.anchors),
            final_checkpoint: evidence.map(|evidence| evidence.checkpoint.clone()),
        }
    }
}
