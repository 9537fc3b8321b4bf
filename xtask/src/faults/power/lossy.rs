//! What of unflushed work reaches the disc: whole, in part, in another order, or not at all. The rules stand in `disc.rs`.
//!
//! Not here: what is unflushed. Invariants: bytes that were flushed and not written since stay as they are; everything is drawn from the chance
//! that is handed in; a loss that was made is counted.

use std::collections::BTreeMap;

use super::chance::Chance;
use super::disc::{Change, Naming, Node};

const SECTOR_BYTES: usize = 512;

/// Which losses a cut really made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fired {
    /// A write is not there.
    pub(super) lost: bool,
    /// A write is there in part.
    pub(super) torn: bool,
    /// A write is there whole, and one to the same file before it is not.
    pub(super) reordered: bool,
    /// The file is longer than what reached it.
    pub(super) ahead: bool,
    /// … and there is anything in place of zeros.
    pub(super) garbage: bool,
    /// The file is shorter than what reached it.
    pub(super) behind: bool,
    /// A cut of a file did not happen.
    pub(super) uncut: bool,
    /// A name was not made, changed or removed.
    pub(super) names: bool,
    /// A renamed file stands under both names.
    pub(super) both_names: bool,
    /// A flush was running.
    pub(super) flush_running: bool,
}

impl Fired {
    /// Each with its words.
    pub(super) fn all(&self) -> [(&'static str, bool); 10] {
        [
            ("a write lost", self.lost),
            ("a write torn", self.torn),
            ("a later write kept, an earlier one lost", self.reordered),
            ("a length ahead of its bytes", self.ahead),
            ("anything in place of the bytes", self.garbage),
            ("a length behind its bytes", self.behind),
            ("a cut of a file undone", self.uncut),
            ("a name lost or kept", self.names),
            ("a renamed file under both names", self.both_names),
            ("a flush cut off", self.flush_running),
        ]
    }
}

/// How much of a file's unflushed work arrives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Luck {
    Nothing,
    Everything,
    /// Up to some write, in order; that one torn.
    Beginning,
    /// Each write, or not.
    AnyWrites,
    /// Each sector, or not.
    AnySectors,
    /// Each write up to some byte, or from it.
    AnyBytes,
}

const LUCKS: &[Luck] =
    &[Luck::Nothing, Luck::Everything, Luck::Beginning, Luck::AnyWrites, Luck::AnySectors, Luck::AnyBytes];

/// What of one write arrives.
enum Part {
    None,
    Whole,
    Sectors,
    Bytes,
}

/// A change that arrives whole.
pub(super) fn change(file: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, bytes } => put(file, *at, bytes),
        Change::Cut(len) => file.resize(*len, 0),
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

/// Unflushed changes of a file.
pub(super) fn changes(file: &mut Vec<u8>, open: &[&Change], chance: &mut Chance, fired: &mut Fired) {
    if open.is_empty() {
        return;
    }
    let flushed = file.len();
    let mut arrivals = Arrivals { arrived: Vec::new(), reach: flushed, missed: false };
    let luck = *chance.of(LUCKS);
    let some = chance.below(open.len() as u64) as usize;
    for (at, open) in open.iter().enumerate() {
        match open {
            Change::Cut(len) if luck == Luck::Everything || (luck != Luck::Nothing && chance.one_in(2)) => {
                arrivals.cut(*len);
                file.resize(*len, 0);
            }
            Change::Cut(_) => fired.uncut = true,
            Change::Write { at: place, bytes } => {
                let part = part(luck, at, some, chance);
                arrivals.write(file, (*place, bytes), part, chance, fired);
            }
        }
    }
    arrivals.length(file, flushed, chance, fired);
}

fn part(luck: Luck, at: usize, some: usize, chance: &mut Chance) -> Part {
    match luck {
        Luck::Nothing => Part::None,
        Luck::Everything => Part::Whole,
        Luck::Beginning if at < some => Part::Whole,
        Luck::Beginning if at > some => Part::None,
        Luck::AnySectors => Part::Sectors,
        Luck::Beginning | Luck::AnyBytes => Part::Bytes,
        Luck::AnyWrites if chance.one_in(2) => Part::Whole,
        Luck::AnyWrites => Part::None,
    }
}

/// What has arrived of a file's unflushed writes.
struct Arrivals {
    arrived: Vec<(usize, usize)>,
    /// How long the program had made the file.
    reach: usize,
    missed: bool,
}

impl Arrivals {
    fn cut(&mut self, len: usize) {
        self.reach = len;
        self.arrived.iter_mut().for_each(|(_, end)| *end = (*end).min(len));
    }

    fn write(
        &mut self,
        file: &mut Vec<u8>,
        (at, bytes): (usize, &[u8]),
        part: Part,
        chance: &mut Chance,
        fired: &mut Fired,
    ) {
        self.reach = self.reach.max(at + bytes.len());
        let pieces = match part {
            Part::None => Vec::new(),
            Part::Whole => vec![(0, bytes.len())],
            Part::Sectors => sectors(at, bytes.len()).into_iter().filter(|_| chance.one_in(2)).collect(),
            Part::Bytes => {
                let byte = chance.below(bytes.len() as u64 + 1) as usize;
                vec![if chance.one_in(4) { (byte, bytes.len()) } else { (0, byte) }]
            }
        };
        let there: usize = pieces.iter().map(|(from, to)| to - from).sum();
        fired.lost |= there == 0;
        fired.torn |= there > 0 && there < bytes.len();
        fired.reordered |= self.missed && there == bytes.len();
        self.missed |= there < bytes.len();
        for (from, to) in pieces {
            put(file, at + from, &bytes[from..to]);
            self.arrived.push((at + from, at + to));
        }
    }

    /// The length is a thing of its own: with what arrived, ahead of it, or behind.
    fn length(&self, file: &mut Vec<u8>, flushed: usize, chance: &mut Chance, fired: &mut Fired) {
        match chance.below(4) {
            0 if self.reach > file.len() => {
                file.resize(self.reach, 0);
                fired.ahead = true;
            }
            1 if file.len() > flushed => {
                file.truncate(flushed + chance.below((file.len() - flushed) as u64 + 1) as usize);
                fired.behind = true;
            }
            _ => {}
        }
        if chance.one_in(3) {
            let mut there = vec![false; file.len()];
            for (from, to) in &self.arrived {
                let to = (*to).min(file.len());
                there[(*from).min(to)..to].fill(true);
            }
            for at in (flushed..file.len()).filter(|at| !there[*at]) {
                file[at] = chance.next() as u8;
                fired.garbage = true;
            }
        }
    }
}

/// The sectors of the file that a write touches, as pieces of the write.
fn sectors(at: usize, len: usize) -> Vec<(usize, usize)> {
    let first = at / SECTOR_BYTES;
    let last = (at + len).div_ceil(SECTOR_BYTES);
    let piece =
        |sector: usize| ((sector * SECTOR_BYTES).max(at) - at, ((sector + 1) * SECTOR_BYTES).min(at + len) - at);
    (first..last).map(piece).collect()
}

/// A change of names that arrives whole.
pub(super) fn name(names: &mut BTreeMap<String, Node>, naming: &Naming) {
    match naming {
        Naming::Put(path, node) => drop(names.insert(path.clone(), *node)),
        Naming::Take(path) => drop(names.remove(path)),
        Naming::Move(from, to, node) => {
            names.remove(from);
            names.insert(to.clone(), *node);
        }
    }
}

/// Unflushed changes of a folder's names.
pub(super) fn names(names: &mut BTreeMap<String, Node>, open: &[&Naming], chance: &mut Chance, fired: &mut Fired) {
    let luck = *chance.of(&[Luck::Nothing, Luck::Everything, Luck::Beginning, Luck::AnyWrites]);
    let some = chance.below(open.len().max(1) as u64) as usize;
    for (at, naming) in open.iter().enumerate() {
        let arrives = match luck {
            Luck::Nothing => false,
            Luck::Beginning => at < some,
            Luck::AnyWrites | Luck::AnySectors | Luck::AnyBytes => chance.one_in(2),
            Luck::Everything => true,
        };
        match naming {
            Naming::Move(_, to, node) if luck == Luck::AnyWrites && chance.one_in(2) => {
                names.insert(to.clone(), *node);
                fired.both_names = true;
            }
            _ if !arrives => fired.names = true,
            _ => name(names, naming),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sectors;

    #[test]
    fn sectors_are_the_files_own() {
        assert_eq!(sectors(0, 1024), [(0, 512), (512, 1024)]);
        assert_eq!(sectors(500, 20), [(0, 12), (12, 20)]);
        assert_eq!(sectors(512, 1), [(0, 1)]);
    }
}
