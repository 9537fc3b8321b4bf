//! `cargo xtask faults`: promises that need hours, hundreds of files or damage to show, each as a step that measures
//! and judges.
//!
//! Not the tests (`cargo xtask test`), which are quick. A step prints what it measured and says whether the promise
//! held; its limits are constants beside it. `$COUNTERPART_PROGRAM` names a program to try in place of the one built
//! here. Invariant: a step that could not be carried out is an error, never a promise that held.

mod age;
mod custody;
mod fuzz;
mod hostile;
mod long;
mod many;
mod microphone;
mod power;
mod properties;
mod tested;
mod watch;

use std::path::PathBuf;

use anyhow::{Context, ensure};

use crate::TaskResult;
use crate::repository::target_dir;
use crate::run::cargo;

/// Where steps work, and what they work on.
struct Ground {
    /// The program, as released.
    counterpart: PathBuf,
    /// A scratch folder; a step makes its own folder in it and takes it away.
    folder: PathBuf,
}

/// What a step found.
struct Found {
    /// A table or lines, as they are printed.
    text: String,
    held: bool,
}

/// Name, the promise, and the function that tries it.
type Step = (&'static str, &'static str, fn(&Ground) -> anyhow::Result<Found>);

const STEPS: &[Step] = &[
    ("many", "200 recordings verified by one command, in memory that does not depend on their number", many::step),
    ("long", "12 hours of one track and of eight, in memory that does not grow but for the seal", long::step),
    (
        "microphone",
        "ten minutes to the bit through a sound server without hardware; the server away for 5 s",
        microphone::step,
    ),
    ("properties", "every property test with a fresh seed and 1,000 cases", properties::step),
    ("kills", "P1: killed at 200 moments, a recording loses a second at most", tested::kills),
    ("power", "P1: power cuts with torn and reordered writes: a valid prefix, at most 2 s of sound lost", power::step),
    (
        "injection",
        "P1, P2: errors, lies and kills at every storage call; nothing is called saved that is not",
        tested::injection,
    ),
    ("media", "P3: media of 64 MiB that fill, folders and files that go; the other copy goes on", tested::media),
    ("alarms", "P3: faults of a microphone told within 5 s; none in an hour of two voices", tested::alarms),
    ("attacks", "P4: every bit flipped, every length, every splice, every vector by both readers", tested::attacks),
    ("ed25519", "P4: public vectors of Ed25519 and every point of small order", tested::ed25519),
    ("age", "P4: public vectors of age, as device keys behind a passphrase", age::step),
    (
        "log",
        "P5: a log under every fault, 10,000 simulated lives of one, and its service killed, starved and forked",
        tested::log,
    ),
    ("custody", "P9: 100,000 lives of a thing: nothing held is destroyed, nothing destroyed comes back", custody::step),
    (
        "office",
        "P8, P9, P12: an office killed or failed at every call that writes, its bucket busy or lying, two programs at once",
        tested::office,
    ),
    ("hostile", "P11: hostile files cost 256 MiB and 10 s at most, and crash nothing", hostile::step),
    ("fuzz", "P11: every parser on bytes that turn up", fuzz::step),
];

/// Tries every promise, or those that are named.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let steps = chosen(arguments)?;
    let ground = Ground::set_up()?;
    let mut held = true;
    for (name, promise, run) in steps {
        println!("\n=== {name}: {promise}");
        let found = run(&ground).with_context(|| format!("{name} could not be carried out"))?;
        println!("\n{}\n{name}: {}", found.text, if found.held { "held" } else { "BROKEN" });
        held &= found.held;
    }
    Ok(held)
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Step>> {
    let known = || STEPS.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|(step, ..)| step == name)) {
        anyhow::bail!("there is no step `{unknown}`; there are: {}", known());
    }
    Ok(STEPS.iter().filter(|(name, ..)| names.is_empty() || names.iter().any(|chosen| chosen == name)).collect())
}

impl Ground {
    fn set_up() -> anyhow::Result<Self> {
        let counterpart = match std::env::var_os("COUNTERPART_PROGRAM") {
            Some(named) => PathBuf::from(named),
            None => built()?,
        };
        let folder = target_dir()?.join("faults");
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { counterpart, folder })
    }

    /// An empty folder of that name.
    fn fresh(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    }
}

/// The program as it would be released.
fn built() -> anyhow::Result<PathBuf> {
    let built = cargo().args(["build", "--release", "--quiet", "--package", "counterpart", "--bins"]).status()?;
    ensure!(built.success(), "the program could not be built");
    Ok(target_dir()?.join("release").join("counterpart"))
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn steps_are_chosen_by_name() {
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            chosen(&names).ok().map(|steps| steps.iter().map(|(name, ..)| *name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["long", "many"]).unwrap(), ["many", "long"]);
        assert_eq!(names(&["short"]), None);
    }
}
