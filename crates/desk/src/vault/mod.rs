//! `counterpartd vault …`: the office's custody from the command line, as an operator has it.
//!
//! Not what may be done (`casework`), nor how (`office/`): flags, files and words. Invariants: whoever acts names their own key;
//! nothing of a kept thing is shown or written before its event says who looks and why; what is refused has exit code 1 and changes
//! nothing.

pub(crate) mod commitment;
mod concerns;
mod destroying;
mod holds;
pub(crate) mod init;
pub(crate) mod intake;
mod keeping;
mod listing;
mod passing;
mod people;
mod places;
pub(crate) mod reading;
mod scrubbed;
mod status;
mod strays;
pub(crate) mod words;

use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use casework::ThingId;
use clap::{Args, Subcommand};

use crate::db::events::Head;
use crate::error::{Error, Result};
use crate::office::{Actor, Keys, Office, StoreUse};
use crate::{files, text};
pub(crate) use people::staff_number;

/// Keep the office's things: take in, read, hold, destroy when they are due, look after them
#[derive(Args, Debug)]
pub(crate) struct VaultArgs {
    #[command(subcommand)]
    command: VaultCommand,
}

#[derive(Subcommand, Debug)]
enum VaultCommand {
    Init(init::InitArgs),
    Key(people::KeyArgs),
    Passphrase(people::PassphraseArgs),
    Enrol(people::EnrolArgs),
    /// Say that an account is the person's whose it is said to be; by somebody else than who enrolled it
    Confirm(people::AccountArgs),
    /// Give a role; it is given when a second administrator has said the same
    Grant(people::RoleArgs),
    /// Take a role away, at once
    Revoke(people::RoleArgs),
    /// Say that an account is used no more, for ever
    Leave(people::AccountArgs),
    People(people::PeopleArgs),
    Take(intake::TakeArgs),
    Fact(intake::FactArgs),
    Describe(intake::DescribeArgs),
    Correct(intake::CorrectArgs),
    List(listing::ListArgs),
    Show(listing::ShowArgs),
    Read(reading::ReadArgs),
    Verify(reading::VerifyArgs),
    Copied(passing::CopiedArgs),
    Move(passing::MoveArgs),
    AskTransfer(passing::AskTransferArgs),
    /// Approve that a thing be passed on; by somebody else than who asked
    ApproveTransfer(passing::TransferArgs),
    /// Note that a thing was passed on, as it was approved
    Transfer(passing::TransferArgs),
    Request(holds::RequestArgs),
    /// Note that a request was answered; its hold stands for a time yet
    Answer(holds::HoldArgs),
    Hold(holds::PlaceArgs),
    /// Look at a hold again, and keep it
    Review(holds::ReasonArgs),
    /// Propose that a hold end
    Release(holds::ReasonArgs),
    ApproveRelease(holds::ApproveReleaseArgs),
    /// End the hold of a request that was answered, when its time is over
    Lapse(holds::HoldArgs),
    /// Propose that a thing that is due be destroyed; prints what is to be approved
    Propose(destroying::ThingArgs),
    Approve(destroying::ApproveArgs),
    /// Approve a destruction no longer
    Withdraw(destroying::ThingArgs),
    /// Destroy a thing that is due and approved by two
    Destroy(destroying::ThingArgs),
    Destroyed(destroying::DestroyedArgs),
    Certificate(destroying::CertificateArgs),
    Scrub(keeping::ScrubArgs),
    Rotate(keeping::RotateArgs),
    Keyring(places::KeyringArgs),
    Store(places::StoreArgs),
    /// Go on, now, with destructions that something kept from their end
    Finish(status::GoOnArgs),
    /// Submit to the log what waits for it
    Submit(status::GoOnArgs),
    Status(status::StatusArgs),
    Strays(strays::StraysArgs),
}

/// The office, and what opens it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The office's folder
    #[arg(long, value_name = "DIR", env = "COUNTERPART_OFFICE")]
    pub(crate) office: PathBuf,
    /// The passphrase of the office key, or the token's PIN, in a file; otherwise $COUNTERPART_OFFICE_PASSPHRASE or the terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Go on although so many things have no key, because those keys are lost for good
    #[arg(long, value_name = "NUMBER")]
    pub(crate) keys_lost: Option<u64>,
    /// A store has lost the mark that says whose it is: mark it as this office's, although so many objects in it are unknown here
    #[arg(long, value_name = "NUMBER")]
    pub(crate) claim_store: Option<u64>,
}

impl Place {
    pub(crate) fn keys(&self) -> Result<Keys> {
        let passphrase = passphrase(self.passphrase_file.as_deref(), "Passphrase of the office key: ")?;
        Ok(Keys { passphrase, keys_lost: self.keys_lost, claimed: self.claim_store })
    }

    /// Opens it for what cannot do without its stores.
    pub(crate) async fn open_with_stores(&self) -> Result<Office> {
        Box::pin(Office::open(&self.office, &self.keys()?, StoreUse::Now)).await
    }

    /// Opens it to say how it is, whatever became of its events.
    pub(crate) async fn open_to_look(&self) -> Result<(Office, std::result::Result<Head, String>)> {
        Box::pin(Office::open_to_look(&self.office, &self.keys()?, self.use_of())).await
    }

    /// Opens it for everything else: a store that is away keeps nobody from placing a hold.
    pub(crate) async fn open(&self) -> Result<Office> {
        Box::pin(Office::open(&self.office, &self.keys()?, self.use_of())).await
    }

    /// A claim is for a store, and is made good at once.
    fn use_of(&self) -> StoreUse {
        if self.claim_store.is_some() { StoreUse::Now } else { StoreUse::WhenNeeded }
    }
}

/// Who acts.
#[derive(Args, Clone, Debug)]
pub(crate) struct Who {
    /// The key of the account that acts, made by "vault key"
    #[arg(long = "as", value_name = "FILE", env = "COUNTERPART_ACCOUNT_KEY")]
    key: PathBuf,
    #[command(flatten)]
    behind: Behind,
}

/// What opens the key of the account that acts.
#[derive(Args, Clone, Debug)]
pub(crate) struct Behind {
    /// The passphrase of that key, in a file; otherwise $COUNTERPART_ACCOUNT_PASSPHRASE or the terminal
    #[arg(long, value_name = "FILE")]
    as_passphrase_file: Option<PathBuf>,
}

impl Who {
    pub(crate) fn actor(&self) -> Result<Actor> {
        self.behind.read(&self.key)
    }
}

impl Behind {
    /// Reads the key; where it has no passphrase none is asked for.
    pub(crate) fn read(&self, key: &Path) -> Result<Actor> {
        Actor::read(key, || {
            let prompt = format!("Passphrase of {}: ", text::visible(&key.display().to_string()));
            given(self.as_passphrase_file.as_deref(), ACCOUNT_PASSPHRASE, &prompt)?.ok_or_else(|| {
                Error::of(format_args!(
                    "{}: the key has a passphrase and there is no terminal to ask on",
                    key.display()
                ))
                .hint(format_args!("name a file with --as-passphrase-file, or put it into ${ACCOUNT_PASSPHRASE}"))
            })
        })
    }
}

/// Where the passphrase of the office key may stand, and that of an account's key.
const OFFICE_PASSPHRASE: &str = "COUNTERPART_OFFICE_PASSPHRASE";
pub(crate) const ACCOUNT_PASSPHRASE: &str = "COUNTERPART_ACCOUNT_PASSPHRASE";

/// The passphrase of the office key: from a file, the environment, or the terminal.
pub(crate) fn passphrase(file: Option<&Path>, prompt: &str) -> Result<SecretString> {
    given(file, OFFICE_PASSPHRASE, prompt)?.ok_or_else(|| {
        Error::of("the office key has a passphrase and there is no terminal to ask on")
            .hint(format_args!("name a file with --passphrase-file, or put it into ${OFFICE_PASSPHRASE}"))
    })
}

/// A passphrase: from a file, the environment, or the terminal; `None` where there is none of them.
fn given(file: Option<&Path>, variable: &str, prompt: &str) -> Result<Option<SecretString>> {
    if let Some(file) = file {
        let text = zeroize::Zeroizing::new(files::read(file)?);
        return Ok(Some(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned())));
    }
    if let Ok(text) = std::env::var(variable) {
        return Ok(Some(SecretString::from(text)));
    }
    Ok(rpassword::prompt_password(prompt).map(SecretString::from).ok())
}

/// An id as it is typed: whole.
pub(crate) fn thing_id(text: &str) -> std::result::Result<ThingId, String> {
    text.parse::<ThingId>()
        .map_err(|_| "the id of a thing is 32 digits of 0-9 and a-f; \"vault list\" shows them".into())
}

/// `counterpartd vault …`.
pub(crate) async fn run(args: VaultArgs) -> Result<u8> {
    match args.command {
        VaultCommand::Init(args) => Box::pin(init::run(args)).await,
        VaultCommand::Key(args) => people::key(&args),
        VaultCommand::Passphrase(args) => people::passphrase(&args),
        VaultCommand::Enrol(args) => people::enrol(args).await,
        VaultCommand::Confirm(args) => people::confirm(args).await,
        VaultCommand::Grant(args) => people::grant(args).await,
        VaultCommand::Revoke(args) => people::revoke(args).await,
        VaultCommand::Leave(args) => people::leave(args).await,
        VaultCommand::People(args) => people::people(args).await,
        VaultCommand::Take(args) => Box::pin(intake::take(args)).await,
        VaultCommand::Fact(args) => intake::fact(args).await,
        VaultCommand::Describe(args) => Box::pin(intake::describe(args)).await,
        VaultCommand::Correct(args) => Box::pin(intake::correct(args)).await,
        VaultCommand::List(args) => listing::list(args).await,
        VaultCommand::Show(args) => listing::show(args).await,
        VaultCommand::Read(args) => Box::pin(reading::read(args)).await,
        VaultCommand::Verify(args) => Box::pin(reading::verify(args)).await,
        VaultCommand::Copied(args) => passing::copied(args).await,
        VaultCommand::Move(args) => passing::moved(args).await,
        VaultCommand::AskTransfer(args) => passing::ask_transfer(args).await,
        VaultCommand::ApproveTransfer(args) => passing::approve_transfer(args).await,
        VaultCommand::Transfer(args) => passing::transfer(args).await,
        VaultCommand::Request(args) => Box::pin(holds::request(args)).await,
        VaultCommand::Answer(args) => holds::answer(args).await,
        VaultCommand::Hold(args) => Box::pin(holds::hold(args)).await,
        VaultCommand::Review(args) => Box::pin(holds::review(args)).await,
        VaultCommand::Release(args) => Box::pin(holds::release(args)).await,
        VaultCommand::ApproveRelease(args) => holds::approve_release(args).await,
        VaultCommand::Lapse(args) => holds::lapse(args).await,
        VaultCommand::Propose(args) => destroying::propose(args).await,
        VaultCommand::Approve(args) => destroying::approve(args).await,
        VaultCommand::Withdraw(args) => destroying::withdraw(args).await,
        VaultCommand::Destroy(args) => Box::pin(destroying::destroy(args)).await,
        VaultCommand::Destroyed(args) => Box::pin(destroying::destroyed(args)).await,
        VaultCommand::Certificate(args) => destroying::certificate(args).await,
        VaultCommand::Scrub(args) => Box::pin(keeping::scrub(args)).await,
        VaultCommand::Rotate(args) => keeping::rotate(args).await,
        VaultCommand::Keyring(args) => places::keyring(args).await,
        VaultCommand::Store(args) => places::store(args).await,
        VaultCommand::Finish(args) => status::finish(args).await,
        VaultCommand::Submit(args) => status::submit(args).await,
        VaultCommand::Status(args) => status::status(args).await,
        VaultCommand::Strays(args) => strays::strays(args).await,
    }
}
