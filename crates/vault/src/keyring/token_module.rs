//! A token's module in this process, and the patience with which a token is opened by it.
//!
//! Not what is done with a key (`token_key.rs`). Invariants: a module is loaded once in a process and never unloaded; it is initialized anew only while
//! nothing of it is in use here; of all processes of this program one at a time opens a token of a module; what may be passing is asked again for a bounded time, and
//! a PIN that was refused never is.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret as _, SecretString};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use rustix::fs::{FlockOperation, flock};

use super::error::OfficeKeyError;
use super::token_key::Token;

/// How long a token that does not answer as it should is asked again, and how long others are waited for: as for the keyring's files.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a label is looked for. That it is written wrongly is likelier than that another program keeps the token from being seen.
const PATIENCE_FOR_LABEL: Duration = Duration::from_secs(5);
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// That something of a module is in use: as long as this lives it is not initialized anew.
pub(super) type InUse = Arc<()>;

struct Module {
    library: Pkcs11,
    in_use: InUse,
}

/// Every module that was loaded: unloading one would end its sessions.
static MODULES: LazyLock<Mutex<HashMap<PathBuf, Module>>> = LazyLock::new(Mutex::default);

/// Why a try came to nothing.
enum Refused {
    For(OfficeKeyError),
    /// Later it may be otherwise; for so long it is tried.
    ForNow(OfficeKeyError, Duration),
}

/// A session of the one token of this label, logged in.
pub(super) fn session(token: &Token, pin: &SecretString) -> Result<(Session, InUse), OfficeKeyError> {
    let (began, mut pause, mut is_again) = (Instant::now(), PAUSE_MIN, false);
    loop {
        let (error, patience) = match try_once(token, pin, is_again) {
            Ok(opened) => return Ok(opened),
            Err(Refused::For(error)) => return Err(error),
            Err(Refused::ForNow(error, patience)) => (error, patience),
        };
        if began.elapsed() + pause > patience {
            return Err(error);
        }
        sleep(pause);
        pause = (pause * 2).min(PAUSE_MAX);
        is_again = true;
    }
}

fn try_once(token: &Token, pin: &SecretString, is_again: bool) -> Result<(Session, InUse), Refused> {
    let path = &token.module;
    let none = |reason: String| Refused::For(OfficeKeyError::NoModule { module: path.clone(), reason });
    if !path.is_file() {
        // What the loader says of it goes over several libraries.
        return Err(none("there is no such file".to_owned()));
    }
    let _alone = alone(path);
    let mut all = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if !all.contains_key(path) {
        let library = Pkcs11::new(path).map_err(|error| none(error.to_string()))?;
        initialize(&library).map_err(|error| none(words(&error)))?;
        all.insert(path.clone(), Module { library, in_use: InUse::default() });
    }
    let module = all.get(path).expect("it was put there");
    if is_again && Arc::strong_count(&module.in_use) == 1 {
        // Which tokens there are is looked at when a module is initialized, and by some never again.
        let ended = module.library.clone().finalize().and_then(|()| initialize(&module.library));
        ended.map_err(|error| none(words(&error)))?;
    }
    let session = log_in(&module.library, token, pin)?;
    Ok((session, Arc::clone(&module.in_use)))
}

fn initialize(library: &Pkcs11) -> Result<(), Error> {
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        initialized => initialized,
    }
}

/// A lock on the module's own file, which every process that uses it can read. `SoftHSM` writes the token's file anew at each login, and another process that
/// opens the token meanwhile finds half of it, or none. One that cannot be had in time is done without: it orders, and guards nothing.
fn alone(module: &Path) -> Option<File> {
    let (file, began) = (File::open(module).ok()?, Instant::now());
    while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        if began.elapsed() > PATIENCE {
            return None;
        }
        sleep(PAUSE_MIN);
    }
    Some(file)
}

fn log_in(module: &Pkcs11, token: &Token, pin: &SecretString) -> Result<Session, Refused> {
    let mut slots: Vec<Slot> = Vec::new();
    for slot in module.get_slots_with_initialized_token().map_err(|error| refused(token, &error))? {
        let info = module.get_token_info(slot).map_err(|error| refused(token, &error))?;
        if info.label().trim_end() == token.token {
            slots.push(slot);
        }
    }
    let [slot] = slots[..] else {
        let none = OfficeKeyError::NoToken { token: token.token.clone(), found: slots.len() };
        return Err(if slots.is_empty() { Refused::ForNow(none, PATIENCE_FOR_LABEL) } else { Refused::For(none) });
    };
    let session = module.open_rw_session(slot).map_err(|error| refused(token, &error))?;
    let pin = AuthPin::from(pin.expose_secret().to_owned());
    match session.login(UserType::User, Some(&pin)) {
        // A login is the process's: another key of this token is open.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
            Err(Refused::For(OfficeKeyError::WrongPin(token.token.clone())))
        }
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(Refused::For(OfficeKeyError::LockedPin(token.token.clone()))),
        Err(error) => Err(refused(token, &error)),
    }
}

/// Whether an answer may be another one soon: of a token that somebody else writes, plugs in, or keeps busy.
fn refused(token: &Token, error: &Error) -> Refused {
    use RvError::{
        DeviceError, DeviceRemoved, FunctionFailed, GeneralError, SessionCount, SlotIdInvalid, TokenNotPresent,
        TokenNotRecognized, UserPinNotInitialized,
    };
    let unanswered = || OfficeKeyError::Unanswered { token: token.token.clone(), what: words(error) };
    match error {
        // As one is shown whose file is half written, but also one that nobody has set up.
        Error::Pkcs11(UserPinNotInitialized, _) => Refused::ForNow(unanswered(), PATIENCE_FOR_LABEL),
        Error::Pkcs11(
            DeviceError | DeviceRemoved | FunctionFailed | GeneralError | SessionCount | SlotIdInvalid
            | TokenNotPresent | TokenNotRecognized,
            _,
        ) => Refused::ForNow(unanswered(), PATIENCE),
        other => Refused::For(OfficeKeyError::Failed(words(other))),
    }
}

/// The code, without the standard's paragraph about it.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::Pkcs11(code, call) => format!("the token answered {code:?} to {call:?}"),
        other => other.to_string(),
    }
}
