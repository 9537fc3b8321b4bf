//! `vault init`: an office is set up, once and on purpose.
//!
//! Not its people (`people.rs`). Invariants: whatever is there already is refused before anything is made; keys and keyring never lie in
//! the folder that backups carry away; a half-made office is never taken for a whole one, because its file is written last.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::secrecy::SecretString;
use clap::Args;
use rules::Jurisdiction;
use vault::keyring::{FileKey, Keyring, OfficeKey, OfficeKeyError};

use super::passphrase;
use crate::config::office::{
    ClockConfig, EventsConfig, FILE, KeyringConfig, LogConfig, ObjectsConfig, OfficeConfig, RulesConfig, SweepConfig,
    TokenConfig,
};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::office::log_access::LaterLog;
use crate::office::{Keys, Note, Office, stores};
use crate::{clock, codes, files, out};

/// Set an office up: its folder, its keyring, its key
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The office's folder, which is made
    #[arg(long, value_name = "DIR")]
    office: PathBuf,
    /// The office's name, as certificates have it
    #[arg(long)]
    name: String,
    /// Where it is, as certificates have it
    #[arg(long)]
    place: String,
    /// Whose rules apply: england-and-wales, scotland, northern-ireland
    #[arg(long)]
    jurisdiction: Jurisdiction,
    /// The keyring's file, outside the folder; twice for two copies on different disks
    #[arg(long, value_name = "FILE", required = true)]
    keyring: Vec<PathBuf>,
    /// Where the office key is written, behind a passphrase and outside the folder
    #[arg(long, value_name = "FILE", required_unless_present = "token_module")]
    key: Option<PathBuf>,
    /// Instead of a file: the PKCS#11 module of a token that has the office key
    #[arg(long, value_name = "FILE", conflicts_with = "key", requires_all = ["token", "token_key"])]
    token_module: Option<PathBuf>,
    /// The token's label
    #[arg(long)]
    token: Option<String>,
    /// The key's label in the token
    #[arg(long)]
    token_key: Option<String>,
    /// Where the events are: postgres://USER@HOST/DATABASE; a file in the office's folder when not named
    #[arg(long, value_name = "postgres://…")]
    database: Option<String>,
    /// Where ciphertext lies: a folder, or s3://BUCKET/PREFIX; "objects" in the office's folder when not named
    #[arg(long, value_name = "DIR|s3://…", default_value = "objects")]
    objects: String,
    /// A second store, from which what is rotten is repaired
    #[arg(long, value_name = "DIR|s3://…")]
    second: Option<String>,
    /// The log that events are committed to
    #[arg(long, value_name = "URL", requires_all = ["log_token", "log_policy"])]
    log: Option<String>,
    /// The file with a token for it
    #[arg(long, value_name = "FILE")]
    log_token: Option<PathBuf>,
    /// The policy that trusts it
    #[arg(long, value_name = "FILE")]
    log_policy: Option<PathBuf>,
    /// A witness of that policy that runs on another machine: its clock counts beside this one's. May be given again
    #[arg(long, value_name = "NAME")]
    clock_witness: Vec<String>,
    /// A time-stamp authority whose clock counts beside this one's. May be given again
    #[arg(long, value_name = "URL")]
    clock_timestamp: Vec<String>,
    /// The policy with the authorities' certificates, where it is not the log's
    #[arg(long, value_name = "FILE")]
    clock_policy: Option<PathBuf>,
    /// A folder where recorders leave journals and copies, and what it is called: NAME=DIR. May be given again
    #[arg(long, value_name = "NAME=DIR", value_parser = named_folder)]
    sweep: Vec<(String, PathBuf)>,
    /// The passphrase for the office key, or the token's PIN, in a file; otherwise $COUNTERPART_OFFICE_PASSPHRASE or the terminal
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

fn named_folder(text: &str) -> std::result::Result<(String, PathBuf), String> {
    let (name, folder) = text.split_once('=').ok_or("write NAME=DIR")?;
    Ok((name.to_owned(), PathBuf::from(folder)))
}

/// `vault init`.
pub(crate) async fn run(args: InitArgs) -> Result<u8> {
    let folder = absolute(&args.office)?;
    let config = config_of(&args)?;
    is_free(&folder, &config).await?;
    let secret = passphrase(args.passphrase_file.as_deref(), "Passphrase for the office key: ")?;
    found(&folder, &config, &secret, FileKey::write).await?.close().await;
    let next = "enrol two people (vault key, vault enrol), and let each confirm the other (vault confirm)";
    Ok(out::result(&format!("{}: the office is set up; {next}\n", folder.display()), codes::DONE))
}

/// That nothing stands where it is to be.
pub(crate) async fn is_free(folder: &Path, config: &OfficeConfig) -> Result<()> {
    config.check(&folder.join(FILE))?;
    files::absent(folder)?;
    config.check_places(folder)?;
    Db::is_free(&Office::database(folder, config)).await?;
    for file in config.keyring.files.iter().chain(&config.keyring.key) {
        files::absent(file)?;
    }
    if let Some(log) = &config.log {
        LaterLog::new(log.clone()).open()?;
    }
    Ok(())
}

/// How an office key is written to its file.
type Write = fn(&FileKey, &Path, SecretString) -> std::result::Result<(), OfficeKeyError>;

/// Makes one, with its first notes. Paths of its file may be from its folder.
pub(crate) async fn found(
    folder: &Path,
    as_written: &OfficeConfig,
    secret: &SecretString,
    write: Write,
) -> Result<Office> {
    let mut config = as_written.clone();
    config.root_at(folder);
    std::fs::create_dir(folder).map_err(|err| Error::io(folder, &err))?;
    files::private_to_us(folder)?;
    let (vault, names) = stores::open(&config.objects, stores::Place::New)?;
    stores::unused(&vault, &names).await?;
    let key: Arc<dyn OfficeKey> = match &config.keyring.key {
        Some(file) => {
            let failed = |error: vault::keyring::OfficeKeyError| Error::of(&error).hint("check the file's place");
            let key = FileKey::generate(&config.name).map_err(failed)?;
            let (file, secret) = (file.clone(), secret.clone());
            let written = tokio::task::spawn_blocking(move || write(&key, &file, secret).map(|()| key)).await;
            Arc::new(written.map_err(|err| Error::of(err).hint("try again"))?.map_err(failed)?)
        }
        None => {
            crate::office::office_key(
                &config.keyring,
                &Keys { passphrase: secret.clone(), keys_lost: None, claimed: None },
            )
            .await?
        }
    };
    let keyring = Keyring::create(&config.keyring.files, &config.name, key)
        .await
        .map_err(|err| Error::of(&err).hint(err.hint().unwrap_or("check the places of the keyring")))?;
    keyring.close().await;
    Db::create(&Office::database(folder, &config)).await?.close().await;
    let text = toml::to_string_pretty(as_written).map_err(|err| Error::of(err).hint("check the names given"))?;
    let text = format!(
        "# One office. Each line is explained in docs/configuration.md, which \"counterpartd configuration\" prints.\n{text}"
    );
    files::create(&folder.join(FILE), text.as_bytes())?;
    let keys = Keys { passphrase: secret.clone(), keys_lost: None, claimed: None };
    // Its marks agree once they are written.
    let office = Office::open_unmarked(folder, &keys).await?;
    office.note(&Note::Founded { office: config.name.clone() }, clock::local_us()).await?;
    if config.demonstration {
        office.note(&Note::Demonstration, clock::local_us()).await?;
    }
    Ok(office)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|err| Error::io(path, &err))
}

fn config_of(args: &InitArgs) -> Result<OfficeConfig> {
    let there = |path: &PathBuf| absolute(path);
    let place_of = |at: &String| -> Result<String> {
        // What is named on the command line is from where one stands; the default lies in the office.
        match at.starts_with("s3://") || at == "objects" {
            true => Ok(at.clone()),
            false => Ok(absolute(Path::new(at))?.to_string_lossy().into_owned()),
        }
    };
    let token = match (&args.token_module, &args.token, &args.token_key) {
        (Some(module), Some(token), Some(key)) => {
            Some(TokenConfig { module: there(module)?, token: token.clone(), key: key.clone() })
        }
        _ => None,
    };
    let log = match (&args.log, &args.log_token, &args.log_policy) {
        (Some(url), Some(token), Some(policy)) => {
            Some(LogConfig { url: url.clone(), token: there(token)?, policy: there(policy)? })
        }
        _ => None,
    };
    let sweep = args.sweep.iter().map(|(name, folder)| Ok(SweepConfig { name: name.clone(), folder: there(folder)? }));
    Ok(OfficeConfig {
        name: args.name.clone(),
        place: args.place.clone(),
        jurisdiction: args.jurisdiction.to_string(),
        demonstration: false,
        events: args.database.clone().map(|database| EventsConfig { database }),
        objects: ObjectsConfig {
            at: place_of(&args.objects)?,
            second: args.second.as_ref().map(place_of).transpose()?,
        },
        keyring: KeyringConfig {
            files: args.keyring.iter().map(there).collect::<Result<_>>()?,
            key: args.key.as_ref().map(there).transpose()?,
            token,
        },
        log,
        clock: ClockConfig {
            witnesses: args.clock_witness.clone(),
            timestamp: args.clock_timestamp.clone(),
            policy: args.clock_policy.as_ref().map(there).transpose()?,
            ..ClockConfig::default()
        },
        sweep: sweep.collect::<Result<_>>()?,
        rules: RulesConfig::default(),
        mail: None,
        offices: Vec::new(),
    })
}
