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
/// What was asked for may not be done: by the rules, by a hold, by who asks, by the clocks.
pub(crate) const REFUSED: u8 = 1;
/// A running role stopped itself: a write it had to rely on failed.
pub(crate) const STOPPED: u8 = 3;

type Meaning = (u8, &'static str);

fn of(command: &str) -> Vec<Meaning> {
    let could_not = (COULD_NOT, "It could not be done: one line says why, one line what to do.");
    let asked = (DONE, "It was asked to stop (SIGTERM, SIGINT), and answered what it had taken in.");
    let disagrees =
        "It refuses to sign: lock, data and witnesses disagree. Nothing was changed; do not just start it again.";
    let stopped = "It stopped itself: a write it had to rely on failed, or another holds its lock. Look at the disk, then start it.";
    let refused = "It may not be done: by the rules, by a hold, by who asks, by the clocks. Nothing was changed.";
    match command {
        "serve" => vec![asked, could_not],
        "account link" => vec![(DONE, "Done."), (REFUSED, refused), could_not],
        "log" => vec![asked, (DISAGREES, disagrees), could_not, (STOPPED, stopped)],
        "witness" => vec![asked, could_not, (STOPPED, stopped)],
        "scrub" => vec![
            (DONE, "It was asked to stop (SIGTERM, SIGINT). It goes on where it was when it is started again."),
            could_not,
            (STOPPED, "It stopped itself: a write it had to rely on failed. Look at the disk, then start it."),
        ],
        "check" => vec![
            (
                DONE,
                "The log agrees with itself, with all that was seen of it, and with its mirror; what was made of an office's events was the same.",
            ),
            (
                DISAGREES,
                "Something disagrees; each line says what and where. With --rebuild: it was not the same, and is now; or the events themselves were changed.",
            ),
            (COULD_NOT, "Something could not be read, so nothing can be said; or it could not be done."),
        ],
        "vault scrub" | "vault verify" | "vault status" => {
            vec![(DONE, "All is as it should be."), (DISAGREES, "Something is not; a line says what."), could_not]
        }
        "restore" => vec![
            (DONE, "Done, and every object is there."),
            (
                DISAGREES,
                "The office there is newer, or nobody said how many events are lost, and nothing was changed; or it stands again, and objects are missing.",
            ),
            could_not,
        ],
        "backup" => vec![
            (DONE, "Done: every object is in it, and every digest was checked."),
            (
                DISAGREES,
                "Done but for objects that no store has whole; a line each says which and why, and the backup says it too.",
            ),
            could_not,
        ],
        "cases totals" | "room status" | "room recover" => of_meetings(command, could_not),
        words if words.starts_with("vault ") => vec![(DONE, "Done."), (REFUSED, refused), could_not],
        _ => vec![(DONE, "Done."), could_not],
    }
}

/// Those of the commands about meetings.
fn of_meetings(command: &str, could_not: Meaning) -> Vec<Meaning> {
    match command {
        "cases totals" => vec![
            (DONE, "Every appointment that was planned is accounted for in exactly one column."),
            (
                DISAGREES,
                "The columns do not add up, or the time of some went by without an outcome; a line says which.",
            ),
            could_not,
        ],
        "room status" => vec![
            (DONE, "Every room's recorder has nothing under way, or records or pauses as it should."),
            (
                DISAGREES,
                "Something is not as it should be: an alarm, a lost copy, a recorder that does not answer or broke off; a line says which.",
            ),
            could_not,
        ],
        _ => vec![
            (DONE, "Recorder and events agree, and both copies are saved and noted."),
            (DISAGREES, "Something is left; a line says what."),
            could_not,
        ],
    }
}

/// As they stand below a command's help.
pub(crate) fn help(command: &str) -> String {
    let lines = of(command).into_iter().map(|(code, meaning)| format!("\n  {code}  {meaning}"));
    format!("Exit codes:{}", lines.collect::<String>())
}
