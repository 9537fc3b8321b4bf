//! What the exit codes of each command mean, for its help and its manual page.
//!
//! Not where they come from (each command's own), and not their whole story (`docs/cli.md`). Invariant: every command has a meaning for
//! 0 and for 2; it has one for 1 where it can end with 1.

/// Code and meaning.
pub(crate) type Meaning = (u8, &'static str);

const DONE: Meaning = (0, "Done.");
const COULD_NOT: Meaning = (2, "It could not be done: one line says why, one line what to do.");

/// Of a command by its name as it is typed, without `counterpart`; of the program as a whole where that is empty.
pub(crate) fn of(command: &str) -> Vec<Meaning> {
    match command {
        "" => vec![
            (0, "Done; of verify: every file holds."),
            (1, "Something is not intact, not the same, or was lost; each command says what."),
            (2, "Nothing can be said, or it could not be done: one line says why, one line what to do."),
        ],
        "record" => vec![
            (0, "Both copies are saved, to the end, and nothing is missing."),
            (1, "A copy that was asked for was not saved; or the recording ended early, or sound is missing from it."),
            COULD_NOT,
        ],
        "check" => vec![
            (0, "The room is quiet, and both voices were heard."),
            (1, "The room is too noisy, a track gave no signal, or a voice was not heard or was cut off."),
            COULD_NOT,
        ],
        "recover" => vec![(0, "Every copy is saved."), (1, "A copy was not saved."), COULD_NOT],
        "verify" => vec![
            (
                0,
                "Every file is complete, interrupted, an excerpt or a redaction, and holds; every certificate is in the log.",
            ),
            (1, "A file is not intact, or not from the device that was named."),
            (
                2,
                "Of a file nothing can be said, or a certificate is not in the log, and none is not intact; or it could not be done.",
            ),
        ],
        "compare" => vec![
            (0, "The same: identical, the same recording, or the same sound."),
            (1, "Not the same: a part, other sound, changed sound, two histories, or a seal that does not hold."),
            (2, "Nothing can be said, or it could not be done: one line says why, one line what to do."),
        ],
        "disc burn" => vec![DONE, (1, "A drive failed; the other went on."), COULD_NOT],
        "stick make" => vec![DONE, (1, "A stick failed; the other went on."), COULD_NOT],
        "disc verify" | "stick verify" => vec![
            (0, "All of it is as it was made, and what should be equal is."),
            (1, "Something is damaged, altered or not intact, or two differ."),
            (2, "Of something nothing can be said; or it could not be done."),
        ],
        _ => vec![DONE, COULD_NOT],
    }
}

/// As they stand below a command's help.
pub(crate) fn help(command: &str) -> String {
    let lines = of(command).into_iter().map(|(code, meaning)| format!("\n  {code}  {meaning}"));
    format!("Exit codes:{}", lines.collect::<String>())
}
