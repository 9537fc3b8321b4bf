//! How often anybody may try: counted in the database, before the try, so that it holds over processes and for tries side by side.
//!
//! Not how long to wait (`casework::access`). Invariants: names and addresses are counted in a fixed number of places, found by a secret of the
//! office, so that nobody fills a table nor aims at another's place; who shows a key of the account is counted apart from those who do not.

use std::net::IpAddr;

use casework::access::{self, Counted};

use crate::db::Tx;
use crate::db::access as rows;
use crate::error::Result;
use crate::office::Office;

/// How many places each kind has.
const PLACES: u64 = 1 << 16;

/// Where failures are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    counted: Counted,
    place: i64,
}

impl Place {
    fn of(office: &Office, counted: Counted, whose: &[u8]) -> Place {
        let text = [b"counterpart/access-place/v1\n", counted.as_str().as_bytes(), b"\n", whose].concat();
        let tag = office.tag(&text);
        let first = tag.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Place { counted, place: i64::try_from(first % PLACES).unwrap_or(0) }
    }

    /// Of an address. Whoever has one of IPv6 has 2^64 of them.
    pub(crate) fn of_address(office: &Office, address: IpAddr) -> Place {
        Place::of(office, Counted::Address, &of(address))
    }

    /// Of an address that asks for mail.
    pub(crate) fn of_asker(office: &Office, address: IpAddr) -> Place {
        Place::of(office, Counted::Asker, &of(address))
    }

    /// Of whoever shows that mail reaches them there, and types a code that begins so.
    pub(crate) fn of_code(office: &Office, contact: &[u8], place: &str) -> Place {
        Place::of(office, Counted::Code, &[contact, place.as_bytes()].concat())
    }

    /// Of a name that somebody typed.
    pub(crate) fn of_name(office: &Office, name: &str) -> Place {
        Place::of(office, Counted::Named, name.as_bytes())
    }

    /// Of whoever shows a key of that account.
    pub(crate) fn of_holder(office: &Office, account: &str) -> Place {
        Place::of(office, Counted::Holder, account.as_bytes())
    }
}

fn of(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets()[..8].to_vec(),
    }
}

async fn known(office: &Office, at: &mut Tx, place: Place) -> Result<(u32, i64)> {
    let found = rows::failures(&office.db, at, place.counted.as_str(), place.place).await?;
    Ok(found.map_or((0, i64::MIN), |(failures, newest)| (u32::try_from(failures).unwrap_or(u32::MAX), newest)))
}

/// Counts a try as a failure until it is known to be none; or how long to wait, microseconds, and then nothing was counted.
pub(crate) async fn begin(office: &Office, place: Place, now_us: i64) -> Result<std::result::Result<(), i64>> {
    let mut at = office.db.begin().await?;
    let (failures, newest) = known(office, &mut at, place).await?;
    if let Some(wait) = access::still_to_wait(place.counted, failures, newest, now_us) {
        return Ok(Err(wait));
    }
    let failures = i64::from(access::one_more(failures, newest, now_us));
    rows::set_failures(&office.db, &mut at, (place.counted.as_str(), place.place), failures, now_us).await?;
    at.commit().await.map_err(|err| office.db.failed(&err))?;
    Ok(Ok(()))
}

/// It was none. Of an address one try is taken back, so that who knows one password does not try others for nothing; the others begin anew.
pub(crate) async fn succeeded(office: &Office, at: &mut Tx, place: Place) -> Result<()> {
    let (failures, newest) = known(office, at, place).await?;
    let is_shared = matches!(place.counted, Counted::Address | Counted::Asker);
    let left = if is_shared { failures.saturating_sub(1) } else { 0 };
    rows::set_failures(&office.db, at, (place.counted.as_str(), place.place), i64::from(left), newest).await
}
