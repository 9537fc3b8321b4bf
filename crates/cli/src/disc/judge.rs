//! One disc or image, judged: is every byte as it was written, and does the recording on it hold.
//!
//! Not the comparison of two (`verify.rs`). Invariants: the recording is judged by `seal` like any other; a disc is whole
//! only when every byte was read and is looked after by a checksum; what cannot be read is never called whole.

use std::ffi::OsString;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use recorder::folder::RECORDING;
use seal::ReadAt;
use sha2::{Digest as _, Sha256};

use super::checksum::{self, Damage};
use super::iso::{BLOCK_BYTES, Entry, Fault, Volume};
use super::surface::{Surface, Window, path_of};
use super::{layout, make, xorriso};
use crate::check::Checked;
use crate::error::{plain, what_to_do};
use crate::reading::{Hashed, fill};
use crate::receipt::{self, Beside, PAPER_BYTES_MAX, Subject, beside};

/// What a disc is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Every byte is as it was written.
    Whole,
    /// Some are not.
    Damaged,
    /// Every checksum is right, and it is not as a disc of ours: somebody made it so.
    Altered,
    /// It cannot be read, or is no disc of ours.
    CannotSay,
}

impl Word {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Word::Whole => "whole",
            Word::Damaged => "damaged",
            Word::Altered => "altered",
            Word::CannotSay => "cannot say",
        }
    }
}

/// A disc and what was found.
pub(crate) struct Judged {
    /// As it was named.
    pub(crate) path: PathBuf,
    pub(crate) word: Word,
    /// What is wrong, a clause each.
    pub(crate) faults: Vec<String>,
    /// What is not wrong and has to be known, a clause each.
    pub(crate) notes: Vec<String>,
    pub(crate) hint: Option<String>,
    /// The recording on it.
    pub(crate) recording: Option<Checked>,
    pub(crate) volume: Option<Volume>,
}

impl Judged {
    pub(crate) fn disc(named: &Path) -> Judged {
        match Surface::open(&path_of(named)) {
            Ok(mut surface) => Judged::surface(named, &mut surface),
            Err(err) => Judged::unreadable(named, &err),
        }
    }

    /// One that is open already.
    pub(crate) fn surface(named: &Path, surface: &mut Surface) -> Judged {
        match Volume::read(surface) {
            Ok(volume) => Judged::volume(named, surface, volume),
            Err(Fault::Read(err)) => Judged::unreadable(named, &err),
            Err(Fault::NotIso) => Judged::nothing(named, "there is no disc image on it".to_owned()),
            Err(Fault::Broken(why)) => Judged { word: Word::Damaged, ..Judged::nothing(named, why.to_owned()) },
        }
    }

    fn unreadable(named: &Path, err: &io::Error) -> Judged {
        let nothing = Judged::nothing(named, format!("it cannot be read: {}", plain(err)));
        // Of what is no disc that is said already.
        let is_other = err.kind() == io::ErrorKind::InvalidInput && err.raw_os_error().is_none();
        if is_other { nothing } else { Judged { hint: Some(what_to_do(err).to_owned()), ..nothing } }
    }

    fn nothing(named: &Path, why: String) -> Judged {
        Judged {
            path: named.to_owned(),
            word: Word::CannotSay,
            faults: vec![why],
            notes: Vec::new(),
            hint: Some("name an image that \"counterpart disc make\" made, or a drive with such a disc".to_owned()),
            recording: None,
            volume: None,
        }
    }

    fn volume(named: &Path, surface: &mut Surface, volume: Volume) -> Judged {
        let recording = volume.file(RECORDING).map(|file| {
            let mut window = Window { surface, start: file.start, len_bytes: file.len_bytes };
            Checked::shallow(named, &mut window)
        });
        let mut judged = Judged {
            path: named.to_owned(),
            word: Word::Whole,
            faults: Vec::new(),
            notes: Vec::new(),
            hint: None,
            recording,
            volume: None,
        };
        match judged.look(&path_of(named), surface, &volume) {
            Ok(word) => judged.word = word,
            Err(err) => {
                judged.word = Word::Damaged;
                judged.faults.push(format!("not all of it can be read: {}", plain(&err)));
            }
        }
        judged.hint = match judged.word {
            Word::Damaged => Some("use the other disc, or burn this one again".to_owned()),
            Word::Altered => Some("do not rely on this disc; use the other one, or have one made again".to_owned()),
            Word::Whole | Word::CannotSay => None,
        };
        if judged.recording.is_none() {
            judged.faults.push(format!("there is no {RECORDING} on it"));
            judged.hint = Some("name a disc that \"counterpart disc\" made".to_owned());
            judged.word = if judged.word == Word::Damaged { Word::Damaged } else { Word::CannotSay };
        }
        judged.volume = Some(volume);
        judged
    }

    /// Accidents first; then what somebody may have done on purpose.
    fn look(&mut self, path: &Path, surface: &mut Surface, volume: &Volume) -> io::Result<Word> {
        let is_file = surface.is_file;
        let mut hasher = RangeHasher::new(volume.file(RECORDING));
        let damage = checksum::check(surface, is_file, volume, &mut |at, chunk| hasher.see(at, chunk))?;
        self.faults.extend(damage_words(path, &damage));
        let whole = if damage.is_empty() { Word::Altered } else { Word::Damaged };
        if damage.contains(&Damage::Short) {
            return Ok(whole);
        }
        let mut oddities: Vec<String> = layout::oddity(surface, volume)?.into_iter().collect();
        if !is_file {
            self.ask_for_sessions(path, &mut oddities);
        }
        if let (Some(hashed), Some(held)) = (hasher.hashed(), self.recording.as_ref().and_then(Checked::held)) {
            if volume.label != make::label(held.evidence()) {
                oddities.push("its label is that of another recording".to_owned());
            }
            let beside = papers(surface, volume, &Subject::new(&held, &hashed, RECORDING))?;
            oddities.extend(beside.faults);
            self.notes.extend(beside.notes);
        }
        let is_whole = damage.is_empty() && oddities.is_empty();
        self.faults.extend(oddities);
        Ok(if is_whole { Word::Whole } else { whole })
    }

    /// Computers show the last session of a disc; what is judged here is the first.
    fn ask_for_sessions(&mut self, path: &Path, oddities: &mut Vec<String>) {
        match sessions(path) {
            Some(0 | 1) => {}
            Some(_) => oddities.push("something was added in a later session: computers show that instead".to_owned()),
            None => self.notes.push("whether a later session was added to it is not known".to_owned()),
        }
    }

    /// 0 when the disc is whole and the recording holds; 1 when something does not; 2 when nothing can be said.
    pub(crate) fn exit_code(&self) -> u8 {
        match (self.word, &self.recording) {
            (Word::Damaged | Word::Altered, _) => 1,
            (Word::CannotSay, _) | (_, None) => 2,
            (Word::Whole, Some(recording)) => recording.exit_code(),
        }
    }

    /// How long the image is, with its padding; of what is no image, how long the file is.
    pub(crate) fn len_bytes(&self) -> Option<u64> {
        match &self.volume {
            Some(volume) => Some(checksum::image_len_bytes(volume)),
            None => Surface::open(&path_of(&self.path)).and_then(|mut surface| surface.len_bytes()).ok(),
        }
    }

    /// Where a byte of the disc lies, in words.
    pub(crate) fn place(&self, byte: u64) -> String {
        let place = match &self.volume {
            None => return format!("byte {byte}"),
            Some(volume) => match volume.at(byte) {
                Some((file, inside)) => format!("byte {inside} of {}", file.name),
                None if byte < 16 * BLOCK_BYTES => "the system area".to_owned(),
                None if byte >= volume.len_bytes() => "the padding".to_owned(),
                None => "between the files".to_owned(),
            },
        };
        format!("byte {byte}, {place}")
    }
}

/// Whether receipt and read-me are of the recording that they lie beside.
fn papers(disc: &mut dyn ReadAt, volume: &Volume, subject: &Subject<'_>) -> io::Result<Beside> {
    let found = papers_on(disc, volume)?;
    let mut beside = beside(&found, Some(subject));
    if found.is_empty() {
        beside.faults.push("there is no receipt on it".to_owned());
    }
    Ok(beside)
}

/// The papers by their names; other files are not read, for a directory can name thousands of the same bytes.
fn papers_on(disc: &mut dyn ReadAt, volume: &Volume) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for name in receipt::known_names() {
        let Some(file) = volume.file(&name) else { continue };
        let mut bytes = vec![0; usize::try_from(file.len_bytes.min(PAPER_BYTES_MAX)).unwrap_or_default()];
        let len = fill(disc, file.start, &mut bytes)?;
        bytes.truncate(len);
        found.push((name, bytes));
    }
    Ok(found)
}

/// The damage in words; which files it is in is asked of xorriso, where there is one.
fn damage_words(path: &Path, damage: &[Damage]) -> Vec<String> {
    let mut words: Vec<String> = damage.iter().map(|damage| damage.words().to_owned()).collect();
    if damage.contains(&Damage::Content) {
        words.push(match damaged_files(path) {
            None => "which file it is in is not known".to_owned(),
            Some(files) if files.is_empty() => "no file on it is concerned".to_owned(),
            Some(files) => format!("changed: {}", files.join(", ")),
        });
    }
    words
}

/// How many sessions a disc in a drive has; xorriso knows, if it is there.
fn sessions(path: &Path) -> Option<usize> {
    let output = xorriso::run(&["-indev".as_ref(), path.as_os_str(), "-toc".as_ref()]).ok()?;
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    text.contains("TOC layout").then(|| sessions_in(&text))
}

fn sessions_in(toc: &str) -> usize {
    toc.lines().filter(|line| line.starts_with("ISO session ") || line.starts_with("Other session")).count()
}

/// SHA-256 of one file, as all of the disc goes by.
struct RangeHasher {
    range: Range<u64>,
    next: u64,
    hasher: Sha256,
}

impl RangeHasher {
    fn new(file: Option<&Entry>) -> RangeHasher {
        let range = file.map_or(0..0, |file| file.start..file.start + file.len_bytes);
        RangeHasher { next: range.start, range, hasher: Sha256::new() }
    }

    fn see(&mut self, at: u64, chunk: &[u8]) {
        let end = self.range.end.min(at + chunk.len() as u64);
        if (at..end).contains(&self.next) {
            let inside = |place: u64| usize::try_from(place - at).unwrap_or(chunk.len());
            self.hasher.update(&chunk[inside(self.next)..inside(end)]);
            self.next = end;
        }
    }

    /// None if not all of it went by.
    fn hashed(self) -> Option<Hashed> {
        let is_all = self.next == self.range.end && !self.range.is_empty();
        let len_bytes = self.range.end - self.range.start;
        is_all.then(|| Hashed::finished(self.hasher, len_bytes))
    }
}

fn damaged_files(path: &Path) -> Option<Vec<String>> {
    const MISMATCH: &str = "MD5 MISMATCH: '/";
    let mut indev = OsString::from("stdio:");
    indev.push(path);
    let args = ["-for_backup", "-md5", "load_check_off", "-indev"].map(OsString::from);
    let check = ["-check_md5_r", "sorry", "/", "--"].map(OsString::from);
    let args: Vec<_> = args.iter().chain([&indev]).chain(&check).map(|arg| arg.as_os_str()).collect();
    let output = xorriso::run(&args).ok()?;
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    let files = text.lines().filter_map(|line| line.trim().strip_prefix(MISMATCH)?.strip_suffix('\''));
    let files: Vec<String> = files.map(str::to_owned).collect();
    // Without this sentence it did not look.
    (!files.is_empty() || text.contains("File contents and their MD5 checksums match.")).then_some(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_counted_as_xorriso_lists_them() {
        let one = "TOC layout   : Idx ,  sbsector ,       Size , Volume Id\n\
                   ISO session  :   1 ,         0 ,        96s , RECORDING_9CE9F6\n\
                   Media summary: 1 session, 96 data blocks,  192k data, 40.1g free\n";
        let more = "ISO session  :   2 ,     11424 ,       200s , RECORDING_9CE9F6\n";
        let other = "Other session:   2 ,     11424 ,       200s ,\n";
        for (toc, count) in [(one.to_owned(), 1), (one.to_owned() + more, 2), (one.to_owned() + other, 2)] {
            assert_eq!(sessions_in(&toc), count);
        }
    }

    /// Zeros without end, and how many of them were read.
    struct Zeros(u64);

    impl ReadAt for Zeros {
        fn len_bytes(&mut self) -> io::Result<u64> {
            Ok(u64::MAX)
        }

        fn read_at(&mut self, _: u64, buf: &mut [u8]) -> io::Result<usize> {
            buf.fill(0);
            self.0 += buf.len() as u64;
            Ok(buf.len())
        }
    }

    #[test]
    fn a_directory_of_thousands_of_files_costs_no_more_than_its_papers() {
        let names = ["receipt.txt", "read-me.html"].map(str::to_owned);
        let others = (0..30_000).map(|n| if n % 2 == 0 { format!("{n}") } else { names[0].clone() });
        let entry = |name| Entry { name, start: 0, len_bytes: u64::from(u32::MAX) };
        let files = names.clone().into_iter().chain(others).map(entry).collect();
        let mut zeros = Zeros(0);
        let found = papers_on(&mut zeros, &Volume { label: String::new(), blocks: 0, files }).unwrap();
        assert_eq!(found.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), names);
        assert_eq!(zeros.0, 2 * PAPER_BYTES_MAX);
    }

    #[test]
    fn a_file_is_hashed_out_of_all_that_goes_by() {
        let bytes: Vec<u8> = (0..100).collect();
        for chunk_bytes in [1, 7, 100] {
            let file = Entry { name: "a".to_owned(), start: 30, len_bytes: 45 };
            let mut hasher = RangeHasher::new(Some(&file));
            for (n, chunk) in bytes.chunks(chunk_bytes).enumerate() {
                hasher.see((n * chunk_bytes) as u64, chunk);
            }
            assert_eq!(hasher.hashed().unwrap(), Hashed::of(&bytes[30..75]), "{chunk_bytes}");
        }
        let mut cut = RangeHasher::new(Some(&Entry { name: "a".to_owned(), start: 30, len_bytes: 71 }));
        cut.see(0, &bytes);
        assert!(cut.hashed().is_none() && RangeHasher::new(None).hashed().is_none());
    }
}
