//! `cargo xtask comparison`: what `counterpart compare` says of files whose difference is known, in one table.
//!
//! One sealed recording of real voices; from it, files that were transcoded, resampled, made louder or softer, and files that were cut,
//! added to, put in another order, silenced or changed in a word; and other recordings of the same voice. The table is printed and
//! written to `docs/comparison.md`. Invariants: the same packages give the same cases; a case passes only if what was said is
//! right in kind, in number and in time, to half a second; one that does not pass makes the task fail.

mod cases;
mod sound;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::TaskResult;
use crate::repository::{root, target_dir};
use crate::run::{capture, cargo, program};
use cases::{Case, Expected};

/// What is read of `counterpart.compare/1`.
#[derive(Deserialize)]
struct Compared {
    heard: Heard,
}

#[derive(Deserialize)]
struct Heard {
    likeness: String,
    stretches: Vec<Stretch>,
}

#[derive(Deserialize)]
struct Stretch {
    kind: String,
    a: [f64; 2],
    b: [f64; 2],
}

/// Seconds that a place may be off.
const OFF_MAX_S: f64 = 0.5;

/// Makes and judges every case, prints the table and writes the page; `--check` does not write it.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let [check] = crate::flags(arguments, ["--check"])?;
    let (table, passed, all) = judge_all()?;
    println!("{table}");
    if !check {
        let file = root().join("docs/comparison.md");
        std::fs::write(&file, page(&table)).with_context(|| format!("{} cannot be written", file.display()))?;
        println!("written to docs/comparison.md");
    }
    println!("{passed} of {all} cases as expected");
    Ok(passed == all)
}

/// How many cases there are, all as expected.
pub(crate) fn test() -> anyhow::Result<usize> {
    let (table, passed, all) = judge_all()?;
    if passed < all {
        println!("{table}");
    }
    ensure!(passed == all, "{} of {all} comparisons are not as expected", all - passed);
    Ok(all)
}

fn judge_all() -> anyhow::Result<(String, usize, usize)> {
    let built = cargo().args(["build", "--quiet", "--package", "counterpart", "--bins"]).status()?;
    ensure!(built.success(), "counterpart could not be built");
    let counterpart = target_dir()?.join("debug/counterpart");
    let folder = target_dir()?.join("comparison");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let sounds = sound::Sounds::read()?;
    let recording = record(&counterpart, &folder, &sounds.conversation)?;
    let mut table = String::from("| what was done | as | expected | heard | off, s | |\n|---|---|---|---|---:|---|\n");
    let (mut passed, cases) = (0, cases::all(&sounds));
    for case in &cases {
        let file = case.make(&folder)?;
        let mut command = Command::new(&counterpart);
        // 1 says that they differ.
        let own = case.reference(&folder)?;
        let output = command.arg("compare").args([own.as_ref().unwrap_or(&recording), &file]).arg("--json").output()?;
        let compared: Compared = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{}: {}", case.name(), String::from_utf8_lossy(&output.stderr)))?;
        let (said, off_s, right) = judge(case, &compared.heard);
        passed += usize::from(right);
        let off = off_s.map_or(String::new(), |off| format!("{off:.2}"));
        let (what, encoded, word) = (&case.what, case.encoded.name, if right { "ok" } else { "**wrong**" });
        writeln!(table, "| {what} | {encoded} | {} | {said} | {off} | {word} |", case.expected.words())?;
        std::fs::remove_file(&file)?;
    }
    Ok((table, passed, cases.len()))
}

/// The sealed recording that everything is compared with.
fn record(counterpart: &Path, folder: &Path, samples: &[i16]) -> anyhow::Result<std::path::PathBuf> {
    let input = folder.join("conversation.wav");
    sound::write_wav(&input, samples)?;
    let copies = ["copy-1", "copy-2"].map(|name| folder.join(name));
    for copy in &copies {
        std::fs::create_dir(copy)?;
    }
    let mut command = Command::new(counterpart);
    command.env("COUNTERPART_STATE", folder.join("state")).arg("record").arg("--input").arg(&input);
    capture(command.arg("--copy").arg(&copies[0]).arg("--copy").arg(&copies[1]))?;
    Ok(copies[0].join("recording.flac"))
}

/// What was said in short, how far its places are off, and whether it is right.
fn judge(case: &Case, heard: &Heard) -> (String, Option<f64>, bool) {
    let others: Vec<&Stretch> = heard.stretches.iter().filter(|stretch| stretch.kind != "same").collect();
    let kinds: Vec<&str> = others.iter().map(|stretch| stretch.kind.as_str()).collect();
    let said =
        if kinds.is_empty() { heard.likeness.clone() } else { format!("{}: {}", heard.likeness, kinds.join(", ")) };
    let far = |given: [f64; 2], at: (f64, f64)| (given[0] - at.0).abs().max((given[1] - at.1).abs());
    let off_s = match (&case.expected, others.as_slice()) {
        (Expected::Same, []) => return (said, None, heard.likeness == "same"),
        (Expected::Different, []) => return (said, None, heard.likeness == "different"),
        (Expected::Whole, [added]) if heard.likeness == "a-part-of-b" && added.kind == "inserted" => {
            return (said, None, true);
        }
        (Expected::Cut(at), [cut]) if cut.kind == "cut" => far(cut.a, *at),
        (Expected::Inserted(at), [added]) if added.kind == "inserted" => far(added.b, *at),
        (Expected::Silenced(at), [word]) if word.kind == "silenced" => far(word.a, *at),
        (Expected::Changed(at), [word]) if word.kind == "changed" => far(word.a, *at),
        (Expected::Repeated(at), [again]) if again.kind == "repeated" => far(again.b, *at),
        (Expected::Throughout(kind, at), [first, .., last]) if kinds.iter().all(|given| given == kind) => {
            far([first.a[0], last.a[1]], *at)
        }
        (Expected::Throughout(kind, at), [all]) if all.kind == *kind => far(all.a, *at),
        // Of two that changed places, either may be called the one that moved.
        (Expected::Swapped(one, two), [moved]) if moved.kind == "moved" => far(moved.a, *one).min(far(moved.a, *two)),
        _ => return (said, None, false),
    };
    (said, Some(off_s), heard.likeness == "differs" && off_s <= OFF_MAX_S)
}

/// What comparing by ear cannot hear.
const LIMITS: &str = "\
## What it does not hear

- Only 150 to 3,400 Hz is heard. What is above or below, an \"s\" alone for one, may differ without being named.
- The tracks of a file are mixed before they are compared: evenly, and unlike that, so that what cancels out between them in one mix is left in the other. Of a sound hidden so in a file of several tracks, held against one of several tracks, little is left: a short word may be missed. Which track somebody is on is not compared; two tracks changed over, and encoders that move voices between tracks (Opus of two tracks in 24 kb/s), are named as differences between the tracks.
- Loudness is taken beside what is within about a second: what lies 32 dB or more below that is not judged, so the first and the last \
half second of a far voice between near ones may be missed. Over ten seconds, what is not 12 dB above the noise of the pauses there \
is taken for noise, unless it is loud for the whole file (within 32 dB of its loud moments). Seconds in which there is sound, but none \
that could be judged, are counted: they are not proven the same. Most are pauses.
- A change of one voice's loudness by a part is heard; one of the whole file is not, nor is a filter.
- A difference shorter than 0.12 s is not told from an encoder's doing. At both ends 0.3 s of silence or noise may differ, and \
0.15 s of sound.
- A change of speed is not followed: all that follows is named as changed, or both are called different. Noise that was added \
20 dB or less below the voice is named as changes.
- Of a sound that says the same again and again, a cut of whole turns is named by its length, but at either end rather than where it is.
- Silence, a steady tone, and less than two seconds of anything have too little in them to go by; nothing is said of them.
";

fn page(table: &str) -> String {
    let date = capture(program("date").args(["-u", "+%Y-%m-%d"])).unwrap_or_default();
    format!(
        "# What comparing by ear finds\n\n\
         Written by `cargo xtask comparison` on {}. Each file was made from one recording of telephone prompts (real voices, \
         two minutes, 16 kHz) and compared with it by `counterpart compare`; the last rows have a recording of their own, in plain WAV. \"Off\" is how far the place that was named is from \
         where the change is; half a second is the limit.\n\n{table}\n{LIMITS}",
        date.trim()
    )
}
