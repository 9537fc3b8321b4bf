//! An office opened: whole, of one age, and with what a crash left half done brought to its end.
//!
//! Not making one (`vault/init.rs`), nor restoring (`restore.rs`). Invariants: nothing is served before events and keyring agree;
//! events that are older than the keyring are refused; a hold or an erasure that the keyring knows stands in the events before anything
//! is done; what was announced and never received is forgotten, unless a receipt is under way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use casework::custody::{Known, Phase, Thing};
use casework::{Digest, HoldId, ThingId};
use rules::Book;
use vault::keyring::{Entry, FileKey, Head, Keyring, KeyringError, OfficeKey, OfficeKeyError, State, Token, TokenKey};

use super::acts::keyring_failed;
use super::cases::is_of_case;
use super::log_access::LaterLog;
use super::record::Seen;
use super::sweeping::Mark;
use super::{Office, stores};
use crate::clock::local_us;
use crate::config::office::{KeyringConfig, OfficeConfig, RulesConfig, TokenConfig};
use crate::db::{Db, events, stalled, things};
use crate::error::{Error, Result};
use crate::{files, out};

/// After how long nothing more is tried in passing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the secrets come from that open an office.
pub(crate) struct Keys {
    /// The passphrase of the key file, or the PIN of the token.
    pub(crate) passphrase: SecretString,
    /// How many things may be without their key: said by somebody who knows that the keys are lost for good.
    pub(crate) keys_lost: Option<u64>,
    /// How many unknown objects there may be in a store without an owner's mark: said by somebody who knows that nobody else's lie in it.
    pub(crate) claimed: Option<u64>,
}

/// Whether a command cannot do without the stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreUse {
    /// It writes to them or looks over them: they must be there, and are marked as this office's where they have no mark yet.
    Now,
    /// It asks for an object at most: a store that is away matters where it is asked.
    WhenNeeded,
}

/// The office key that the file names.
pub(crate) async fn office_key(config: &KeyringConfig, keys: &Keys) -> Result<Arc<dyn OfficeKey>> {
    let failed = |error: OfficeKeyError| Error::of(&error).hint(error.hint());
    match (&config.key, &config.token) {
        (Some(file), _) => {
            let (file, passphrase) = (file.clone(), keys.passphrase.clone());
            let read = tokio::task::spawn_blocking(move || FileKey::read(&file, passphrase)).await;
            let read = read.map_err(|err| Error::of(err).hint("try again"))?;
            Ok(Arc::new(read.map_err(failed)?))
        }
        (None, Some(token)) => {
            let key = TokenKey::open(token_of(token), keys.passphrase.clone()).await;
            Ok(Arc::new(key.map_err(failed)?))
        }
        (None, None) => Err(Error::of("keyring: no key is named").hint("write keyring.key or [keyring.token]")),
    }
}

fn token_of(token: &TokenConfig) -> Token {
    Token { module: token.module.clone(), token: token.token.clone(), key: token.key.clone() }
}

/// All the rules in use: those that come with the program, and the office's own.
pub(crate) fn book(config: &RulesConfig) -> Result<Book> {
    let read = |path: &PathBuf| Ok((path.display().to_string(), files::read_file(path)?));
    let own: Vec<(String, String)> = config.packs.iter().map(read).collect::<Result<_>>()?;
    let texts = rules::BUILT_IN.iter().copied().chain(own.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    Book::read(texts).map_err(|err| Error::of(err).hint("how packs are written is in docs/rules.md"))
}

impl Office {
    /// Opens an office, and finishes what was left half done.
    pub(crate) async fn open(folder: &Path, keys: &Keys, use_of: StoreUse) -> Result<Office> {
        let mut office = Office::open_as_it_is(folder, keys, use_of).await?;
        office.db.stands().await?;
        office.set_strays_aside().await?;
        let head = office.is_untouched().await?;
        office.is_marked_alike().await?;
        office.settle(head, false).await?;
        Ok(office)
    }

    /// Opens one that was made just now, and has no event yet.
    pub(crate) async fn open_unmarked(folder: &Path, keys: &Keys) -> Result<Office> {
        let mut office = Office::open_as_it_is(folder, keys, StoreUse::Now).await?;
        office.db.stands().await?;
        let head = office.is_untouched().await?;
        office.settle(head, false).await?;
        Ok(office)
    }

    /// Opens it as far as its history holds: to look at one that does not, too, in which nothing more is done.
    pub(crate) async fn open_to_look(
        folder: &Path,
        keys: &Keys,
        use_of: StoreUse,
    ) -> Result<(Office, std::result::Result<events::Head, String>)> {
        let office = Office::open_as_it_is(folder, keys, use_of).await?;
        office.set_strays_aside().await?;
        let known = office.keyring.head().await.map_err(|err| keyring_failed(&err))?;
        let head = match office.history().await? {
            Ok(head) => head,
            Err(what) => return Ok((office, Err(what))),
        };
        office.is_of_one_age(known).await?;
        if let Err(what) = office.check_signatures().await? {
            return Ok((office, Err(what)));
        }
        office.is_marked_alike().await?;
        office.settle(head, false).await?;
        Ok((office, Ok(head)))
    }

    /// Opens it without holding events and keyring against each other: for a restore, which is to make them agree.
    pub(crate) async fn open_as_it_is(folder: &Path, keys: &Keys, use_of: StoreUse) -> Result<Office> {
        let config = OfficeConfig::read(folder)?;
        let book = book(&config.rules)?;
        let log = config.log.clone().map(LaterLog::new);
        let opened = match use_of {
            StoreUse::Now => Some(stores::open(&config.objects, stores::Place::There)?),
            StoreUse::WhenNeeded => None,
        };
        let db = Db::open(&Office::database(folder, &config)).await?;
        let key = office_key(&config.keyring, keys).await?;
        let keyring = Keyring::open(&config.keyring.files, &config.name, key).await;
        let keyring = keyring.map_err(|err| keyring_failed(&err))?;
        let (vault, store_names) = match opened {
            Some((vault, names)) => {
                stores::own((&vault, &names), &keyring, &db, keys.claimed).await?;
                (vault, names)
            }
            None => stores::later(&config.objects, &keyring),
        };
        let keys_lost = keys.keys_lost;
        Ok(Office {
            folder: folder.to_owned(),
            config,
            db,
            keyring,
            vault,
            store_names,
            book,
            log,
            keys_lost,
            restoring: None,
            seen: Seen::default(),
        })
    }

    /// Events that are older than what the keyring saw were brought back by somebody who did not replay what happened since.
    pub(crate) async fn is_of_one_age(&self, known: Option<Head>) -> Result<()> {
        let Some(known) = known else { return Ok(()) };
        let there = events::numbered(&self.db, known.number).await?;
        match there {
            _ if known.number == 0 => Ok(()),
            Some(row) if row.hash == known.hash => Ok(()),
            Some(_) => Err(Error::of(format_args!(
                "event {} is not the one that the keyring saw: these events are another history's",
                known.number
            ))
            .hint("put the right database back, or restore a backup with \"counterpartd restore\"")),
            None => Err(Error::of(format_args!(
                "the events are older than the keyring: it has seen event {}, and it is not there",
                known.number
            ))
            .hint("restore a backup with \"counterpartd restore\", which replays the holds and destructions since")),
        }
    }

    /// What a crash left between two files is brought to its end. `head` is the newest event of a history that was looked at.
    pub(crate) async fn settle(&self, head: events::Head, is_restored: bool) -> Result<()> {
        self.advance(head).await?;
        self.finish_rotation().await?;
        self.put_rows_right().await?;
        self.put_case_rows_right().await?;
        let entries = self.keyring.entries().await.map_err(|err| keyring_failed(&err))?;
        self.forget_what_never_came(&entries).await?;
        let known: BTreeSet<ThingId> = entries.iter().map(|entry| ThingId(entry.id)).collect();
        let entries: Vec<Entry> = entries.into_iter().filter(|entry| !is_of_case(entry)).collect();
        let mut lost = 0_u64;
        for id in self.things().await?.iter().filter(|id| !known.contains(id)) {
            lost += u64::from(self.thing(*id).await?.phase() == Phase::Kept);
        }
        let cases = self.case_ids().await?.iter().filter(|id| !known.contains(&ThingId(id.0))).count() as u64;
        let what = if cases > 0 { "things and cases" } else { "things" };
        lost += cases;
        if lost > 0 && self.keys_lost != Some(lost) {
            return Err(Error::of(format_args!(
                "{lost} {what} have no key: the keyring is older than the events, or another one"
            ))
            .hint(format_args!("bring its newer copy back; if those keys are lost for good: --keys-lost {lost}")));
        }
        // A restore brings in all that the keyring knows, or there is none.
        let alone = if is_restored { Some(self.acting_alone()?) } else { self.nobody_acts()? };
        if let Some(_alone) = alone {
            // Read anew: now nobody is between keyring and events.
            let rows = things::all(&self.db).await?;
            let standing = self.keyring.standing_holds().await.map_err(|err| keyring_failed(&err))?;
            let now = self.keyring.entries().await.map_err(|err| keyring_failed(&err))?;
            for entry in now.into_iter().filter(|entry| !is_of_case(entry)) {
                // To look at each thing's events takes long where there are many: only at those where something differs.
                let id = ThingId(entry.id);
                let is_other = is_restored || differs(&entry, rows.get(&id), standing.get(&entry.id));
                // One whose events are not believed stops itself, and is named by whoever asks for it; the others, and their holds, go on.
                if is_other && (is_restored || self.thing(id).await.is_ok()) {
                    self.agree(&entry, is_restored).await?;
                }
            }
            self.carry_all(&entries).await?;
        }
        self.adopt_findings(Some(PATIENCE)).await?;
        self.finish_destructions(is_restored).await.map(|_| ())
    }

    /// What a crash or a store broke off goes on. A store that keeps an object, or is away, keeps nobody from the other things, and is
    /// not waited for by every command: `tries_all` is for somebody who asks. How many came no further.
    pub(crate) async fn finish_destructions(&self, tries_all: bool) -> Result<u64> {
        let stalled = stalled::all(&self.db).await?;
        let (mut left, mut is_slow) = (0, false);
        for id in self.destructions_begun(tries_all).await? {
            let waits = stalled.get(&id).filter(|one| !tries_all && !one.is_time(local_us()));
            if waits.is_none() && (tries_all || !is_slow) {
                let Some(_alone) = self.nobody_destroys()? else { return Ok(left) };
                let began = Instant::now();
                if self.go_on_destroying(id, &Office::local_moment()).await.is_ok() {
                    continue;
                }
                // Others most likely wait for the same: their turn comes with a later command.
                is_slow |= began.elapsed() > PATIENCE;
            }
            left += 1;
            out::notice(&format!("note: the destruction of {id} is not finished; \"vault status\" says why"));
        }
        Ok(left)
    }

    /// What is being destroyed. Each command goes by the table, which may be wrong; whoever asks is told by the events.
    async fn destructions_begun(&self, by_events: bool) -> Result<Vec<ThingId>> {
        if !by_events {
            let rows = things::all(&self.db).await?;
            let begun = rows.into_iter().filter(|(_, row)| row.phase == things::phase(Phase::Destroying));
            return Ok(begun.map(|(id, _)| id).collect());
        }
        let mut begun = Vec::new();
        let (things, _) = self.all_things().await?;
        begun.extend(things.iter().filter(|thing| thing.phase() == Phase::Destroying).map(Thing::id));
        Ok(begun)
    }

    /// A key that was announced has an event, or nothing ever came of it.
    async fn forget_what_never_came(&self, entries: &[Entry]) -> Result<()> {
        let Some(_nobody) = self.nobody_takes()? else { return Ok(()) };
        for entry in entries.iter().filter(|entry| matches!(entry.state, State::Pending)) {
            if is_of_case(entry) {
                self.settle_key_of_case(entry).await?;
                continue;
            }
            let id = ThingId(entry.id);
            // Whoever writes its event asks for the key in the same transaction: of the two, one comes first, whatever became of a lock's file.
            let mut at = self.db.begin().await?;
            let (_, thing, _) = self.walked_in(&mut at, id).await?;
            let done = match (thing.phase(), super::named(&thing)) {
                (Phase::Absent, _) => self.keyring.forget_pending(&entry.id).await,
                (_, Some(named)) => self.keyring.keep(&entry.id, named.digest.bytes(), named.sealed_len_bytes).await,
                (_, None) => self.keyring.keep(&entry.id, &[0; 32], 0).await,
            };
            done.map_err(|err| keyring_failed(&err))?;
        }
        Ok(())
    }

    /// That the key of what is being taken in is still announced. In the transaction that writes its event.
    pub(super) async fn is_announced(&self, id: ThingId) -> Result<()> {
        match self.keyring.entry(&id.0).await {
            Ok(entry) if matches!(entry.state, State::Pending) => Ok(()),
            Ok(_) | Err(KeyringError::Unknown(_)) => {
                Err(Error::of("its key was forgotten while it was taken in: nothing is kept")
                    .hint("take it in again, and leave the office's locks where they are"))
            }
            Err(error) => Err(keyring_failed(&error)),
        }
    }

    /// Makes the events of a thing and the keyring say the same. `is_restored`: the events came out of a backup just now.
    pub(crate) async fn agree(&self, entry: &Entry, is_restored: bool) -> Result<()> {
        let id = ThingId(entry.id);
        let failed = |error: KeyringError| keyring_failed(&error);
        let standing = self.keyring.holds(&entry.id).await.map_err(failed)?;
        let mut known = Known {
            object: entry.object().map(|(digest, len_bytes)| (Digest(digest), len_bytes)),
            holds: standing.into_iter().map(HoldId).collect(),
            copies: self.keyring_copies(),
            ..Known::default()
        };
        if let State::Erased { erasure, certificate, .. } = &entry.state {
            known.erased_at_micros = Some(erasure.at_us);
            known.subject = Some(Digest(erasure.subject));
            known.certificate = certificate.map(Digest);
        } else if let Some(carried) = self.carried(id).await? {
            known.subject = carried.subject;
            known.item = Some(carried.known());
        }
        let thing = self.thing(id).await?;
        // Without its key, what is no recording cannot be told from other files: nobody may say that a place was searched for it.
        let is_found_by_id = matches!(Mark::of(&thing, None), Mark::Recording(_));
        let places = if is_found_by_id { self.places()? } else { Vec::new() };
        // A disc or tape has no object: nothing of it has to go from a store.
        let stores: &[_] = if known.object.is_some() { &self.store_names } else { &[] };
        let made = thing.destruction().and_then(|destruction| destruction.certificate);
        if let (State::Erased { certificate: None, .. }, Some(made), Phase::Destroyed) =
            (&entry.state, made, thing.phase())
        {
            // A crash came between the certificate's event and the keyring's note of it.
            self.copy_certificates().await?;
            self.keyring.note_certificate(&entry.id, &made.0).await.map_err(failed)?;
            known.certificate = Some(made);
        }
        let replay = thing.replay(&known, is_restored, stores, &places);
        if let Some(hold) = replay.denied.first() {
            return Err(denied(id, *hold));
        }
        for hold in &replay.to_hold {
            self.keyring.hold(&entry.id, &hold.0).await.map_err(failed)?;
        }
        for hold in &replay.to_let_go {
            self.keyring.release(&entry.id, &hold.0).await.map_err(failed)?;
        }
        if replay.to_erase {
            // Somebody brought an older keyring back, or events of a day when the item still lay there: what is destroyed stays destroyed.
            self.erase_again(id, known.subject).await?;
        }
        match replay.commands.is_empty() {
            true => Ok(()),
            false => self.act(None, id, &Office::local_moment(), &replay.commands).await.map(|_| ()),
        }
    }

    /// In how many files the keyring lies.
    pub(crate) fn keyring_copies(&self) -> u32 {
        u32::try_from(self.config.keyring.files.len()).unwrap_or(u32::MAX)
    }
}

/// What an office says that could be brought to destroy what is held.
fn denied(id: ThingId, hold: HoldId) -> Error {
    Error::of(format_args!(
        "{id}: its events say that it is destroyed, and in the keyring it is kept and held ({hold})"
    ))
    .hint("nothing was done: find out whether events or keyring are not what they were, and bring the right ones back")
    .with_code(crate::codes::REFUSED)
}

/// Whether what the keyring knows of a thing is not plainly what its row says.
fn differs(entry: &Entry, row: Option<&things::Row>, standing: Option<&Vec<[u8; 16]>>) -> bool {
    let Some(row) = row else { return true };
    let mut held: Vec<String> = standing.into_iter().flatten().map(|hold| HoldId(*hold).to_string()).collect();
    held.sort_unstable();
    let is_alike = match entry.state {
        State::Kept { .. } => row.phase == things::phase(Phase::Kept) && row.holds == held.join(" "),
        State::Erased { certificate, .. } => certificate.is_some() && row.phase == things::phase(Phase::Destroyed),
        State::Pending => false,
    };
    !is_alike
}
