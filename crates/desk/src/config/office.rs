//! What an office is told about itself: `office.toml` in its folder.
//!
//! Not what is done with it, nor how its places lie to each other (`places.rs`). Invariants: an unknown key is an error; paths are from the folder
//! that the file lies in; what stands above a field is what `counterpartd configuration` says of its key; keyring and keys never lie in that folder, which is what backups carry away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rules::Jurisdiction;
use schemars::JsonSchema;
use seal::certificate::{CLOCKS_APART_S, is_words};
use serde::{Deserialize, Serialize};

use super::mail::MailConfig;
use super::sites::{self, SiteConfig};
use super::{places, span};
use crate::db::place::{has_password, is_server};
use crate::error::{Error, Result};
use crate::files;

/// The furthest that clocks may be apart which are said to agree: a certificate's moments may come from either end.
const TOLERANCE_MAX: Duration = Duration::from_secs(CLOCKS_APART_S / 2);

/// The file's name.
pub(crate) const FILE: &str = "office.toml";

/// The settings of one office.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[schemars(title = "office.toml")]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficeConfig {
    /// What the office is called, as certificates have it: 1 to 200 bytes, no blanks at the ends and nothing invisible. The keyring is bound to it: do not change it.
    pub(crate) name: String,
    /// Where the office is, as certificates have it; written as `name`.
    pub(crate) place: String,
    /// Whose rules apply where a thing does not say: `england-and-wales`, `scotland` or `northern-ireland`.
    pub(crate) jurisdiction: String,
    /// Whether nothing in the office is real, as `counterpartd demonstration make` writes it. Its events say it too, and with one of the two alone it is not opened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) demonstration: bool,
    /// Where the events are, if not in `events.sqlite` in the office's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<EventsConfig>,
    /// Where ciphertext lies.
    pub(crate) objects: ObjectsConfig,
    /// Where keys lie: `key` or `token`, one of the two.
    pub(crate) keyring: KeyringConfig,
    /// The log that events are committed to. Without one no certificate is ever "in the log".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<LogConfig>,
    /// Whose clocks count beside this machine's.
    #[serde(default)]
    pub(crate) clock: ClockConfig,
    /// One for each folder where recorders leave journals and copies: each is searched at a destruction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sweep: Vec<SweepConfig>,
    /// Which rules apply.
    #[serde(default)]
    pub(crate) rules: RulesConfig,
    /// Where mail goes. Without it no person of a case can sign in ([access.md](access.md#people-whose-cases-are-here)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mail: Option<MailConfig>,
    /// One for each office where meetings are held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) offices: Vec<SiteConfig>,
}

/// A database that the events are in.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsConfig {
    /// `postgres://USER@HOST/DATABASE` ([Events on PostgreSQL](vault.md#events-on-postgresql)).
    pub(crate) database: String,
}

/// Where ciphertext lies.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectsConfig {
    /// The store: a folder, or `s3://BUCKET/PREFIX`. **One store belongs to one office**; it is marked, and another office is refused ([Whose a store is](vault.md#whose-a-store-is)).
    pub(crate) at: String,
    /// A second store. Everything is written to both; what is rotten in one is repaired from the other, and so is what is one file with a name in both (a hard link). Refused where it is the first by another name, or lies in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) second: Option<String>,
}

/// Where keys lie.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyringConfig {
    /// One file or two, outside the office's folder and its stores, best on two disks. Erasing a key needs all of them.
    pub(crate) files: Vec<PathBuf>,
    /// The office key behind a passphrase, an age file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<PathBuf>,
    /// In its place, a key that never leaves its PKCS#11 token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<TokenConfig>,
}

/// A PKCS#11 token.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenConfig {
    /// The PKCS#11 module of the token's maker.
    pub(crate) module: PathBuf,
    /// The token's label.
    pub(crate) token: String,
    /// The key's label in it.
    pub(crate) key: String,
}

/// The log that events are committed to.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// The log's address.
    pub(crate) url: String,
    /// The file with a token for it.
    pub(crate) token: PathBuf,
    /// The policy that says whom to trust.
    pub(crate) policy: PathBuf,
}

/// Whose clocks count beside this machine's.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClockConfig {
    /// Names of witnesses of the log's policy **that run on other machines**; nothing checks that they do.
    pub(crate) witnesses: Vec<String>,
    /// Time-stamp authorities; their certificates stand in the log's policy, or in the one named here.
    pub(crate) timestamp: Vec<String>,
    /// A policy with `authority` lines, where there is no log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<PathBuf>,
    /// How far two clocks may be apart, and no more than five minutes: readers of certificates count on it.
    pub(crate) tolerance: String,
}

impl Default for ClockConfig {
    fn default() -> ClockConfig {
        ClockConfig { witnesses: Vec::new(), timestamp: Vec::new(), policy: None, tolerance: "5m".to_owned() }
    }
}

/// A place where recorders leave journals and copies, searched at each destruction.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SweepConfig {
    /// What it is called on certificates.
    pub(crate) name: String,
    /// The folder. One that is not there stops a destruction. Refused: the office's folder, a store, a home folder, the keyring's, or anything that has one of them in it.
    pub(crate) folder: PathBuf,
}

/// Packs of rules beside those that come with the program.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RulesConfig {
    /// Packs beside those that come with the program ([rules.md](rules.md)).
    pub(crate) packs: Vec<PathBuf>,
}

impl OfficeConfig {
    /// Reads the office's file.
    pub(crate) fn read(office: &Path) -> Result<OfficeConfig> {
        let path = office.join(FILE);
        if matches!(path.try_exists(), Ok(false)) {
            return Err(Error::of(format_args!("{}: no office here", office.display()))
                .hint("name the folder that \"counterpartd vault init\" made, with --office"));
        }
        let text = files::read_file(&path)?;
        let mut config: OfficeConfig = toml::from_str(&text).map_err(|err| {
            let line = err.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Error::of(format_args!("{}: line {line}: {}", path.display(), err.message().replace('\n', " ")))
                .hint("the lines of an office's file are described in docs/configuration.md; \"counterpartd configuration\" prints it")
        })?;
        config.check(&path)?;
        config.root_at(office);
        config.are_apart(office)?;
        Ok(config)
    }

    /// Whether a file names a token, and so code to run. One that cannot be read names nothing.
    pub(crate) fn names_token(text: &str) -> bool {
        toml::from_str::<OfficeConfig>(text).is_ok_and(|config| config.keyring.token.is_some())
    }

    /// That the places it names are apart where they must be, for an office in that folder.
    pub(crate) fn check_places(&self, office: &Path) -> Result<()> {
        let mut rooted = self.clone();
        rooted.root_at(office);
        rooted.are_apart(office)
    }

    /// The same of whole paths: a folder that was named from where one stands is put before them once.
    fn are_apart(&self, office: &Path) -> Result<()> {
        places::check(self, office)
            .map_err(|(what, hint)| Error::of(format_args!("{}: {what}", office.join(FILE).display())).hint(hint))
    }

    /// That what is to be made would not lie in what it is to outlive, or where it opens what is kept.
    pub(crate) fn check_outside(&self, office: &Path, to: &Path) -> Result<()> {
        places::outside(self, office, to).map_err(|(what, hint)| Error::of(what).hint(hint))
    }

    /// What is wrong with it, whoever wrote it.
    pub(crate) fn check(&self, path: &Path) -> Result<()> {
        let wrong = |what: &str, hint: &str| Err(Error::of(format_args!("{}: {what}", path.display())).hint(hint));
        // By the certificate's own rule: what does not fit would be noticed when something is gone.
        let hint =
            "it stands on certificates: no blanks at its ends, no control characters, nothing that cannot be seen";
        if !is_words(&self.name) {
            return wrong("name: an office has a name of 1 to 200 bytes in one line", hint);
        }
        if !is_words(&self.place) {
            return wrong("place: an office is somewhere, in 1 to 200 bytes and one line", hint);
        }
        if self.jurisdiction.parse::<Jurisdiction>().is_err() {
            return wrong(
                "jurisdiction: not one that rules know",
                "england-and-wales, scotland or northern-ireland (docs/rules.md)",
            );
        }
        if let Some(events) = &self.events {
            if !is_server(&events.database) {
                return wrong(
                    "events.database: no PostgreSQL",
                    "postgres://USER@HOST/DATABASE; without it events are in a file",
                );
            }
            if has_password(&events.database) {
                return wrong(
                    "events.database: it has a password, and backups carry this file away",
                    "take it out of there: it belongs in PGPASSWORD or ~/.pgpass",
                );
            }
        }
        if self.keyring.files.is_empty() || self.keyring.files.len() > 2 {
            return wrong("keyring.files: one file or two", "two, on different disks, survive the loss of one");
        }
        if self.keyring.key.is_some() == self.keyring.token.is_some() {
            return wrong("keyring: either a key file or a token", "write keyring.key or [keyring.token], not both");
        }
        if let Some((what, hint)) = sites::fault(&self.offices) {
            return wrong(&what, hint);
        }
        if self.sweep.iter().any(|sweep| sweep.name.parse::<casework::Name>().is_err()) {
            return wrong("sweep.name: not a name", "1 to 64 of a-z, 0-9, `.`, `-`, `_` and `@`");
        }
        match span::parse(&self.clock.tolerance) {
            Err(err) => wrong(&format!("clock.tolerance: {err}"), "5m is a good one"),
            Ok(tolerance) if tolerance > TOLERANCE_MAX => wrong(
                "clock.tolerance: at most 5m",
                "readers of a certificate allow no more; put clocks right that are further apart",
            ),
            Ok(_) => Ok(()),
        }
    }

    /// How far two clocks may be apart.
    pub(crate) fn tolerance(&self) -> Duration {
        span::parse(&self.clock.tolerance).unwrap_or(TOLERANCE_MAX)
    }

    /// Whose rules apply.
    pub(crate) fn jurisdiction(&self) -> Result<Jurisdiction> {
        self.jurisdiction.parse().map_err(|_| {
            Error::of("jurisdiction: not one that rules know").hint("england-and-wales, scotland or northern-ireland")
        })
    }

    /// Paths from the office's folder become whole ones.
    pub(crate) fn root_at(&mut self, office: &Path) {
        let root = |path: &mut PathBuf| *path = office.join(&*path);
        self.keyring.files.iter_mut().for_each(root);
        self.keyring.key.iter_mut().for_each(root);
        self.keyring.token.iter_mut().for_each(|token| root(&mut token.module));
        self.log.iter_mut().for_each(|log| [&mut log.token, &mut log.policy].into_iter().for_each(root));
        self.clock.policy.iter_mut().for_each(root);
        self.sweep.iter_mut().for_each(|sweep| root(&mut sweep.folder));
        self.rules.packs.iter_mut().for_each(root);
        self.mail.iter_mut().for_each(|mail| root(&mut mail.folder));
        let rooms = self.offices.iter_mut().flat_map(|site| &mut site.rooms);
        rooms.filter_map(|room| room.recorder.as_mut()).for_each(|recorder| recorder.root_at(office));
        for at in [Some(&mut self.objects.at), self.objects.second.as_mut()].into_iter().flatten() {
            if !at.starts_with("s3://") {
                *at = office.join(&*at).to_string_lossy().into_owned();
            }
        }
    }
}
