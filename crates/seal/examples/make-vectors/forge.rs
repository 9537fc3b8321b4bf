//! What a dishonest recorder can do: commit, hash and sign anything at all (`spec/seal.md` sections 3 to 5).
//!
//! Not here: what it does with that (the `*_cases.rs`). Shares no code with the library, on purpose: a mistake of one does not
//! hide in the other. Invariant: `Forge::reseal` on an untouched recording changes no byte.

use crate::bytes::{Audio, Hash, Item, Parts, covering};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use md5::Md5;
use seal::Format;
use sha2::{Digest as _, Sha256};
use std::ops::{Deref, DerefMut};

/// The names the two keys sign under.
pub(crate) const RECORDING: &str = "counterpart/recording";
/// See [`RECORDING`].
pub(crate) const DEVICE: &str = "counterpart/device";

/// A recording, or a part of one, whose every secret is known.
#[derive(Clone)]
pub(crate) struct Forge {
    pub(crate) parts: Parts,
    pub(crate) format: Format,
    pub(crate) key: SigningKey,
    pub(crate) device: Option<SigningKey>,
    pub(crate) seed: Hash,
    /// The whole recording's samples, interleaved.
    pub(crate) pcm: Vec<i32>,
    /// The checkpoints given out while it was made.
    pub(crate) given_out: Vec<String>,
}

impl Deref for Forge {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl DerefMut for Forge {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.parts
    }
}

pub(crate) fn sha(parts: &[&[u8]]) -> Hash {
    parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize().into()
}

/// The commitment to `content` under `salt`.
pub(crate) fn commit(salt: &Hash, content: &[u8]) -> Hash {
    sha(&[salt, &sha(&[content])])
}

pub(crate) fn node(left: &Hash, right: &Hash) -> Hash {
    sha(&[&[1], left, right])
}

/// RFC 6962 section 2.1, word for word.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha(&[]),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            node(&root(left), &root(right))
        }
    }
}

/// A note: text, empty line, a signature line by each key under its name.
pub(crate) fn note(text: &str, keys: &[(&str, &SigningKey)]) -> Vec<u8> {
    let mut out = format!("{text}\n");
    for (name, key) in keys {
        out.push_str(&signature_line(name, key, &key.sign(text.as_bytes()).to_bytes()));
    }
    out.into_bytes()
}

pub(crate) fn signature_line(name: &str, key: &SigningKey, signature: &[u8; 64]) -> String {
    raw_signature_line(name, key.verifying_key().as_bytes(), signature)
}

pub(crate) fn raw_signature_line(name: &str, public_key: &[u8; 32], signature: &[u8; 64]) -> String {
    let id = &sha(&[name.as_bytes(), b"\n\x01", public_key])[..4];
    format!("\u{2014} {name} {}\n", B64.encode([id, signature].concat()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Forge {
    /// The salt of one commitment.
    pub(crate) fn salt(&self, index: u64, slot: u8) -> Hash {
        let info = [b"counterpart/salt/v1\n", &index.to_be_bytes()[..], &[slot]].concat();
        let mut salt = [0; 32];
        Hkdf::<Sha256>::new(None, &self.seed).expand(&info, &mut salt).expect("32 bytes can be had");
        salt
    }

    /// The header note's text.
    pub(crate) fn header_text(&self) -> String {
        let note = String::from_utf8_lossy(&self.body.header).into_owned();
        note[..note.find("\n\n").expect("a note has an empty line") + 1].to_owned()
    }

    /// Puts another header text in, signed by the recording's key and, if there is one, the device's.
    pub(crate) fn set_header(&mut self, text: &str) {
        let mut keys = vec![(RECORDING, &self.key)];
        keys.extend(self.device.as_ref().map(|key| (DEVICE, key)));
        self.parts.body.header = note(text, &keys);
    }

    /// Changes the header text, signs it anew and makes everything else follow.
    pub(crate) fn change_header(&mut self, from: &str, to: &str) {
        let text = self.header_text();
        assert!(text.contains(from), "{from}");
        self.set_header(&text.replacen(from, to, 1));
        self.reseal();
    }

    /// The recording's id.
    pub(crate) fn id(&self) -> Hash {
        sha(&[self.header_text().as_bytes()])
    }

    /// One leaf's hash.
    pub(crate) fn leaf(&self, index: u64, kind: u8, first: u64, count: u64, rest: &[u8]) -> Hash {
        sha(&[&[0], &self.record(index, kind, first, count, rest)])
    }

    /// One leaf's record.
    pub(crate) fn record(&self, index: u64, kind: u8, first: u64, count: u64, rest: &[u8]) -> Vec<u8> {
        let mut record = b"counterpart/leaf/v1\n".to_vec();
        record.extend_from_slice(&self.id());
        record.push(kind);
        [index, first, count].iter().for_each(|number| record.extend_from_slice(&number.to_be_bytes()));
        record.extend_from_slice(rest);
        record
    }

    /// The record of an item that stands for one leaf. `position` is where the sound has come to.
    pub(crate) fn record_of(&self, item: &Item, index: u64, position: u64) -> Option<Vec<u8>> {
        Some(match item {
            Item::Audio(audio) => {
                let first = if audio.tag == 1 { position } else { audio.first };
                self.record(index, 1, first, audio.count.into(), &audio.commits.concat())
            }
            Item::Text(text) => {
                let committed = match text.tag {
                    2 | 3 => commit(&self.salt(index, 0), &text.text),
                    20 => text.hash,
                    _ => commit(&text.hash, &text.text),
                };
                let anchor = text.tag == 3 || text.tag == 21;
                let rest = [&[text.kind][usize::from(anchor)..], &committed].concat();
                self.record(index, if anchor { 3 } else { 2 }, text.first, text.count, &rest)
            }
            Item::End(end) => {
                let closing = match (end.tag, end.shown) {
                    (4, _) => commit(&self.salt(index, 1), &end.closing),
                    (_, 1) => commit(&end.hash, &end.closing),
                    _ => end.hash,
                };
                let rest = [&[end.reason][..], &end.events.to_be_bytes(), &end.info, &closing].concat();
                self.record(index, 4, end.total, 0, &rest)
            }
            _ => return None,
        })
    }

    /// The hashes of all leaves. Hidden ones stand for themselves as often as there are leaves, which only the root of a full
    /// copy can be made from.
    pub(crate) fn leaves(&self) -> Vec<Hash> {
        let mut leaves = vec![self.leaf(0, 0, 0, 0, &[])];
        let mut position = 0;
        for item in &self.body.items {
            if let Some(record) = self.record_of(item, leaves.len() as u64, position) {
                leaves.push(sha(&[&[0], &record]));
            }
            position += if let Item::Audio(audio) = item { u64::from(audio.count) } else { 0 };
        }
        leaves
    }

    /// A signed checkpoint of this recording.
    pub(crate) fn checkpoint(&self, size: u64, root: &Hash) -> Vec<u8> {
        let text = format!("counterpart/recording/{}\n{size}\n{}\n", hex(&self.id()), B64.encode(root));
        note(&text, &[(RECORDING, &self.key)])
    }

    /// Counts the leaves and signs the tree anew (full copies).
    pub(crate) fn sign(&mut self) {
        let leaves = self.leaves();
        self.body.leaves = leaves.len() as u32;
        self.body.checkpoint = self.checkpoint(leaves.len() as u64, &root(&leaves));
    }

    /// Makes every commitment, END and the final checkpoint follow from frames, samples and STREAMINFO (full copies).
    pub(crate) fn reseal(&mut self) {
        self.recommit();
        self.sign();
    }

    /// The commitments of sound and STREAMINFO, END's total and number of events (full copies).
    pub(crate) fn recommit(&mut self) {
        let (mut index, mut position, mut place, mut events) = (0, 0, 0, 0);
        for at in 0..self.body.items.len() {
            let mut item = self.body.items[at].clone();
            index += item.leaves();
            match &mut item {
                Item::Audio(audio) => {
                    let frames = self.frames[place..place + audio.sizes.len()].concat();
                    audio.commits[0] = commit(&self.salt(index, 0), &frames);
                    for track in 1..=self.format.tracks() {
                        let pcm = self.track_bytes(track, position, audio.count);
                        audio.commits[usize::from(track)] = commit(&self.salt(index, track), &pcm);
                    }
                    place += audio.sizes.len();
                    position += u64::from(audio.count);
                }
                Item::Text(text) => events += u32::from(text.tag == 2),
                Item::End(end) => {
                    (end.total, end.events) = (position, events);
                    end.info = commit(&self.salt(index, 0), &self.info);
                }
                _ => {}
            }
            self.body.items[at] = item;
        }
    }

    /// One track's samples as they are hashed.
    fn track_bytes(&self, track: u8, first: u64, count: u32) -> Vec<u8> {
        let tracks = usize::from(self.format.tracks());
        let width = usize::from(self.format.bits() / 8);
        let samples = self.pcm.chunks(tracks).skip(first as usize).take(count as usize);
        samples.flat_map(|frame| frame[usize::from(track) - 1].to_le_bytes()[..width].to_vec()).collect()
    }

    /// The samples that are in the file, interleaved: of a derived copy what is shown, with silence where it must be.
    pub(crate) fn pcm_in_file(&self) -> Vec<i32> {
        let tracks = usize::from(self.format.tracks());
        let mut out = Vec::new();
        let mut position = 0;
        for item in &self.body.items {
            let Item::Audio(audio) = item else { continue };
            let first = if audio.tag == 1 { position } else { audio.first } as usize;
            for at in first..first + audio.count as usize {
                let frame = self.pcm.get(at * tracks..(at + 1) * tracks).unwrap_or(&[0; 8][..tracks]);
                let audible = |track: usize| audio.tag != 18 || audio.shown >> track & 1 == 1;
                out.extend(frame.iter().enumerate().map(|(track, sample)| if audible(track) { *sample } else { 0 }));
            }
            position += u64::from(audio.count);
        }
        out
    }

    /// Makes sizes in the items and STREAMINFO follow from the frames and the samples that are in the file.
    pub(crate) fn follow_frames(&mut self) {
        let mut sizes = self.parts.frames.iter().map(|frame| frame.len() as u32);
        for item in &mut self.parts.body.items {
            if let Item::Audio(audio) = item {
                audio.sizes.iter_mut().zip(&mut sizes).for_each(|(old, new)| *old = new);
            }
        }
        let pcm = self.pcm_in_file();
        self.set_info(&pcm);
    }

    /// A STREAMINFO that is true of the frames listed, for these samples.
    pub(crate) fn set_info(&mut self, pcm: &[i32]) {
        let f = self.format;
        let (min, max) = (self.body.sizes().min().unwrap_or(0), self.body.sizes().max().unwrap_or(0));
        let samples = (pcm.len() / usize::from(f.tracks())) as u64;
        let packed =
            u64::from(f.rate_hz()) << 44 | u64::from(f.tracks() - 1) << 41 | u64::from(f.bits() - 1) << 36 | samples;
        let width = usize::from(f.bits() / 8);
        let bytes: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()[..width].to_vec()).collect();
        let block = (f.block_samples() as u16).to_be_bytes();
        let mut info = [block, block].concat();
        info.extend_from_slice(&min.to_be_bytes()[1..]);
        info.extend_from_slice(&max.to_be_bytes()[1..]);
        info.extend_from_slice(&packed.to_be_bytes());
        info.extend_from_slice(&Md5::digest(&bytes));
        self.info = info;
    }

    /// The audio items, to be changed.
    pub(crate) fn audio(&mut self, at: usize) -> &mut Audio {
        let audio = self.parts.body.items.iter_mut().filter_map(|item| match item {
            Item::Audio(audio) => Some(audio),
            _ => None,
        });
        audio.into_iter().nth(at).expect("there are that many segments")
    }

    /// Where in the items the segment is.
    pub(crate) fn place(&self, segment: usize) -> usize {
        let audio = |(at, item): (usize, &Item)| matches!(item, Item::Audio(_)).then_some(at);
        self.body.items.iter().enumerate().filter_map(audio).nth(segment).expect("there are that many segments")
    }

    /// END, to be changed.
    pub(crate) fn end(&mut self) -> &mut crate::bytes::End {
        let end = self.parts.body.items.iter_mut().rev().find_map(|item| match item {
            Item::End(end) => Some(end),
            _ => None,
        });
        end.expect("the writer made an END")
    }

    /// A HIDDEN item for `count` leaves from `start`, as the full copy `self` has them.
    pub(crate) fn hidden(&self, start: u64, count: u64) -> Item {
        let leaves = self.leaves();
        let mut at = start as usize;
        let mut hashes = Vec::new();
        for height in covering(start, count) {
            hashes.push(root(&leaves[at..at + (1 << height)]));
            at += 1 << height;
        }
        Item::Hidden { leaves: count as u32, hashes }
    }

    /// Changes one frame at will and sets its checksums right.
    pub(crate) fn change_frame(&mut self, at: usize, change: impl FnOnce(&mut FrameParts)) {
        let mut frame = FrameParts::parse(&self.frames[at]);
        change(&mut frame);
        self.frames[at] = frame.print();
    }
}

/// A FLAC frame with its header apart.
pub(crate) struct FrameParts {
    /// Sync, codes, shape.
    pub(crate) codes: [u8; 4],
    /// The coded number.
    pub(crate) number: Vec<u8>,
    /// Block size and rate fields.
    pub(crate) fields: Vec<u8>,
    /// Subframes.
    pub(crate) sound: Vec<u8>,
}

impl FrameParts {
    pub(crate) fn parse(frame: &[u8]) -> FrameParts {
        let number_len = match frame[4].leading_ones() {
            0 => 1,
            ones => ones as usize,
        };
        let size = match frame[2] >> 4 {
            6 => 1,
            7 => 2,
            _ => 0,
        };
        let rate = match frame[2] & 15 {
            12 => 1,
            13 | 14 => 2,
            _ => 0,
        };
        let (number, rest) = frame[4..].split_at(number_len);
        let (fields, rest) = rest.split_at(size + rate);
        FrameParts {
            codes: [frame[0], frame[1], frame[2], frame[3]],
            number: number.to_vec(),
            fields: fields.to_vec(),
            sound: rest[1..rest.len() - 2].to_vec(),
        }
    }

    pub(crate) fn print(&self) -> Vec<u8> {
        let mut out = [&self.codes[..], &self.number, &self.fields].concat();
        out.push(crc(&out, 8, 0x07) as u8);
        out.extend_from_slice(&self.sound);
        let check = crc(&out, 16, 0x8005) as u16;
        out.extend_from_slice(&check.to_be_bytes());
        out
    }
}

/// The frame under another number below 128, or below 2048 in two bytes.
pub(crate) fn renumbered(frame: &[u8], number: u16) -> Vec<u8> {
    let mut frame = FrameParts::parse(frame);
    frame.number = match number {
        0..=127 => vec![number as u8],
        _ => vec![0xc0 | (number >> 6) as u8, 0x80 | number as u8 & 0x3f],
    };
    frame.print()
}

/// A CRC bit by bit.
fn crc(bytes: &[u8], width: u32, polynomial: u32) -> u32 {
    let mut value = 0;
    for byte in bytes {
        value ^= u32::from(*byte) << (width - 8);
        for _ in 0..8 {
            let carry = value >> (width - 1) & 1;
            value = (value << 1 & ((1 << width) - 1)) ^ (carry * polynomial);
        }
    }
    value
}
