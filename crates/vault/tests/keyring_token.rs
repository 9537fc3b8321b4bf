//! The office key inside a PKCS#11 token, by SoftHSM: the whole life of a keyring under it, to it and back, and what is refused.
//!
//! The module reads its settings from the environment, so each test runs again as a program of its own with settings of its own.
//! Needs Debian's `softhsm2`.
#![allow(clippy::unwrap_used, clippy::panic)]

mod keyring_support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use keyring_support::{ERASURE, OFFICE, Witness, files_with, keep, object_key, places, refusal};
use vault::keyring::{Keyring, KeyringError, OfficeKey as _, OfficeKeyError, Token, TokenKey};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const FOLDER: &str = "KEYRING_TOKEN_TEST";
const PIN: &str = "1234";

/// What a further process is for, where a test starts some.
const PART: &str = "KEYRING_TOKEN_PART";
/// Processes that open a token at once.
const PROCESSES: usize = 12;
/// How often each of them does.
const TIMES: usize = 6;

/// Runs the test again in a process of its own, with a folder and two tokens of its own. There it is the folder; here nothing.
fn again(test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tokens")).unwrap();
    let settings = folder.path().join("softhsm2.conf");
    let tokens = folder.path().join("tokens");
    std::fs::write(&settings, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    for token in ["office", "other", "twice", "twice"] {
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", token, "--pin", PIN, "--so-pin", "5678"])
            .env("SOFTHSM2_CONF", &settings)
            .output()
            .expect("softhsm2 is installed");
        assert!(made.status.success(), "{made:?}");
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env("SOFTHSM2_CONF", &settings).env(FOLDER, folder.path());
    let done = child.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
    None
}

fn token(key: &str) -> Token {
    Token { module: MODULE.into(), token: "office".to_owned(), key: key.to_owned() }
}

fn everything(folder: &Path) -> PathBuf {
    let keyring = folder.join("keyring");
    std::fs::create_dir(&keyring).unwrap();
    keyring
}

#[tokio::test]
async fn a_keyring_lives_under_a_token_and_goes_from_file_to_token_and_back() {
    let Some(folder) = again("a_keyring_lives_under_a_token_and_goes_from_file_to_token_and_back") else { return };
    let folder = everything(&folder);
    let (places, file) = (places(&folder, 2), Witness::new());
    let mut keyring = Keyring::create(&places, OFFICE, file.clone()).await.unwrap();
    for number in 0..4 {
        keep(&keyring, number).await.unwrap();
    }
    let first = Arc::new(TokenKey::generate(token("2026"), PIN.into()).await.unwrap());
    keyring.rotate(first.clone()).await.unwrap();
    assert!(file.all().iter().all(|wrapped| files_with(&folder, wrapped).is_empty()));
    keep(&keyring, 4).await.unwrap();
    keyring.hold(&[4; 16], &[1; 16]).await.unwrap();
    keyring.erase(&[0; 16], ERASURE).await.unwrap();
    assert!(matches!(keyring.erase(&[4; 16], ERASURE).await, Err(KeyringError::Held { .. })));
    keyring.close().await;

    let refused = refusal(Keyring::open(&places, OFFICE, file.clone()).await);
    assert!(refused.to_string().contains("needs the token key \"2026\""), "{refused}");
    let opened = Arc::new(TokenKey::open(token("2026"), PIN.into()).await.unwrap());
    assert_eq!(opened.name(), first.name());
    let mut keyring = Keyring::open(&places, OFFICE, opened).await.unwrap();
    let second = Arc::new(TokenKey::generate(token("2027"), PIN.into()).await.unwrap());
    keyring.rotate(second.clone()).await.unwrap();
    keyring.close().await;
    let refused = refusal(Keyring::open(&places, OFFICE, first).await);
    assert!(matches!(refused, KeyringError::WrongKey { .. }), "{refused}");

    let mut keyring = Keyring::open(&places, OFFICE, second).await.unwrap();
    let last = Witness::new();
    keyring.rotate(last.clone()).await.unwrap();
    keyring.close().await;
    let keyring = Keyring::open(&places, OFFICE, last).await.unwrap();
    for number in 1..=4 {
        assert_eq!(keyring.key(&[number; 16]).await.unwrap().bytes(), object_key(number).bytes());
    }
    assert!(matches!(keyring.key(&[0; 16]).await, Err(KeyringError::Erased { .. })));
    keyring.close().await;
}

#[tokio::test]
async fn what_a_token_wrapped_opens_there_and_only_as_it_was() {
    let Some(_) = again("what_a_token_wrapped_opens_there_and_only_as_it_was") else { return };
    let key = TokenKey::generate(token("2026"), PIN.into()).await.unwrap();
    let other = TokenKey::generate(token("2027"), PIN.into()).await.unwrap();
    let wrapped = key.wrap(&object_key(1), b"this").await.unwrap();
    assert_eq!(key.unwrap(&wrapped, b"this").await.unwrap().bytes(), object_key(1).bytes());
    assert_ne!(key.wrap(&object_key(1), b"this").await.unwrap(), wrapped, "a fresh nonce each time");
    assert_eq!(key.unwrap(&wrapped, b"that").await.unwrap_err(), OfficeKeyError::DoesNotOpen);
    assert_eq!(other.unwrap(&wrapped, b"this").await.unwrap_err(), OfficeKeyError::DoesNotOpen);
    for at in 0..60 {
        let mut bytes = *wrapped.bytes();
        bytes[at] ^= 1;
        let flipped = vault::keyring::Wrapped::from_bytes(&bytes).unwrap();
        assert_eq!(key.unwrap(&flipped, b"this").await.unwrap_err(), OfficeKeyError::DoesNotOpen, "byte {at}");
    }
    // The session is in order after all that.
    assert_eq!(key.unwrap(&wrapped, b"this").await.unwrap().bytes(), object_key(1).bytes());
}

#[tokio::test]
async fn a_token_that_is_not_the_one_is_refused_in_one_line() {
    let Some(folder) = again("a_token_that_is_not_the_one_is_refused_in_one_line") else { return };
    let open = async |token: Token, pin: &str| match TokenKey::open(token, pin.into()).await {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    };
    let missing = Token { module: folder.join("no.so"), ..token("k") };
    assert!(open(missing, PIN).await.ends_with("no.so: no PKCS#11 module: there is no such file"));
    let text = folder.join("text.so");
    std::fs::write(&text, "text").unwrap();
    let said = open(Token { module: text, ..token("k") }, PIN).await;
    assert!(said.contains("text.so: no PKCS#11 module: ") && !said.contains('\n'), "{said}");
    assert_eq!(open(Token { token: "none".to_owned(), ..token("k") }, PIN).await, "there is no token \"none\"");
    assert_eq!(open(Token { token: "twice".to_owned(), ..token("k") }, PIN).await, "2 tokens are called \"twice\"");
    for pin in ["4321", "", "x"] {
        assert_eq!(open(token("k"), pin).await, "token \"office\": the PIN is wrong");
    }
    assert_eq!(open(token("k"), PIN).await, "token \"office\" has no AES-256 key \"k\"");

    let key = TokenKey::generate(token("k"), PIN.into()).await.unwrap();
    let again = TokenKey::generate(token("k"), PIN.into()).await.map(drop).unwrap_err();
    assert!(matches!(again, OfficeKeyError::NoKey { found: 1, .. }));
    drop(key);
    make_loose_keys();
    assert_eq!(open(token("loose"), PIN).await, "token \"office\" would give its key \"loose\" out");
    assert_eq!(open(token("short"), PIN).await, "token \"office\" has no AES-256 key \"short\"");
}

/// A key that can be taken out, and one of 128 bits, as another program might make them.
fn make_loose_keys() {
    let module = cryptoki::context::Pkcs11::new(MODULE).unwrap();
    let slot = *module
        .get_slots_with_initialized_token()
        .unwrap()
        .iter()
        .find(|slot| module.get_token_info(**slot).unwrap().label().trim_end() == "office")
        .unwrap();
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&cryptoki::types::AuthPin::from(PIN))).unwrap();
    for (label, len_bytes, is_extractable) in [("loose", 32, true), ("short", 16, false)] {
        let template = [
            Attribute::Label(label.into()),
            Attribute::Token(true),
            Attribute::ValueLen(cryptoki::types::Ulong::new(len_bytes)),
            Attribute::Extractable(is_extractable),
            Attribute::Sensitive(!is_extractable),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
        ];
        session.generate_key(&Mechanism::AesKeyGen, &template).unwrap();
    }
    // The library stays loaded, as the keyring has it.
    std::mem::forget(module);
}

/// This test in a further process, for a part of it.
fn part(test: &str, part: &str) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let child = child.args(["--exact", test, "--nocapture"]).env(PART, part);
    child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// How often a program that knows nothing of the others found the token, and how often not: it opens it anew each time, as the module lets it.
fn open_without_asking() -> (usize, usize) {
    let (mut found, mut not) = (0, 0);
    let module = cryptoki::context::Pkcs11::new(MODULE).unwrap();
    for _ in 0..60 {
        use cryptoki::context::{CInitializeArgs, CInitializeFlags};
        module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        let slots = module.get_slots_with_initialized_token().unwrap_or_default();
        let office = slots
            .iter()
            .find(|slot| module.get_token_info(**slot).is_ok_and(|info| info.label().trim_end() == "office"));
        let session = office.and_then(|slot| module.open_rw_session(*slot).ok());
        let pin = cryptoki::types::AuthPin::from(PIN);
        let is_in = session.is_some_and(|session| session.login(UserType::User, Some(&pin)).is_ok());
        if is_in {
            found += 1
        } else {
            not += 1
        }
        module.clone().finalize().unwrap();
    }
    std::mem::forget(module);
    (found, not)
}

#[tokio::test]
async fn many_processes_open_one_token_at_once() {
    let test = "many_processes_open_one_token_at_once";
    let Some(_) = again(test) else { return };
    let open = async || TokenKey::open(token("2026"), PIN.into()).await.map(drop).map_err(|error| error.to_string());
    match std::env::var(PART).as_deref() {
        Ok("opens") => {
            for _ in 0..TIMES {
                open().await.unwrap();
            }
        }
        Ok(_) => {
            let (found, not) = open_without_asking();
            println!("found {found}, not {not}.");
        }
        Err(_) => {
            drop(TokenKey::generate(token("2026"), PIN.into()).await.unwrap());
            // First among themselves; then beside programs that log in without regard for anybody.
            for others in [0, 3] {
                let others: Vec<Child> = (0..others).map(|_| part(test, "others")).collect();
                let ours: Vec<Child> = (0..PROCESSES).map(|_| part(test, "opens")).collect();
                for child in ours {
                    let done = child.wait_with_output().unwrap();
                    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
                }
                for child in others {
                    let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
                    let not = said.split("not ").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
                    assert!(not.parse::<usize>().unwrap() > 0, "they never came in each other's way: {said}");
                }
            }
        }
    }
}
