//! `cargo xtask faults [STEP…]`: the promises that need minutes or a machine of their own, tried for real, with figures.
//!
//! The quicker ones are ordinary tests (docs/reliability.md lists them).
//! A step prints what it measured and fails when a promise is broken.

mod microphone;

use crate::TaskResult;

/// A step's name, what it tries, and the function that does so.
type Step = (&'static str, &'static str, fn() -> TaskResult);

const STEPS: &[Step] = &[(
    "microphone",
    "ten minutes to the bit through a sound server without hardware; the server away for 5 s",
    microphone::step,
)];

/// Runs every step, or those that are named.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    if let Some(unknown) = arguments.iter().find(|name| !STEPS.iter().any(|(step, ..)| step == name)) {
        let known: Vec<&str> = STEPS.iter().map(|(name, ..)| *name).collect();
        anyhow::bail!("there is no step `{unknown}`; there are: {}", known.join(", "));
    }
    let mut all_well = true;
    for (name, about, step) in STEPS {
        if arguments.is_empty() || arguments.iter().any(|argument| argument == name) {
            println!("\n=== {name}: {about}");
            all_well &= step()?;
        }
    }
    Ok(all_well)
}
