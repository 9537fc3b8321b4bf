//! How the program ends, and what it means: for its help and its page (`docs/counterpartd.md`).
//!
//! Not where the codes come from (each role's own). Invariant: every command has a meaning for 0 and for 2; for 1 and 3 where
//! it can end so.

/// What was asked for is done; a check found nothing.
pub(crate) const DONE: u8 = 0;
/// What is stored, or what others saw, disagrees.
pub(crate) const DISAGREES: u8 = 1;
/// It could not be done, or nothing can be said.
pub(crate) const COULD_NOT: u8 = 2;
/// A running role stopped itself: a write it had to rely on failed.
pub(crate) const STOPPED: u8 = 3;

type Meaning = (u8, &'static str);

fn of(command: &str) -> Vec<Meaning> {
    let could_not = (COULD_NOT, "It could not be done: one line says why, one line what to do.");
    let asked = (DONE, "It was asked to stop (SIGTERM, SIGINT), and answered what it had taken in.");
    let disagrees =
        "It refuses to sign: lock, data and witnesses disagree. Nothing was changed; do not just start it again.";
    let stopped = "It stopped itself: a write it had to rely on failed, or another holds its lock. Look at the disk, then start it.";
    match command {
        "log" => vec![asked, (DISAGREES, disagrees), could_not, (STOPPED, stopped)],
        "witness" => vec![asked, could_not, (STOPPED, stopped)],
        "check" => vec![
            (DONE, "The log agrees with itself, with all that was seen of it, and with its mirror."),
            (DISAGREES, "Something disagrees; each line says what and where."),
            (COULD_NOT, "Something could not be read, so nothing can be said; or it could not be done."),
        ],
        _ => vec![(DONE, "Done."), could_not],
    }
}

/// As they stand below a command's help.
pub(crate) fn help(command: &str) -> String {
    let lines = of(command).into_iter().map(|(code, meaning)| format!("\n  {code}  {meaning}"));
    format!("Exit codes:{}", lines.collect::<String>())
}
