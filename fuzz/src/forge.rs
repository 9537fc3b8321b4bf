//! Seals made outside the seal crate, written from `spec/seal.md`: whatever the frames, every commitment and signature holds.
//!
//! So a target gets past the checks that no fuzzer passes by luck. Not here: anything the specification does not say.
//! Invariant: a forged file is one that somebody with a key of their own could hand in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use md5::Md5;
use seal::Format;
use sha2::{Digest as _, Sha256};

/// Secret half of the recording key everything here is signed with.
pub const KEY: [u8; 32] = [7; 32];
/// Where every salt comes from.
pub const SEED: [u8; 32] = [8; 32];

type Hash = [u8; 32];

fn sha256(parts: &[&[u8]]) -> Hash {
    parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize().into()
}

/// A note over `text`, signed by the key here (section 3).
pub fn signed(text: &str) -> String {
    const NAME: &str = "counterpart/recording";
    let key = SigningKey::from_bytes(&KEY);
    let id = sha256(&[NAME.as_bytes(), &[b'\n', 1], key.verifying_key().as_bytes()]);
    let blob = [&id[..4], &key.sign(text.as_bytes()).to_bytes()].concat();
    format!("{text}\n\u{2014} {NAME} {}\n", B64.encode(blob))
}

/// The public half of the key here, as a header line has it.
pub fn public_key() -> String {
    B64.encode(SigningKey::from_bytes(&KEY).verifying_key().as_bytes())
}

/// The header text of a recording in `format` (section 3.1).
pub fn header_text(format: Format) -> String {
    format!(
        "counterpart/recording/v1\nnonce: {}\nkey: ed25519 {}\ndevice: none\nsoftware: forge\nrate: {}\nbits: {}\ntracks: {}\n\
         block: {}\nsegment: {}\nstart: 2026-11-21T09:30:00+00:00\ncheckpoint: none\nprev: none\n",
        B64.encode([9; 32]),
        public_key(),
        format.rate_hz(),
        format.bits(),
        format.tracks(),
        format.block_samples(),
        format.segment_samples()
    )
}

/// A file of these metadata blocks and frames.
pub fn flac(blocks: &[(u8, &[u8])], frames: &[u8]) -> Vec<u8> {
    let mut out = b"fLaC".to_vec();
    for (at, (kind, content)) in blocks.iter().enumerate() {
        let last = u8::from(at + 1 == blocks.len()) << 7;
        let len = (content.len() as u32).to_be_bytes();
        out.extend_from_slice(&[kind | last, len[1], len[2], len[3]]);
        out.extend_from_slice(content);
    }
    out.extend_from_slice(frames);
    out
}

/// A file with this seal body, STREAMINFO and frames, nothing else.
pub fn sealed(body: &[u8], streaminfo: &[u8; 34], frames: &[u8]) -> Vec<u8> {
    flac(&[(0, streaminfo), (2, &[b"CPRT", body].concat())], frames)
}

/// A segment of sound to be sealed.
pub struct Segment {
    pub count: u32,
    pub frames: Vec<Vec<u8>>,
    /// Samples track after track, frame after frame; `None` when they do not decode.
    pub planar: Option<Vec<Vec<i32>>>,
}

impl Segment {
    fn track(&self, track: usize, tracks: usize, width: usize) -> Vec<u8> {
        let frames = self.planar.iter().flatten();
        let samples = frames.flat_map(|frame| &frame[track * frame.len() / tracks..(track + 1) * frame.len() / tracks]);
        samples.flat_map(|sample| sample.to_le_bytes()[..width].to_vec()).collect()
    }
}

/// Everything that is sealed.
pub struct Forge {
    pub format: Format,
    pub segments: Vec<Segment>,
}

fn salt(index: u64, slot: u8) -> Hash {
    let mut salt = [0; 32];
    let info: [&[u8]; 3] = [b"counterpart/salt/v1\n", &index.to_be_bytes(), &[slot]];
    Hkdf::<Sha256>::new(None, &SEED).expand_multi_info(&info, &mut salt).expect("32 bytes are few");
    salt
}

fn commit(salt: &Hash, content: &[u8]) -> Hash {
    sha256(&[salt, &sha256(&[content])])
}

/// RFC 6962 section 2.1.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

impl Forge {
    fn total(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.count)).sum()
    }

    fn frames(&self) -> Vec<u8> {
        self.segments.iter().flat_map(|segment| segment.frames.concat()).collect()
    }

    /// Section 2: what the block must say of the file.
    fn streaminfo(&self) -> [u8; 34] {
        let (tracks, width) = (usize::from(self.format.tracks()), usize::from(self.format.bits() / 8));
        let mut md5 = Md5::new();
        for frame in self.segments.iter().flat_map(|segment| segment.planar.iter().flatten()) {
            let each = frame.len() / tracks;
            for at in 0..each {
                (0..tracks).for_each(|track| md5.update(&frame[track * each + at].to_le_bytes()[..width]));
            }
        }
        let sizes = || self.segments.iter().flat_map(|segment| segment.frames.iter().map(Vec::len));
        let bound = |size: Option<usize>| (size.unwrap_or_default() as u32).to_be_bytes();
        let (least, most) = (bound(sizes().min()), bound(sizes().max()));
        let block = (self.format.block_samples() as u16).to_be_bytes();
        let packed = u64::from(self.format.rate_hz()) << 44
            | u64::from(self.format.tracks() - 1) << 41
            | u64::from(self.format.bits() - 1) << 36
            | self.total();
        let parts: [&[u8]; 6] = [&block, &block, &least[1..], &most[1..], &packed.to_be_bytes(), &md5.finalize()];
        parts.concat().try_into().expect("the parts are 34 bytes")
    }

    /// A full copy, or with `shown` (a bit for each track) a redaction in which every segment is FRESH.
    pub fn file(&self, shown: Option<u8>) -> Vec<u8> {
        let text = header_text(self.format);
        let id = sha256(&[text.as_bytes()]);
        let streaminfo = self.streaminfo();
        let leaf = |kind: u8, index: u64, first: u64, count: u64, rest: &[u8]| {
            let numbers = [index.to_be_bytes(), first.to_be_bytes(), count.to_be_bytes()].concat();
            sha256(&[&[0], b"counterpart/leaf/v1\n", &id, &[kind], &numbers, rest])
        };
        let note = signed(&text);
        let sized = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
        let mut body = [&[1, if shown.is_some() { 2 } else { 1 }], &sized(note.as_bytes())[..]].concat();
        if shown.is_none() {
            body.extend_from_slice(&SEED);
        }
        body.push(0);
        body.extend_from_slice(&(self.segments.len() as u32 + 2).to_be_bytes());
        let mut leaves = vec![leaf(0, 0, 0, 0, &[])];
        let mut first = 0;
        for segment in &self.segments {
            let index = leaves.len() as u64;
            let commitments = self.commitments(index, segment);
            leaves.push(leaf(1, index, first, segment.count.into(), &commitments));
            self.print_segment(index, first, segment, &commitments, shown, &mut body);
            first += u64::from(segment.count);
        }
        let index = leaves.len() as u64;
        let (opened, closed) = (commit(&salt(index, 0), &streaminfo), commit(&salt(index, 1), &[]));
        let rest = [&[1, 0, 0, 0, 0][..], &opened, &closed].concat();
        leaves.push(leaf(4, index, first, 0, &rest));
        let end = [&[1][..], &first.to_be_bytes(), &0u32.to_be_bytes(), &opened].concat();
        match shown {
            None => body.extend([&[4][..], &end, &[0, 0]].concat()),
            Some(_) => body.extend([&[22][..], &end, &[0], &closed].concat()),
        }
        let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let checkpoint = format!("counterpart/recording/{hex}\n{}\n{}\n", leaves.len(), B64.encode(root(&leaves)));
        body.extend(sized(signed(&checkpoint).as_bytes()));
        body.extend([0, 0]);
        sealed(&body, &streaminfo, &self.frames())
    }

    fn commitments(&self, index: u64, segment: &Segment) -> Vec<u8> {
        let (tracks, width) = (usize::from(self.format.tracks()), usize::from(self.format.bits() / 8));
        let mut all = commit(&salt(index, 0), &segment.frames.concat()).to_vec();
        for track in 0..tracks {
            all.extend(commit(&salt(index, track as u8 + 1), &segment.track(track, tracks, width)));
        }
        all
    }

    fn print_segment(
        &self,
        index: u64,
        first: u64,
        segment: &Segment,
        commitments: &[u8],
        shown: Option<u8>,
        body: &mut Vec<u8>,
    ) {
        body.push(if shown.is_some() { 18 } else { 1 });
        if shown.is_some() {
            body.extend_from_slice(&first.to_be_bytes());
        }
        body.extend_from_slice(&segment.count.to_be_bytes());
        body.push(segment.frames.len() as u8);
        segment.frames.iter().for_each(|frame| body.extend_from_slice(&(frame.len() as u32).to_be_bytes()[1..]));
        body.extend_from_slice(commitments);
        if let Some(shown) = shown {
            body.push(shown);
            let tracks = (0..self.format.tracks()).filter(|track| shown >> track & 1 == 1);
            tracks.for_each(|track| body.extend_from_slice(&salt(index, track + 1)));
        }
    }
}
