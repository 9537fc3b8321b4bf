//! Manual pages and completions as the programs that read them see them: `mandoc`, bash, zsh and fish.
//!
//! Not whether every flag is in them (`src/manual.rs` tests that).
//! Invariant: every page that the top page leads to is looked at.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use support::{Bench, Done, need, run};

/// A command that reads this text and answers.
fn fed(program: &str, args: &[&str], text: &str) -> (bool, String) {
    let mut command = Command::new(program);
    let mut child =
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

fn page(bench: &Bench, command: &[&str]) -> String {
    let Done { code, out, err } = run(&mut bench.counterpart(&[&["man"], command].concat()));
    assert_eq!((code, err.as_str()), (Some(0), ""), "man {command:?}");
    out
}

/// The commands a page leads to: `device\-init(1)` below `device`.
fn below<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let links = page.lines().filter_map(|line| line.strip_prefix("\\fB")?.split_once("\\fR(1)").map(|(link, _)| link));
    let prefix = format!("{name}\\-");
    links.filter_map(|link| link.strip_prefix(&prefix)).collect()
}

fn look_at(bench: &Bench, command: &[&str]) -> usize {
    let page = page(bench, command);
    let (ok, said) = fed("mandoc", &["-T", "lint", "-W", "warning"], &page);
    assert!(ok, "man {command:?}: {said}");
    let name = [&["counterpart"], command].concat().join("\\-");
    below(&page, &name).iter().map(|next| look_at(bench, &[command, &[*next]].concat())).sum::<usize>() + 1
}

#[test]
fn every_page_reads_without_a_warning() {
    need(&[("mandoc", "mandoc")]);
    let pages = look_at(&Bench::default(), &[]);
    assert!(pages >= 13, "{pages} pages were found");
}

#[test]
fn a_page_shows_the_command_as_it_is_typed() {
    need(&[("mandoc", "mandoc")]);
    // Bold is a letter struck twice.
    let (_, shown) = fed("mandoc", &["-T", "ascii"], &page(&Bench::default(), &["verify"]));
    let letters: Vec<char> = shown.chars().collect();
    let plain: String = letters
        .iter()
        .enumerate()
        .filter(|(at, c)| **c != '\u{8}' && letters.get(at + 1) != Some(&'\u{8}'))
        .map(|(_, c)| *c)
        .collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("counterpart verify PATH ... [--deep]") && words.contains("[--jobs N]"), "{words}");
}

#[test]
fn shells_read_their_completions() {
    let bench = Bench::default();
    for shell in ["bash", "zsh", "fish"] {
        need(&[(shell, shell)]);
        let done = run(&mut bench.counterpart(&["completions", shell]));
        assert_eq!(done.code, Some(0));
        let file = bench.path(shell);
        std::fs::write(&file, &done.out).unwrap();
        let checked = run(Command::new(shell).arg("-n").arg(&file));
        assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""), "{shell}");
    }
    // What is completed, by the shell itself.
    let script = "source ./bash; COMP_WORDS=(counterpart ver); COMP_CWORD=1; _counterpart counterpart ver counterpart; \
                  echo \"${COMPREPLY[@]}\"";
    let done = run(Command::new("bash").args(["-c", script]).current_dir(bench.path("")));
    assert_eq!(done.out.trim(), "verify", "{}", done.err);
}

#[test]
fn a_page_that_is_not_there_is_said_in_one_line() {
    let done = run(&mut Bench::default().counterpart(&["man", "device", "destroy"]));
    assert_eq!(done.code, Some(2));
    done.one_clear_line().unwrap();
}
