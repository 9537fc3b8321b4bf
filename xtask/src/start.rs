//! `cargo xtask start`: the main job from sound to verdict, in a minute, on a machine that has nothing yet.
//!
//! It builds the programs, records the bundled interview (or the microphone) into two copies, verifies both, compares
//! them, changes one bit in a scratch copy and shows that the verdict says so; then it opens a demonstration office
//! (`start/office.rs`). It can fail: it exits 0 only when each of these went as it must. Every run has a fresh folder.

mod office;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail, ensure};

use crate::TaskResult;
use crate::repository::{root, target_dir};
use crate::run::{capture, cargo};

const INTERVIEW: &str = "assets/interview/interview.flac";
const COPY: &str = "recording.flac";

/// Does it all and says what it did.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let [microphone] = crate::flags(arguments, ["--mic"])?;
    let terminal = std::io::stdin().is_terminal();
    if microphone && !terminal {
        bail!(
            "--mic needs a terminal, so that you can say when to stop; without --mic the bundled interview is recorded"
        );
    }
    heading("Building counterpart and counterpartd (the first time takes some minutes)");
    let stage = Stage::set()?;
    let recorded = if microphone {
        heading("Recording your microphone into two copies. Speak, then press Enter to finish.");
        stage.record_microphone()?
    } else if terminal {
        heading("Recording the bundled interview into two copies, as it is spoken. Press Enter to skip ahead.");
        stage.record_interview(true)?
    } else {
        heading("Recording the bundled interview into two copies");
        stage.record_interview(false)?
    };
    ensure!(recorded.success(), "the recording failed ({recorded}); what was saved is in {}", stage.folder.display());
    let whole = stage.verify_both()?;
    let same = stage.compare()?;
    let found_out = stage.change_one_bit()?;
    let is_well = whole && same && found_out;
    stage.farewell(is_well);
    // On a terminal the office takes this program's place: what failed is said before.
    Ok(is_well && office::open(&stage.service, &target_dir()?.join("start"))?)
}

fn heading(words: &str) {
    println!("\n── {words}");
}

/// A fresh folder, the program, and where things are in it.
struct Stage {
    program: PathBuf,
    service: PathBuf,
    folder: PathBuf,
    copies: [PathBuf; 2],
}

impl Stage {
    fn set() -> anyhow::Result<Self> {
        let built =
            cargo().args(["build", "--release", "--package", "counterpart", "--package", "counterpartd"]).status()?;
        ensure!(built.success(), "counterpart and counterpartd could not be built");
        let target = target_dir()?;
        let folder = fresh_folder(&target.join("start"))?;
        let copies = ["office", "claimant"].map(|side| folder.join(side));
        for copy in &copies {
            std::fs::create_dir(copy).with_context(|| format!("{} cannot be made", copy.display()))?;
        }
        let [program, service] = ["counterpart", "counterpartd"].map(|name| target.join("release").join(name));
        Ok(Self { program, service, folder, copies })
    }

    /// The program with its state inside the scratch folder, so that a demonstration leaves no trace in the home folder.
    fn counterpart(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(root()).env("COUNTERPART_STATE", self.folder.join("state"));
        command
    }

    fn record(&self, input: &str) -> Command {
        let mut command = self.counterpart();
        command.args(["record", "--input", input]);
        for copy in &self.copies {
            command.arg("--copy").arg(copy);
        }
        command
    }

    fn record_interview(&self, realtime: bool) -> anyhow::Result<ExitStatus> {
        let mut command = self.record(INTERVIEW);
        command.args(realtime.then_some("--realtime"));
        command.status().context("counterpart could not be started")
    }

    /// Enter is read here and passed on as `counterpart control … finish`, as another program would do it.
    fn record_microphone(&self) -> anyhow::Result<ExitStatus> {
        let mut recording =
            self.record("mic").stdin(Stdio::null()).spawn().context("counterpart could not be started")?;
        std::io::stdin().read_line(&mut String::new())?;
        if recording.try_wait()?.is_none() {
            let finish = self.counterpart().arg("control").arg(&self.copies[0]).arg("finish").status()?;
            ensure!(finish.success(), "the recording could not be told to finish");
        }
        Ok(recording.wait()?)
    }

    fn verify_both(&self) -> anyhow::Result<bool> {
        heading("Verifying both copies");
        let status = self.counterpart().arg("verify").args(&self.copies).status()?;
        Ok(status.success() && self.are_complete()?)
    }

    /// An exit code of 0 would also do for an interrupted recording; here nothing interrupted it.
    fn are_complete(&self) -> anyhow::Result<bool> {
        let said = capture(self.counterpart().args(["verify", "--json"]).args(&self.copies))?;
        let said: serde_json::Value = serde_json::from_str(&said).context("`verify --json` did not print JSON")?;
        let files = said["files"].as_array().context("`verify --json` lists no files")?;
        Ok(files.len() == self.copies.len() && files.iter().all(|file| file["outcome"] == "complete"))
    }

    fn compare(&self) -> anyhow::Result<bool> {
        let [office, claimant] = self.copies.each_ref().map(|copy| copy.join(COPY));
        let same = std::fs::read(&office)? == std::fs::read(&claimant)?;
        let words = if same { "The two copies are the same, byte for byte" } else { "THE TWO COPIES DIFFER" };
        heading(words);
        Ok(same)
    }

    fn change_one_bit(&self) -> anyhow::Result<bool> {
        let mut bytes = std::fs::read(self.copies[0].join(COPY))?;
        let sound = sound_offset(&bytes).context("the recording is not FLAC")?;
        let at = sound.midpoint(bytes.len());
        heading(&format!("Changing one bit of {}, in a scratch copy, and verifying that", bytes.len() * 8));
        *bytes.get_mut(at).context("the recording is empty")? ^= 1;
        let changed = self.folder.join("one-bit-changed.flac");
        std::fs::write(&changed, bytes)?;
        let status = self.counterpart().arg("verify").arg(&changed).status()?;
        Ok(status.code() == Some(1))
    }

    fn farewell(&self, as_expected: bool) {
        let words = if as_expected {
            "All as it should be: two identical copies, both whole, and one changed bit found out"
        } else {
            "NOT AS IT SHOULD BE: see above"
        };
        heading(words);
        for copy in &self.copies {
            println!("   {}", copy.join(COPY).display());
        }
        let _ = std::io::stdout().flush();
    }
}

/// Where a FLAC file's metadata ends and its sound begins. A bit changed before it may be padding, which is no sound.
fn sound_offset(flac: &[u8]) -> Option<usize> {
    let mut at = 4;
    loop {
        let [kind, length @ ..] = flac.get(at..at + 4)?.first_chunk::<4>()?;
        at += 4 + length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        if kind & 0x80 != 0 {
            return (at < flac.len()).then_some(at);
        }
    }
}

/// A new folder below `parent`, named by the time in milliseconds; two runs in one millisecond do not share it.
fn fresh_folder(parent: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    for number in since.as_millis().. {
        let folder = parent.join(number.to_string());
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be made", folder.display()));
            }
        }
    }
    bail!("every name was taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_begins_after_the_last_metadata_block() {
        let table: &[(&[u8], Option<usize>)] = &[
            (b"fLaC\x00\0\0\x02ab\x81\0\0\x01cSOUND", Some(15)),
            (b"fLaC\x80\0\0\x00SOUND", Some(8)),
            (b"fLaC\x80\0\0\x00", None),
            (b"fLaC\x80\0\x01\x00SOUND", None),
            (b"fLaC", None),
            (b"", None),
        ];
        for (flac, expected) in table {
            assert_eq!(sound_offset(flac), *expected, "for {flac:?}");
        }
    }

    #[test]
    fn every_run_has_a_folder_of_its_own() {
        let parent = target_dir().unwrap().join("start-test");
        let [one, other] = [fresh_folder(&parent).unwrap(), fresh_folder(&parent).unwrap()];
        assert_ne!(one, other);
        std::fs::remove_dir_all(parent).unwrap();
    }
}
