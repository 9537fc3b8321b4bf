//! A disc that keeps its word and no more: what is flushed stands; everything else may be there, not be there, or be there in part.
//!
//! The rules. A flush of a file that has returned keeps all that was written, cut or grown before it was called; it keeps no name. A flush of a
//! folder keeps its names, no contents. Of what came later each write may have reached the disc whole, in some sectors of 512 bytes, up to some
//! byte or not at all, in any order; the length may run ahead of the bytes (zeros or anything there) or lag behind them; a cut may have happened
//! or not; each name may have been made, changed or removed or not, and a renamed file may stand under both names, never under neither.
//! Not here: where calls come from (`trace.rs`). Invariant: without a cut the model is the very folder the program left.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, ensure};

use super::chance::Chance;
use super::lossy::{self, Fired};
use super::trace::{Op, What};

/// Folders (none) and files (their bytes) by path.
pub(super) type Contents = BTreeMap<String, Option<Vec<u8>>>;

/// What a name stands for: a file's number, or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    File(usize),
    Folder,
}

/// When something was done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) begin: u64,
    pub(super) end: u64,
}

/// What is done to a file's bytes.
#[derive(Debug)]
pub(super) enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut(usize),
}

/// What is done to a folder's names.
#[derive(Debug)]
pub(super) enum Naming {
    Put(String, Node),
    Take(String),
    Move(String, String, Node),
}

/// Everything done to one file, or to the names in one folder, and its flushes.
#[derive(Debug)]
pub(super) struct History<S, C> {
    first: S,
    changes: Vec<(Span, C)>,
    flushes: Vec<Span>,
}

impl<S, C> History<S, C> {
    fn new(first: S) -> History<S, C> {
        History { first, changes: Vec::new(), flushes: Vec::new() }
    }

    /// What stands at that moment, and what had begun but need not stand.
    fn at<'a>(&'a self, cut: u64) -> (Vec<&'a C>, Vec<&'a C>) {
        let flushed = self.flushes.iter().filter(|flush| flush.end <= cut).map(|flush| flush.begin).max().unwrap_or(0);
        let begun = self.changes.iter().filter(|(span, _)| span.begin <= cut);
        let (stands, open): (Vec<_>, Vec<_>) = begun.partition(|(span, _)| span.end <= flushed);
        let changes = |all: Vec<&'a (Span, C)>| -> Vec<&'a C> { all.into_iter().map(|(_, change)| change).collect() };
        (changes(stands), changes(open))
    }
}

/// The whole of a program's work on its disc.
pub(super) struct Disc {
    files: Vec<History<Vec<u8>, Change>>,
    folders: BTreeMap<String, History<BTreeMap<String, Node>, Naming>>,
    /// Lengths and names as the program sees them, while the calls are taken in.
    lengths: Vec<usize>,
    tree: BTreeMap<String, Node>,
}

/// The folder that a path is in; the root's is empty.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Disc {
    /// From what there was, all of it durable, by those calls.
    pub(super) fn new(before: &Contents, ops: &[Op]) -> anyhow::Result<Disc> {
        let mut disc = Disc { files: Vec::new(), folders: BTreeMap::new(), lengths: Vec::new(), tree: BTreeMap::new() };
        disc.folders.insert(String::new(), History::new(BTreeMap::new()));
        for (path, content) in before {
            let node = match content {
                None => Node::Folder,
                Some(bytes) => disc.file(bytes.clone()),
            };
            disc.folder(folder_of(path))?.first.insert(path.clone(), node);
            disc.know(path, node);
        }
        for op in ops {
            disc.take_in(op).with_context(|| format!("{:.200?}", op.what))?;
        }
        Ok(disc)
    }

    fn file(&mut self, bytes: Vec<u8>) -> Node {
        self.lengths.push(bytes.len());
        self.files.push(History::new(bytes));
        Node::File(self.files.len() - 1)
    }

    fn know(&mut self, path: &str, node: Node) {
        self.tree.insert(path.to_owned(), node);
        if node == Node::Folder {
            self.folders.entry(path.to_owned()).or_insert_with(|| History::new(BTreeMap::new()));
        }
    }

    fn folder(&mut self, path: &str) -> anyhow::Result<&mut History<BTreeMap<String, Node>, Naming>> {
        self.folders.get_mut(path).with_context(|| format!("there is no folder {path:?}"))
    }

    fn number(&self, path: &str) -> anyhow::Result<usize> {
        match self.tree.get(path) {
            Some(Node::File(number)) => Ok(*number),
            _ => anyhow::bail!("there is no file {path:?}"),
        }
    }

    fn take_in(&mut self, op: &Op) -> anyhow::Result<()> {
        let span = Span { begin: op.begin, end: op.end };
        match &op.what {
            What::Say { .. } => {}
            What::Open { path, empty } => match self.tree.get(path) {
                Some(_) if *empty => self.change(path, span, Change::Cut(0))?,
                Some(_) => {}
                None => {
                    let node = self.file(Vec::new());
                    self.name(path, span, Naming::Put(path.clone(), node))?;
                    self.know(path, node);
                }
            },
            What::MakeFolder { path } => {
                self.name(path, span, Naming::Put(path.clone(), Node::Folder))?;
                self.know(path, Node::Folder);
            }
            What::Write { path, at, bytes } => {
                let end = self.lengths[self.number(path)?];
                let at = at.map_or(end, |at| at as usize);
                self.change(path, span, Change::Write { at, bytes: bytes.clone() })?;
            }
            What::Cut { path, len } => self.change(path, span, Change::Cut(*len as usize))?,
            What::Rename { from, to } => {
                ensure!(folder_of(from) == folder_of(to), "a file moves to another folder");
                let node = self.tree.remove(from).context("nothing to rename")?;
                self.name(from, span, Naming::Move(from.clone(), to.clone(), node))?;
                self.tree.insert(to.clone(), node);
            }
            // A socket's name was never seen to be made.
            What::Remove { path } => {
                if self.tree.remove(path).is_some() {
                    self.name(path, span, Naming::Take(path.clone()))?;
                }
            }
            What::Flush { path } => match self.tree.get(path) {
                Some(Node::File(number)) => self.files[*number].flushes.push(span),
                _ => self.folder(path)?.flushes.push(span),
            },
        }
        Ok(())
    }

    fn name(&mut self, path: &str, span: Span, naming: Naming) -> anyhow::Result<()> {
        self.folder(folder_of(path))?.changes.push((span, naming));
        Ok(())
    }

    fn change(&mut self, path: &str, span: Span, change: Change) -> anyhow::Result<()> {
        let number = self.number(path)?;
        self.lengths[number] = match &change {
            Change::Write { at, bytes } => self.lengths[number].max(at + bytes.len()),
            Change::Cut(len) => *len,
        };
        self.files[number].changes.push((span, change));
        Ok(())
    }

    /// What is found when the power comes back that went at that moment.
    pub(super) fn cut_at(&self, cut: u64, chance: &mut Chance) -> (Contents, Fired) {
        let mut fired = Fired { flush_running: self.is_flushing(cut), ..Fired::default() };
        let mut tree = BTreeMap::new();
        for history in self.folders.values() {
            let (stands, open) = history.at(cut);
            let mut names = history.first.clone();
            stands.into_iter().for_each(|naming| lossy::name(&mut names, naming));
            lossy::names(&mut names, &open, chance, &mut fired);
            tree.extend(names);
        }
        let mut contents = Contents::new();
        // A folder comes before what is in it.
        for (path, node) in tree {
            let is_in = folder_of(&path);
            if !is_in.is_empty() && contents.get(is_in) != Some(&None) {
                continue;
            }
            let content = match node {
                Node::Folder => None,
                Node::File(number) => {
                    let history = &self.files[number];
                    let (stands, open) = history.at(cut);
                    let mut bytes = history.first.clone();
                    stands.into_iter().for_each(|change| lossy::change(&mut bytes, change));
                    lossy::changes(&mut bytes, &open, chance, &mut fired);
                    Some(bytes)
                }
            };
            contents.insert(path, content);
        }
        (contents, fired)
    }

    fn is_flushing(&self, cut: u64) -> bool {
        let runs = |flush: &Span| flush.begin < cut && cut < flush.end;
        self.files.iter().any(|file| file.flushes.iter().any(runs))
            || self.folders.values().any(|folder| folder.flushes.iter().any(runs))
    }

    /// Everything, as the program left it.
    pub(super) fn uncut(&self) -> Contents {
        let content = |node: &Node| match node {
            Node::Folder => None,
            Node::File(number) => {
                let history = &self.files[*number];
                let mut bytes = history.first.clone();
                history.changes.iter().for_each(|(_, change)| lossy::change(&mut bytes, change));
                Some(bytes)
            }
        };
        self.tree.iter().map(|(path, node)| (path.clone(), content(node))).collect()
    }
}

/// What really is below a folder; sockets are left out.
pub(super) fn read(root: &Path) -> anyhow::Result<Contents> {
    let mut contents = Contents::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().into_string().ok().context("a name that is no text")?;
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() {
                contents.insert(path.clone(), None);
                folders.push(path);
            } else if kind.is_file() {
                contents.insert(path, Some(std::fs::read(entry.path())?));
            }
        }
    }
    Ok(contents)
}

/// Makes a folder be just that.
pub(super) fn write(root: &Path, contents: &Contents) -> anyhow::Result<()> {
    if root.exists() {
        std::fs::remove_dir_all(root)?;
    }
    let mut folder = DirBuilder::new();
    folder.recursive(true).mode(0o700).create(root)?;
    for (path, content) in contents {
        match content {
            None => folder.create(root.join(path))?,
            Some(bytes) => {
                let mut file = std::fs::OpenOptions::new();
                let mut file = file.write(true).create_new(true).mode(0o600).open(root.join(path))?;
                std::io::Write::write_all(&mut file, bytes)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(begin: u64, what: What) -> Op {
        Op { begin, end: begin + 5, what }
    }

    fn write(at: u64, bytes: &[u8]) -> What {
        What::Write { path: "a/f".into(), at: Some(at), bytes: bytes.to_vec() }
    }

    fn flush(path: &str) -> What {
        What::Flush { path: path.into() }
    }

    fn disc() -> Disc {
        let before = Contents::from([("a".into(), None)]);
        let ops = [
            op(0, What::Open { path: "a/f".into(), empty: false }),
            op(10, write(0, &[1; 2000])),
            op(20, flush("a/f")),
            op(30, flush("a")),
            op(40, write(2000, &[2; 2000])),
            op(50, write(4000, &[3; 2000])),
            op(60, What::Rename { from: "a/f".into(), to: "a/g".into() }),
            op(70, flush("a")),
            op(80, What::Cut { path: "a/g".into(), len: 100 }),
        ];
        Disc::new(&before, &ops).unwrap()
    }

    /// What 400 cuts at that moment leave, and the kinds of loss among them.
    fn cuts(cut: u64) -> (Vec<Contents>, Vec<&'static str>) {
        let disc = disc();
        let (contents, fired): (Vec<_>, Vec<_>) = (0..400).map(|seed| disc.cut_at(cut, &mut Chance::new(seed))).unzip();
        let mut fired: Vec<_> =
            fired.iter().flat_map(Fired::all).filter(|(_, fired)| *fired).map(|(name, _)| name).collect();
        fired.sort_unstable();
        fired.dedup();
        (contents, fired)
    }

    #[test]
    fn what_is_flushed_stands_and_what_is_not_may_be_anything() {
        let (contents, _) = cuts(29);
        assert!(contents.iter().any(|found| !found.contains_key("a/f")), "a flush of the file keeps no name");
        assert!(contents.iter().flat_map(|found| found.get("a/f")).all(|file| *file == Some(vec![1; 2000])));
        let (contents, fired) = cuts(58);
        for found in &contents {
            let file = found["a/f"].as_ref().unwrap();
            assert_eq!(file[..2000], [1; 2000]);
            assert!(file.len() <= 6000);
        }
        let has = |is: &dyn Fn(&[u8]) -> bool| contents.iter().any(|found| is(found["a/f"].as_ref().unwrap()));
        assert!(has(&|file| file.len() == 2000) && has(&|file| file.len() == 6000 && file[5999] == 3));
        assert!(has(&|file| file.len() == 6000 && file[2000..4000] == [0; 2000] && file[4000..] == [3; 2000]));
        let expected = [
            "a later write kept, an earlier one lost",
            "a length ahead of its bytes",
            "a length behind its bytes",
            "a write lost",
            "a write torn",
            "anything in place of the bytes",
        ];
        assert_eq!(fired, expected);
    }

    #[test]
    fn a_renamed_file_has_a_name_and_a_cut_is_whole_or_not_at_all() {
        let (contents, fired) = cuts(68);
        assert!(contents.iter().all(|found| found.contains_key("a/f") || found.contains_key("a/g")));
        assert!(["a name lost or kept", "a renamed file under both names"].iter().all(|name| fired.contains(name)));
        for name in ["a/f", "a/g"] {
            assert!(contents.iter().any(|found| !found.contains_key(name)));
        }
        let (contents, _) = cuts(100);
        assert!(contents.iter().all(|found| !found.contains_key("a/f")));
        assert!(contents.iter().any(|found| found["a/g"] == Some(vec![1; 100])));
        assert!(contents.iter().any(|found| found["a/g"].as_ref().unwrap().len() > 100));
    }

    #[test]
    fn a_flush_that_runs_keeps_nothing() {
        let (contents, fired) = cuts(22);
        assert!(fired.contains(&"a flush cut off"));
        assert!(contents.iter().flat_map(|found| found.get("a/f")).any(|file| file.as_ref().unwrap().is_empty()));
    }

    #[test]
    fn without_a_cut_it_is_what_the_program_sees() {
        assert_eq!(disc().uncut(), Contents::from([("a".into(), None), ("a/g".into(), Some(vec![1; 100]))]));
    }
}
