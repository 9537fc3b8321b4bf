//! A sealed file taken apart into fields that can be set to anything, and put together again (`spec/seal.md` sections 2 and 5).
//!
//! Not here: hashes and signatures (`forge.rs`). Shares no code with the library, on purpose. It trusts its input: it reads only
//! files that the writer has just made. Invariant: `print(parse(x)) == x`.

/// 32 bytes: a hash, a commitment or a salt.
pub(crate) type Hash = [u8; 32];

/// A metadata block beside STREAMINFO and the seal block.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) kind: u8,
    pub(crate) data: Vec<u8>,
}

/// The file, in pieces.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) info: Vec<u8>,
    pub(crate) before: Vec<Block>,
    pub(crate) body: Body,
    pub(crate) after: Vec<Block>,
    pub(crate) frames: Vec<Vec<u8>>,
}

/// The seal body, in pieces. `seed` counts in full copies, the salts of `about` in derived ones.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) version: u8,
    pub(crate) kind: u8,
    pub(crate) header: Vec<u8>,
    pub(crate) seed: Hash,
    pub(crate) about: Vec<(u8, Hash, Vec<u8>)>,
    pub(crate) leaves: u32,
    pub(crate) items: Vec<Item>,
    pub(crate) checkpoint: Vec<u8>,
    pub(crate) tail: Vec<u8>,
}

/// A segment of sound: entry 1, items 17 and 18. `commits` and `salts` are by slot: the frames, then each track.
#[derive(Clone)]
pub(crate) struct Audio {
    pub(crate) tag: u8,
    pub(crate) first: u64,
    pub(crate) count: u32,
    pub(crate) sizes: Vec<u32>,
    pub(crate) commits: Vec<Hash>,
    pub(crate) shown: u8,
    pub(crate) salts: Vec<Hash>,
}

/// An event (2, 19, 20) or an anchor (3, 21). `hash` is the salt, or what stands for a withheld text.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) tag: u8,
    pub(crate) kind: u8,
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) hash: Hash,
    pub(crate) text: Vec<u8>,
}

/// END: 4 and 22.
#[derive(Clone)]
pub(crate) struct End {
    pub(crate) tag: u8,
    pub(crate) reason: u8,
    pub(crate) total: u64,
    pub(crate) events: u32,
    pub(crate) info: Hash,
    pub(crate) shown: u8,
    pub(crate) hash: Hash,
    pub(crate) closing: Vec<u8>,
}

/// An entry of a full copy or an item of a derived one.
#[derive(Clone)]
pub(crate) enum Item {
    Audio(Audio),
    Text(Text),
    End(End),
    Checkpoint(Vec<u8>),
    Hidden { leaves: u32, hashes: Vec<Hash> },
    Raw(Vec<u8>),
}

/// Where the next field is.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }

    fn int(&mut self, len: usize) -> u64 {
        self.take(len).iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn u8(&mut self) -> u8 {
        self.int(1) as u8
    }

    fn u32(&mut self) -> u32 {
        self.int(4) as u32
    }

    fn hash(&mut self) -> Hash {
        let mut out = [0; 32];
        out.copy_from_slice(self.take(32));
        out
    }

    fn hashes(&mut self, count: usize) -> Vec<Hash> {
        (0..count).map(|_| self.hash()).collect()
    }

    fn sized(&mut self) -> Vec<u8> {
        let len = self.int(2) as usize;
        self.take(len).to_vec()
    }
}

fn push_int(out: &mut Vec<u8>, len: usize, value: u64) {
    out.extend_from_slice(&value.to_be_bytes()[8 - len..]);
}

fn push_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    push_int(out, 2, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Heights of the maximal complete subtrees that cover `count` leaves from `at` (section 5.2).
pub(crate) fn covering(mut at: u64, count: u64) -> Vec<u32> {
    let end = at + count;
    let mut heights = Vec::new();
    while at < end {
        let height = (0..32).rev().find(|k| at.is_multiple_of(1 << k) && at + (1 << k) <= end).unwrap_or(0);
        heights.push(height);
        at += 1 << height;
    }
    heights
}

impl Parts {
    /// Takes a file apart.
    pub(crate) fn parse(file: &[u8]) -> Parts {
        let mut at = Cursor { rest: file };
        assert_eq!(at.take(4), b"fLaC");
        let (mut blocks, mut last) = (Vec::new(), false);
        while !last {
            let head = at.u32();
            last = head >> 31 == 1;
            blocks.push(Block { kind: (head >> 24) as u8 & 127, data: at.take(head as usize & 0xff_ffff).to_vec() });
        }
        let seal = blocks.iter().position(|block| block.data.starts_with(b"CPRT")).expect("the writer made a seal");
        let after = blocks.split_off(seal + 1);
        let body = Body::parse(&blocks.remove(seal).data[4..]);
        let info = blocks.remove(0).data;
        let frames = body.sizes().map(|size| at.take(size as usize).to_vec()).collect();
        Parts { info, before: blocks, body, after, frames }
    }

    /// Puts it together.
    pub(crate) fn print(&self) -> Vec<u8> {
        let mut out = self.head();
        self.frames.iter().for_each(|frame| out.extend_from_slice(frame));
        out
    }

    /// Everything before the frames.
    pub(crate) fn head(&self) -> Vec<u8> {
        let block = |kind: u8, data: &[u8]| Block { kind, data: data.to_vec() };
        let mut blocks = vec![block(0, &self.info)];
        blocks.extend(self.before.iter().cloned());
        blocks.push(block(2, &[b"CPRT", &self.body.print()[..]].concat()));
        blocks.extend(self.after.iter().cloned());
        flac(&blocks)
    }
}

/// `fLaC` and blocks, the last marked as the last.
pub(crate) fn flac(blocks: &[Block]) -> Vec<u8> {
    let mut out = b"fLaC".to_vec();
    for (at, block) in blocks.iter().enumerate() {
        let last = u8::from(at + 1 == blocks.len()) << 7;
        out.push(last | block.kind);
        push_int(&mut out, 3, block.data.len() as u64);
        out.extend_from_slice(&block.data);
    }
    out
}

impl Body {
    fn parse(bytes: &[u8]) -> Body {
        let mut at = Cursor { rest: bytes };
        let (version, kind, header) = (at.u8(), at.u8(), at.sized());
        let seed = if kind == 1 { at.hash() } else { [0; 32] };
        let about = (0..at.u8()).map(|_| (at.u8(), if kind == 1 { [0; 32] } else { at.hash() }, at.sized())).collect();
        let leaves = at.u32();
        let tracks = usize::from(tracks_of(&header));
        let (mut items, mut index) = (Vec::new(), 1);
        while index < u64::from(leaves) {
            let item = Item::parse(&mut at, tracks, index);
            index += item.leaves();
            items.push(item);
        }
        Body { version, kind, header, seed, about, leaves, items, checkpoint: at.sized(), tail: at.rest.to_vec() }
    }

    pub(crate) fn print(&self) -> Vec<u8> {
        let mut out = vec![self.version, self.kind];
        push_sized(&mut out, &self.header);
        if self.kind == 1 {
            out.extend_from_slice(&self.seed);
        }
        out.push(self.about.len() as u8);
        for (field, salt, value) in &self.about {
            out.push(*field);
            if self.kind != 1 {
                out.extend_from_slice(salt);
            }
            push_sized(&mut out, value);
        }
        push_int(&mut out, 4, self.leaves.into());
        self.items.iter().for_each(|item| item.print(&mut out));
        push_sized(&mut out, &self.checkpoint);
        out.extend_from_slice(&self.tail);
        out
    }

    /// Sizes of all frames in the file.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = u32> {
        self.items.iter().flat_map(|item| if let Item::Audio(audio) = item { &audio.sizes[..] } else { &[] }).copied()
    }
}

/// The number of tracks a header note names.
fn tracks_of(header: &[u8]) -> u8 {
    let text = String::from_utf8_lossy(header);
    let line = text.lines().find_map(|line| line.strip_prefix("tracks: ")).expect("a header names its tracks");
    line.parse().expect("as a number")
}

impl Item {
    /// Leaves of the tree that it stands for.
    pub(crate) fn leaves(&self) -> u64 {
        match self {
            Item::Checkpoint(_) | Item::Raw(_) => 0,
            Item::Hidden { leaves, .. } => u64::from(*leaves),
            _ => 1,
        }
    }

    fn parse(at: &mut Cursor<'_>, tracks: usize, index: u64) -> Item {
        match at.u8() {
            tag @ (1 | 17 | 18) => Item::Audio(Audio::parse(at, tag, tracks)),
            tag @ (2 | 19 | 20) => {
                let (kind, first, count) = (at.u8(), at.int(8), at.int(8));
                let hash = if tag == 2 { [0; 32] } else { at.hash() };
                let text = if tag == 20 { Vec::new() } else { at.sized() };
                Item::Text(Text { tag, kind, first, count, hash, text })
            }
            tag @ (3 | 21) => {
                let first = at.int(8);
                let hash = if tag == 3 { [0; 32] } else { at.hash() };
                Item::Text(Text { tag, kind: 0, first, count: 0, hash, text: at.sized() })
            }
            tag @ (4 | 22) => {
                let (reason, total, events, info) = (at.u8(), at.int(8), at.u32(), at.hash());
                let shown = if tag == 4 { 1 } else { at.u8() };
                let hash = if tag == 4 { [0; 32] } else { at.hash() };
                let closing = if shown == 1 { at.sized() } else { Vec::new() };
                Item::End(End { tag, reason, total, events, info, shown, hash, closing })
            }
            5 => Item::Checkpoint(at.sized()),
            16 => {
                let leaves = at.u32();
                Item::Hidden { leaves, hashes: at.hashes(covering(index, leaves.into()).len()) }
            }
            tag => panic_on(tag),
        }
    }

    fn print(&self, out: &mut Vec<u8>) {
        match self {
            Item::Audio(audio) => audio.print(out),
            Item::Text(Text { tag, kind, first, count, hash, text }) => {
                out.push(*tag);
                if *tag != 3 && *tag != 21 {
                    out.push(*kind);
                }
                push_int(out, 8, *first);
                if *tag != 3 && *tag != 21 {
                    push_int(out, 8, *count);
                }
                if *tag > 3 {
                    out.extend_from_slice(hash);
                }
                if *tag != 20 {
                    push_sized(out, text);
                }
            }
            Item::End(end) => end.print(out),
            Item::Checkpoint(note) => {
                out.push(5);
                push_sized(out, note);
            }
            Item::Hidden { leaves, hashes } => {
                out.push(16);
                push_int(out, 4, u64::from(*leaves));
                hashes.iter().for_each(|hash| out.extend_from_slice(hash));
            }
            Item::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }
}

/// Ends the program: the writer made an entry this program does not know.
fn panic_on(tag: u8) -> Item {
    assert!(tag == 0, "entry {tag} is not one of the specification's");
    Item::Raw(vec![tag])
}

impl Audio {
    fn parse(at: &mut Cursor<'_>, tag: u8, tracks: usize) -> Audio {
        let first = if tag == 1 { 0 } else { at.int(8) };
        let count = at.u32();
        let sizes = (0..at.u8()).map(|_| at.int(3) as u32).collect();
        let commits = at.hashes(1 + tracks);
        let shown = if tag == 18 { at.u8() } else { 0 };
        let salts = match tag {
            1 => Vec::new(),
            17 => at.hashes(1 + tracks),
            _ => at.hashes(shown.count_ones() as usize),
        };
        Audio { tag, first, count, sizes, commits, shown, salts }
    }

    fn print(&self, out: &mut Vec<u8>) {
        out.push(self.tag);
        if self.tag != 1 {
            push_int(out, 8, self.first);
        }
        push_int(out, 4, self.count.into());
        out.push(self.sizes.len() as u8);
        self.sizes.iter().for_each(|size| push_int(out, 3, u64::from(*size)));
        self.commits.iter().for_each(|commit| out.extend_from_slice(commit));
        if self.tag == 18 {
            out.push(self.shown);
        }
        self.salts.iter().for_each(|salt| out.extend_from_slice(salt));
    }
}

impl End {
    fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.tag, self.reason]);
        push_int(out, 8, self.total);
        push_int(out, 4, self.events.into());
        out.extend_from_slice(&self.info);
        if self.tag == 22 {
            out.push(self.shown);
            out.extend_from_slice(&self.hash);
        }
        if self.tag == 4 || self.shown == 1 {
            push_sized(out, &self.closing);
        }
    }
}
