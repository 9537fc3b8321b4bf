//! Every checkpoint that was ever seen of a log, in a file: one JSON string of the signed note to a line.
//!
//! Not a proof of anything by itself: each is held against the log anew, every time. Invariants: nothing is ever taken out; a line
//! that cannot be read is an error, never passed over; what was added is on the disk before the check ends; of several
//! checks at once each adds its own; what one that was killed left half written is known by its missing line end, and finished or
//! cut off by the next.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use seal::tlog::SignedCheckpoint;

use crate::error::{Error, Result};
use crate::out;
use crate::text::visible;

/// A file of a hundred thousand checkpoints is below this.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Reads what was seen; nothing when there is no such file. One that cannot be added to is an error before anything is asked.
pub(crate) fn read(path: &Path) -> Result<Vec<SignedCheckpoint>> {
    match open(path, false) {
        Ok(mut file) => {
            let (known, end) = whole(path, &mut file)?;
            if matches!(end, End::Torn(_)) {
                let path = visible(&path.display().to_string());
                out::notice(&format!("counterpartd: {path}: the last line was not written to its end; it is left out"));
            }
            Ok(known)
        }
        Err(err) if err.kind() == io::ErrorKind::NotFound && folder_is_there(path) => Ok(Vec::new()),
        Err(err) => Err(Error::io(path, &err)),
    }
}

/// Adds what is new among `seen`: another text than any that stands there by now.
pub(crate) fn add(path: &Path, seen: &[SignedCheckpoint]) -> Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let mut file = open(path, true).map_err(|err| Error::io(path, &err))?;
    // Held until the file is closed, by whatever end.
    file.lock().map_err(|err| Error::io(path, &err))?;
    let (mut known, end) = whole(path, &mut file)?;
    let mut lines = String::new();
    for signed in seen {
        if !known.iter().any(|other| other.checkpoint() == signed.checkpoint()) {
            known.push(signed.clone());
            lines.push_str(&serde_json::to_string(&signed.print()).expect("text is JSON"));
            lines.push('\n');
        }
    }
    if lines.is_empty() && end == End::Whole {
        return Ok(());
    }
    append(&mut file, end, &lines).map_err(|err| Error::io(path, &err))
}

/// How the file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With a line end.
    Whole,
    /// With a whole line, but for its line end.
    Bare,
    /// With a line of which only the beginning is there; so long is what stands before it.
    Torn(u64),
}

/// What is there already stays there, whatever becomes of the rest.
fn append(file: &mut File, end: End, lines: &str) -> io::Result<()> {
    let before = match end {
        End::Torn(len) => {
            file.set_len(len)?;
            len
        }
        _ => file.metadata()?.len(),
    };
    let line_end = if end == End::Bare { "\n" } else { "" };
    let written = file.write_all(format!("{line_end}{lines}").as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a line is of no use to anybody; where this fails too, the next check knows it by its end.
        let _ = file.set_len(before);
    }
    written
}

fn open(path: &Path, create: bool) -> io::Result<File> {
    let file = OpenOptions::new().read(true).append(true).create(create).mode(0o600).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "not a file that lines can be kept in")),
    }
}

fn folder_is_there(path: &Path) -> bool {
    path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

/// All that is in the file, and how it ends.
fn whole(path: &Path, file: &mut File) -> Result<(Vec<SignedCheckpoint>, End)> {
    let mut bytes = Vec::new();
    let len = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|err| Error::io(path, &err))?;
    if len as u64 > FILE_BYTES_MAX {
        return Err(Error::of(format_args!("{}: longer than {} MiB", path.display(), FILE_BYTES_MAX >> 20))
            .hint("check that it is the file you mean"));
    }
    parse(&bytes, path)
}

fn parse(bytes: &[u8], path: &Path) -> Result<(Vec<SignedCheckpoint>, End)> {
    let lines_end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut known = Vec::new();
    for (at, line) in bytes[..lines_end].split_inclusive(|byte| *byte == b'\n').enumerate() {
        known.push(parse_line(line).ok_or_else(|| {
            Error::of(format_args!("{}: line {}: not a checkpoint", path.display(), at + 1)).hint(
                "it was changed, or is another file; bring it back: without it a log that went back goes unnoticed",
            )
        })?);
    }
    let last = &bytes[lines_end..];
    if last.is_empty() {
        return Ok((known, End::Whole));
    }
    if let Some(signed) = parse_line(last) {
        known.push(signed);
        return Ok((known, End::Bare));
    }
    if known.is_empty() && last.first() != Some(&b'"') {
        return Err(Error::of(format_args!("{}: not a file of checkpoints", path.display()))
            .hint("name the file that an earlier check made, or one that is not there yet"));
    }
    Ok((known, End::Torn(lines_end as u64)))
}

fn parse_line(line: &[u8]) -> Option<SignedCheckpoint> {
    let note: String = serde_json::from_slice(line).ok()?;
    SignedCheckpoint::parse(note.as_bytes())
}

#[cfg(test)]
mod tests {
    use seal::tlog::{Checkpoint, KeyKind, SignerKey};

    use super::*;

    fn signed(size: u64) -> SignedCheckpoint {
        let key = SignerKey::new("log.example", KeyKind::Log, &[1; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "log.example".into(), size, root: [5; 32], extensions: String::new() };
        SignedCheckpoint::sign(checkpoint, &key)
    }

    #[test]
    fn a_line_cut_anywhere_loses_no_other_and_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        add(&path, &[signed(1), signed(2)]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let second = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in second..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let read_back = parse(&whole[..cut], &path).unwrap().0;
            // Without its line end alone it is still whole.
            let is_whole = cut + 1 == whole.len();
            assert_eq!(read_back.len(), if is_whole { 2 } else { 1 }, "cut at {cut}");
            add(&path, &[signed(2)]).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_changed_is_an_error_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        add(&path, &[signed(1), signed(2)]).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for (bad, words) in [
            (whole.replacen('"', "", 1), "line 1: not a checkpoint"),
            (format!("\n{whole}"), "line 1: not a checkpoint"),
            (format!("{whole}\n"), "line 3: not a checkpoint"),
            (whole.replace("log.example\\n2", "log.example\\n02"), "line 2: not a checkpoint"),
            (whole.replace('\n', "\r\n").replace("log.example\\n1", ""), "line 1: not a checkpoint"),
            ("binary \u{1}".to_owned(), "not a file of checkpoints"),
        ] {
            std::fs::write(&path, &bad).unwrap();
            for said in [read(&path).map(drop), add(&path, &[signed(3)])] {
                let said = said.unwrap_err().to_string();
                assert!(said.contains(words) && said.contains("\nhint: "), "{said}");
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap(), bad);
        }
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..20 {
                        add(path, &[signed(thread * 10 + number)]).unwrap();
                    }
                });
            }
        });
        let mut sizes: Vec<u64> = read(&path).unwrap().iter().map(|signed| signed.checkpoint().size).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, (0..90).collect::<Vec<_>>(), "each once");
    }
}
