//! One-time links: whoever has one may set up the account that it is for, once, within a day.
//!
//! Not what is set up (`credentials.rs`). Invariants: only the hash of a link is stored; a new link for an account takes the place of one that was not
//! used; a link alone gives no role: an account counts once two others have enrolled and confirmed it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use casework::access::{What, link_holds};
use casework::{Account, Digest, Person, Role};
use zeroize::Zeroizing;

use super::fresh_secret;
use super::sealing::{Purpose, name_of, seal, shared};
use crate::clock::local_us;
use crate::codes;
use crate::db::Tx;
use crate::db::access::{self as rows, LinkRow};
use crate::error::{Error, Result};
use crate::office::{Actor, Office};

/// For whom a link is.
#[derive(Default)]
pub(crate) struct Whose<'a> {
    /// The account; whoever sets the office up chooses one.
    pub(crate) account: Option<&'a Account>,
    /// Whose it is to be.
    pub(crate) person: Option<&'a Person>,
    /// The key that the account has already, brought by its person.
    pub(crate) key: Option<&'a [u8; 32]>,
}

/// A link that holds.
pub(crate) struct Link {
    pub(crate) name: [u8; 32],
    pub(crate) row: LinkRow,
    seal: Zeroizing<Vec<u8>>,
}

impl Link {
    /// The key that the account had before.
    pub(crate) fn key(&self) -> Option<Zeroizing<[u8; 32]>> {
        let account = self.row.account.as_deref()?;
        super::sealing::open(&self.seal, Purpose::Link, account, self.row.sealed.as_deref()?)
    }
}

/// Who makes one; nobody, where the program does when it starts.
#[derive(Default)]
pub(crate) struct Maker<'a> {
    pub(crate) actor: Option<&'a Actor>,
    /// Whether they are: others could not hold a signature of theirs against anything.
    pub(crate) is_enrolled: bool,
    pub(crate) is_administrator: bool,
}

impl Maker<'_> {
    fn account(&self) -> Option<&Account> {
        self.actor.map(|actor| &actor.account)
    }
}

/// Makes one; what it ends with.
pub(crate) async fn make(office: &Office, maker: &Maker<'_>, whose: &Whose<'_>) -> Result<Zeroizing<String>> {
    let (secret, account) = (fresh_secret()?, whose.account.map(Account::as_str));
    let sealed = match (whose.key, account) {
        (Some(key), Some(account)) => Some(seal(&shared(office, &secret, Purpose::Link), Purpose::Link, account, key)?),
        _ => None,
    };
    let mut row = LinkRow {
        name: name_of(&secret).to_vec(),
        account: account.map(str::to_owned),
        person: whose.person.map(ToString::to_string),
        made_by: maker.account().map(ToString::to_string),
        sealed,
        made_us: local_us(),
        used_us: None,
        tag: Vec::new(),
    };
    row.tag = office.tag(&row.bytes());
    let mut at = office.db.begin().await?;
    if let Some(actor) = maker.actor {
        office.is_in_still(&mut at, actor).await?;
        if maker.is_administrator && !office.has_role_still(&mut at, actor, Role::Administrator).await? {
            return Err(Error::of("you are no administrator any more")
                .hint("ask one to do it")
                .with_code(codes::REFUSED));
        }
    }
    if let Some(account) = account
        && rows::account(&office.db, &mut at, account).await?.is_some()
    {
        return Err(Error::of(format_args!("{account}: this account signs in already"))
            .hint("its person adds and removes keys; who lost both password and keys needs a new account")
            .with_code(crate::codes::REFUSED)
            .already_so());
    }
    may_take_back(office, &mut at, maker, whose.account).await?;
    rows::take_links_back(&office.db, &mut at, account).await?;
    rows::add_link(&office.db, &mut at, &row).await?;
    let (account, person, made_by) = (whose.account.cloned(), whose.person.cloned(), maker.account().cloned());
    let what = What::LinkMade { account, person, made_by, link: Digest(name_of(&secret)) };
    office.note_access(&mut at, maker.actor.filter(|_| maker.is_enrolled), what).await?;
    office.commit_access(at).await?;
    Ok(Zeroizing::new(BASE64.encode(&secret[..])))
}

/// A link that somebody else made, and that still holds, is taken back by them, by whoever it is for, or by an administrator.
async fn may_take_back(office: &Office, at: &mut Tx, maker: &Maker<'_>, account: Option<&Account>) -> Result<()> {
    let Some(account) = account.filter(|account| !maker.is_administrator && maker.account() != Some(*account)) else {
        return Ok(());
    };
    let (ways, now_us) = (office.ways_in(at).await?, local_us());
    let rows = rows::links_of(&office.db, at, Some(account.as_str())).await?;
    let made_by = maker.account().map(Account::as_str);
    let holds = |row: &LinkRow| office.is_link(&ways, row) && link_holds(row.made_us, false, now_us);
    match rows.iter().find(|row| holds(row) && row.made_by.as_deref() != made_by) {
        None => Ok(()),
        Some(_) => Err(Error::of(format_args!("{account}: somebody else made a link for this name"))
            .hint("ask them for it, or wait a day: then it holds no more")
            .with_code(crate::codes::REFUSED)),
    }
}

/// The link that ends so, if it holds.
pub(crate) async fn find(office: &Office, end: &str) -> Result<Option<Link>> {
    let secret = BASE64.decode(end).map(Zeroizing::new).ok().and_then(|bytes| <[u8; 32]>::try_from(&**bytes).ok());
    let Some(secret) = secret.map(Zeroizing::new) else { return Ok(None) };
    let name = name_of(&secret);
    let mut at = office.db.moment().await?;
    let (row, ways) = (rows::link(&office.db, &mut at, &name).await?, office.ways_in(&mut at).await?);
    drop(at);
    let row = row.filter(|row| office.is_link(&ways, row));
    let row = row.filter(|row| link_holds(row.made_us, row.used_us.is_some(), local_us()));
    let seal = shared(office, &secret, Purpose::Link);
    Ok(row.map(|row| Link { name, row, seal }))
}

/// At the start: a link for whoever sets the office up, while there are not two people who could confirm each other.
pub(crate) async fn first(office: &Office) -> Result<Option<Zeroizing<String>>> {
    if office.staff().await?.accounts().count() >= 2 {
        return Ok(None);
    }
    make(office, &Maker::default(), &Whose::default()).await.map(Some)
}
