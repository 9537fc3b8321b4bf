//! `cargo xtask …`: the project's only task runner. Each task is one module and one line in `TASKS`.
//!
//! It is not part of the product: it may call any program, read the clock and the environment. It prints what it does,
//! and exits 0 when the task succeeded, 1 when it found something wrong, 2 when it could not run.

mod bench;
mod comparison;
mod faults;
mod man;
mod repository;
mod run;
mod start;
mod test;
mod tidy;
mod vectors;
mod web;

use std::process::ExitCode;

/// What a task answers: whether all was well. An `Err` means it could not be carried out.
type TaskResult = anyhow::Result<bool>;

/// A task's name, its arguments as help shows them, what it does, and the function that does it.
type Task = (&'static str, &'static str, &'static str, fn(&[String]) -> TaskResult);

const TASKS: &[Task] = &[
    ("start", "[--mic]", "build, record two copies, verify them, catch a changed bit", start::task),
    ("test", "[STEP…]", "install what the tests need and run all of them", test::task),
    ("tidy", "", "hold the house rules: imports, headers, sizes, words", tidy::task),
    (
        "bench",
        "[ledger] [vault]",
        "measure, with the peers in the same table; ledger, vault: that section alone",
        bench::task,
    ),
    ("faults", "[STEP…]", "what a promise says under load or damage, measured", faults::task),
    ("man", "[FOLDER]", "write the manual pages and completions", man::task),
    ("comparison", "[--check]", "compare known changes by ear, in one table", comparison::task),
    ("vectors", "[--check]", "make the test vectors, or prove that they are right", vectors::task),
    ("web", "[--check]", "make the pages' style and script from their packages, or compare them", web::task),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print_help();
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print_help();
        return ExitCode::SUCCESS;
    }
    let Some((_, _, _, task)) = TASKS.iter().find(|(task, ..)| task == name) else {
        eprintln!("xtask: no task is called `{name}`\nhint: `cargo xtask help` lists them");
        return ExitCode::from(2);
    };
    match task(rest) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn print_help() {
    println!("cargo xtask TASK\n");
    for (name, arguments, about, _) in TASKS {
        println!("  {:<22} {about}", format!("{name} {arguments}"));
    }
}

/// Refuses arguments that a task does not know, and says which of the known flags were given.
fn flags<const N: usize>(arguments: &[String], known: [&str; N]) -> anyhow::Result<[bool; N]> {
    if let Some(unknown) = arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        anyhow::bail!("`{unknown}` is not an argument of this task; it knows: {}", known.join(" "));
    }
    Ok(known.map(|flag| arguments.iter().any(|argument| argument == flag)))
}
