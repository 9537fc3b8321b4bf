//! One disc or image, judged: is every byte as it was written, and does the recording on it hold.
//!
//! Not the comparison of two (`verify.rs`). Invariants: the recording is judged by `seal` like any other; a disc is whole
//! only when every byte was read and is looked after by a checksum; what cannot be read is never called whole.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use recorder::folder::RECORDING;
use seal::ReadAt;

use super::checksum::{self, Damage};
use super::iso::{Fault, Volume};
use super::surface::{Surface, Window, path_of};
use super::xorriso;
use crate::check::Checked;
use crate::error::{plain, what_to_do};

/// What a disc is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Every byte is as it was written.
    Whole,
    /// Some are not.
    Damaged,
    /// It cannot be read, or is no disc of ours.
    CannotSay,
}

impl Word {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Word::Whole => "whole",
            Word::Damaged => "damaged",
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
    pub(crate) hint: Option<String>,
    /// The recording on it.
    pub(crate) recording: Option<Checked>,
    pub(crate) volume: Option<Volume>,
}

impl Judged {
    pub(crate) fn disc(named: &Path) -> Judged {
        let path = path_of(named);
        let unreadable = |err: &io::Error| Judged {
            hint: Some(what_to_do(err).to_owned()),
            ..Judged::nothing(named, format!("it cannot be read: {}", plain(err)))
        };
        let mut surface = match Surface::open(&path) {
            Ok(surface) => surface,
            Err(err) => return unreadable(&err),
        };
        let volume = match Volume::read(&mut surface) {
            Ok(volume) => volume,
            Err(Fault::Read(err)) => return unreadable(&err),
            Err(Fault::NotIso) => return Judged::nothing(named, "there is no disc image on it".to_owned()),
            Err(Fault::Broken(why)) => {
                return Judged { word: Word::Damaged, ..Judged::nothing(named, why.to_owned()) };
            }
        };
        Judged::volume(named, &path, &mut surface, volume)
    }

    fn nothing(named: &Path, why: String) -> Judged {
        Judged {
            path: named.to_owned(),
            word: Word::CannotSay,
            faults: vec![why],
            hint: Some("name an image that \"counterpart disc make\" made, or a drive with such a disc".to_owned()),
            recording: None,
            volume: None,
        }
    }

    fn volume(named: &Path, path: &Path, surface: &mut Surface, volume: Volume) -> Judged {
        let recording = volume.file(RECORDING).map(|file| {
            let mut window = Window { surface, start: file.start, len_bytes: file.len_bytes };
            Checked::shallow(named, &mut window)
        });
        let is_file = surface.is_file;
        let (mut word, mut faults) = match checksum::check(surface, is_file, &volume) {
            Ok(damage) if damage.is_empty() => (Word::Whole, Vec::new()),
            Ok(damage) => (Word::Damaged, damage_words(path, &damage)),
            Err(err) => (Word::Damaged, vec![format!("not all of it can be read: {}", plain(&err))]),
        };
        let mut hint = (word == Word::Damaged).then(|| "use the other disc, or burn this one again".to_owned());
        if recording.is_none() {
            faults.push(format!("there is no {RECORDING} on it"));
            hint = Some("name a disc that \"counterpart disc\" made".to_owned());
            word = if word == Word::Whole { Word::CannotSay } else { word };
        }
        Judged { path: named.to_owned(), word, faults, hint, recording, volume: Some(volume) }
    }

    /// 0 when the disc is whole and the recording holds; 1 when something does not; 2 when nothing can be said.
    pub(crate) fn exit_code(&self) -> u8 {
        match (self.word, &self.recording) {
            (Word::Damaged, _) => 1,
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
                None if byte < 16 * super::iso::BLOCK_BYTES => "the system area".to_owned(),
                None if byte >= volume.len_bytes() => "the padding".to_owned(),
                None => "between the files".to_owned(),
            },
        };
        format!("byte {byte}, {place}")
    }
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
