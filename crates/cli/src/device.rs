//! `counterpart device init|show`: the key that says which device sealed a recording.
//!
//! Not the file's layout (`keyfile.rs`).
//! Invariant: a secret is written to the key file and nowhere else.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use seal::DeviceKey;
use zeroize::Zeroize;

use crate::error::{Error, Result};
use crate::keyfile::{self, PublicDevice};
use crate::{json, out, passphrase, text};

/// `counterpart device …`
#[derive(Args, Debug)]
pub(crate) struct DeviceArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a device key and write it to a file only you can read
    Init(InitArgs),
    /// Show a device key's name, fingerprint and public key
    Show(ShowArgs),
}

#[derive(Args, Debug)]
struct InitArgs {
    /// What people call this device [default: this machine's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Lock the key with a passphrase, from $COUNTERPART_PASSPHRASE or typed
    #[arg(long)]
    passphrase: bool,
    /// Where the key goes [default: ~/.config/counterpart/device.key]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct ShowArgs {
    /// The key file or its .pub file [default: ~/.config/counterpart/device.key]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    json: json::Flag,
}

pub(crate) fn run(args: DeviceArgs) -> Result<u8> {
    match args.action {
        Action::Init(args) => init(args),
        Action::Show(args) => show(args),
    }
}

fn init(args: InitArgs) -> Result<u8> {
    let path = key_path(args.file)?;
    let name = args.name.unwrap_or_else(machine_name);
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|err| {
        Error::of(format_args!("the system gives no randomness: {err}")).hint("restart the machine and try again")
    })?;
    let key = DeviceKey::new(&name, secret).map_err(|_| {
        Error::of(format_args!("{name:?} cannot be a device's name"))
            .hint("1 to 100 bytes without control characters: --name NAME")
    });
    secret.zeroize();
    let key = key?;
    let passphrase = if args.passphrase { Some(passphrase::new(passphrase::Of::DeviceKey)?) } else { None };
    let public = keyfile::create(&path, &key, passphrase)?;
    let text = format!(
        "{}key file     {}\npublic file  {}\n",
        lines(&PublicDevice::of(&key)),
        text::path(&path),
        text::path(&public)
    );
    Ok(out::result(&text, 0))
}

fn show(args: ShowArgs) -> Result<u8> {
    let path = key_path(args.file)?;
    let device = if path.extension().is_some_and(|extension| extension == "pub") {
        PublicDevice::read(&path)?
    } else {
        PublicDevice::of(&keyfile::read(&path, || passphrase::existing(passphrase::Of::DeviceKey))?)
    };
    let text = match args.json.json {
        true => json::text(&json::Device::new(&device)),
        false => format!("{}public key   {}\n", lines(&device), text::visible(&device.line())),
    };
    Ok(out::result(&text, 0))
}

fn lines(device: &PublicDevice) -> String {
    let fingerprint = seal::fingerprint(&device.public_key);
    format!("name         {}\nfingerprint  {fingerprint}\n", text::visible(&device.name))
}

fn key_path(given: Option<PathBuf>) -> Result<PathBuf> {
    given.or_else(keyfile::default_path).ok_or_else(|| {
        Error::of("there is no home folder to keep the device key in").hint("say where with --file FILE")
    })
}

fn machine_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "device".to_owned() } else { name }
}
