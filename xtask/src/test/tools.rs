//! The programs and sounds the tests need: found, or installed from Debian's packages when they are missing.
//!
//! Nothing is installed that is there already. Installing needs root or a sudo that asks nothing; without it the step
//! says in one line which command to give.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::run::{program, show, succeeds, which};

/// How to see that a package is there.
pub(super) enum Probe {
    Program(&'static str),
    File(&'static str),
}

/// Debian package, how to see it, and what it is for.
type Need = (&'static str, Probe, &'static str);

#[rustfmt::skip]
const FOR_TESTS: &[Need] = &[
    ("python3", Probe::Program("python3"), "runs the second reader"),
    ("flac", Probe::Program("flac"), "the reference FLAC program: tests our files and decodes for the second reader"),
    ("ffmpeg", Probe::Program("ffmpeg"), "another player; makes input in many formats"),
    ("sox", Probe::Program("sox"), "another player; mixes test sound"),
    ("strace", Probe::Program("strace"), "injects faults into system calls"),
    ("bubblewrap", Probe::Program("bwrap"), "gives a test a small file system of its own"),
    ("pulseaudio", Probe::Program("pulseaudio"), "a microphone without hardware"),
    ("pulseaudio-utils", Probe::Program("pactl"), "controls that microphone"),
    ("tmux", Probe::Program("tmux"), "a terminal without a person"),
    ("espeak-ng", Probe::Program("espeak-ng"), "speaks dialogues"),
    ("openssl", Probe::Program("openssl"), "stamps the time, and checks such stamps too"),
    ("asterisk-core-sounds-en-wav", Probe::File("/usr/share/asterisk/sounds/en_US_f_Allison/activated.wav"), "real voices, 8 kHz"),
    ("asterisk-core-sounds-en-g722", Probe::File("/usr/share/asterisk/sounds/en_US_f_Allison/activated.g722"), "real voices, 16 kHz"),
    ("mandoc", Probe::Program("mandoc"), "finds what is wrong in manual pages"),
    ("zsh", Probe::Program("zsh"), "reads its completions"),
    ("fish", Probe::Program("fish"), "reads its completions"),
    ("alsa-utils", Probe::File("/usr/share/sounds/alsa/Front_Center.wav"), "real voices, 48 kHz"),
    ("xorriso", Probe::Program("xorriso"), "makes disc images and burns discs"),
    ("age", Probe::Program("age"), "another program that opens the office's copy"),
    ("chromium", Probe::Program("chromium"), "shows and prints receipts"),
    ("zbar-tools", Probe::Program("zbarimg"), "another reader of the QR code on a receipt"),
    ("postgresql", Probe::Program("pg_ctlcluster"), "holds a log's lock in a row"),
    ("softhsm2", Probe::Program("softhsm2-util"), "a PKCS#11 token without hardware"),
    ("ceph-mon", Probe::Program("ceph-mon"), "an S3 server: who knows its stores"),
    ("ceph-osd", Probe::Program("ceph-osd"), "an S3 server: its store"),
    ("radosgw", Probe::Program("radosgw"), "an S3 server: its gateway"),
    ("ceph-common", Probe::Program("ceph"), "sets up that server"),
    ("stunnel4", Probe::Program("stunnel4"), "TLS before a log and a witness"),
    ("faketime", Probe::Program("faketime"), "gives a program the wrong time"),
    ("nodejs", Probe::Program("node"), "compiles the pages' style"),
    ("npm", Probe::Program("npm"), "brings the pages' style, script and fixtures"),
    ("poppler-utils", Probe::Program("pdfinfo"), "counts the sheets of a printed receipt"),
];

#[rustfmt::skip]
pub(super) const FOR_BENCH: &[Need] = &[
    ("time", Probe::File("/usr/bin/time"), "measures CPU time and memory"),
    ("sox", Probe::Program("sox"), "makes the input"),
    ("ffmpeg", Probe::Program("ffmpeg"), "decodes the voices"),
    ("flac", Probe::Program("flac"), "the peer of the encoder"),
    ("openssl", Probe::Program("openssl"), "the limit of hashing"),
    ("asterisk-core-sounds-en-g722", Probe::File("/usr/share/asterisk/sounds/en_US_f_Allison/activated.g722"), "real voices"),
    ("postgresql", Probe::Program("pg_ctlcluster"), "the peer of the log"),
    ("age", Probe::Program("age"), "the peer of the vault"),
];

/// Sees to it that everything is there, and says what had to be done.
pub(super) fn install() -> anyhow::Result<String> {
    let mut done: Vec<String> = install_missing(FOR_TESTS)?.into_iter().map(str::to_owned).collect();
    if !imports_cryptography() {
        install_cryptography()?;
        done.push("cryptography for Python".to_owned());
    }
    done.extend(install_components()?);
    if crate::web::install()? {
        done.push("the packages of the pages".to_owned());
    }
    Ok(if done.is_empty() { "all there".to_owned() } else { format!("installed {}", done.join(", ")) })
}

/// Installs what is missing of a list and says what it was.
pub(super) fn install_missing(needs: &[Need]) -> anyhow::Result<Vec<&'static str>> {
    let absent = || -> Vec<&'static str> {
        needs.iter().filter(|(_, probe, _)| !is_there(probe)).map(|(name, ..)| *name).collect()
    };
    let missing = absent();
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    let still = absent();
    anyhow::ensure!(still.is_empty(), "installed, and yet not found: {}", still.join(", "));
    Ok(missing)
}

/// Installs Debian packages, with the package lists fetched first only when that alone helps.
pub(super) fn install_packages(names: &[&str]) -> anyhow::Result<()> {
    let by_hand = format!("apt-get install {}", names.join(" "));
    if which("apt-get").is_none() {
        bail!("missing: {}; this is no Debian, install them by its own means", names.join(", "));
    }
    if !try_install(names)? {
        show(as_root(&["apt-get", "update", "-qq"])?.env("DEBIAN_FRONTEND", "noninteractive"))?;
        if !try_install(names)? {
            bail!("apt-get could not install what is missing; try `{by_hand}`");
        }
    }
    Ok(())
}

fn try_install(names: &[&str]) -> anyhow::Result<bool> {
    let mut command = as_root(&["apt-get", "install", "-y", "-qq", "--no-install-recommends"])?;
    Ok(show(command.args(names).env("DEBIAN_FRONTEND", "noninteractive"))?.ok)
}

fn as_root(arguments: &[&str]) -> anyhow::Result<Command> {
    let user = crate::run::capture(program("id").arg("-u"))?;
    let mut words = arguments.iter();
    let first = words.next().context("a command has a name")?;
    let mut command = if user.trim() == "0" {
        program(first)
    } else if succeeds(program("sudo").args(["-n", "true"])) {
        let mut sudo = program("sudo");
        sudo.args(["-n", first]);
        sudo
    } else {
        bail!("packages are missing and this user may not install them; try `sudo {}`", arguments.join(" "));
    };
    command.args(words);
    Ok(command)
}

fn is_there(probe: &Probe) -> bool {
    match probe {
        Probe::Program(name) => which(name).is_some(),
        Probe::File(path) => Path::new(path).is_file(),
    }
}

fn imports_cryptography() -> bool {
    succeeds(program("python3").args(["-c", "import cryptography"]))
}

/// Debian's package serves Debian's Python; another Python on PATH needs pip.
fn install_cryptography() -> anyhow::Result<()> {
    if which("apt-get").is_some() && try_install(&["python3-cryptography"])? && imports_cryptography() {
        return Ok(());
    }
    for extra in [&["--break-system-packages"][..], &[]] {
        let mut pip = program("python3");
        pip.args(["-m", "pip", "install", "--quiet"]).args(extra).arg("cryptography");
        if show(&mut pip)?.ok && imports_cryptography() {
            return Ok(());
        }
    }
    bail!("python3 cannot import cryptography; try `apt-get install python3-cryptography`")
}

fn install_components() -> anyhow::Result<Vec<String>> {
    let mut done = Vec::new();
    for (component, probe) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if succeeds(crate::run::cargo().args([probe, "--version"])) {
            continue;
        }
        if !show(program("rustup").args(["component", "add", component]))?.ok {
            bail!("{component} is missing; try `rustup component add {component}`");
        }
        done.push(component.to_owned());
    }
    Ok(done)
}
