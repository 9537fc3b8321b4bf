//! Every call of the store and the lock fails once, in each of four ways; after each the log is started again and checked.
//!
//! Not here: several faults at once (`simulation.rs`). After Sunlight's and Tessera's tests: an error or a death, with the effect
//! persisted or lost.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use ledger::{AppendError, Config, Log, Objects as _, Refused};
use support::world::{FAILURES, Fate, World};
use support::{check, entry, parts, world_of};

/// Three batches over the end of a tile, one duplicate; whatever is answered with success is a promise.
async fn live(world: &Arc<World>) -> Result<(), Refused> {
    let log = Log::open(Config::default(), parts(world)).await?;
    for numbers in [250..255, 255..260, 0..3, 260..263] {
        let appends = numbers.clone().map(|number| {
            let log = &log;
            async move { (number, tokio::time::timeout(Duration::from_secs(60), log.append(entry(number))).await) }
        });
        for (number, done) in futures_util::future::join_all(appends).await {
            match done {
                Ok(Ok(appended)) => {
                    assert!(appended.proof.is_for(&entry(number).leaf_hash()));
                    world.acknowledge(entry(number), appended.index);
                }
                Ok(Err(AppendError::Busy)) => panic!("nothing is busy here"),
                // Stopped, unknown, or never heard of again: no promise.
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }
    Ok(())
}

/// A life with one fault, then a life without.
async fn fault(call: u64, fate: Fate) -> bool {
    let world = world_of(250).await;
    world.plan(call, fate);
    // A start that dies never returns; one that fails has changed nothing that a second cannot repair.
    let lived = tokio::time::timeout(Duration::from_secs(600), live(&world)).await;
    let was_hit = world.calls.load(std::sync::atomic::Ordering::SeqCst) > call;
    if let Ok(Err(refused)) = lived {
        assert!(matches!(refused, Refused::Store(_) | Refused::Lock(_)), "call {call}, {fate:?}: {refused}");
    }
    world.heal();
    live(&world).await.unwrap_or_else(|refused| panic!("call {call}, {fate:?}: {refused} after the fault"));
    check::whole(&world);
    assert_eq!(world.acknowledged().len(), 263, "call {call}, {fate:?}: every entry has one index in the end");
    was_hit
}

#[tokio::test(start_paused = true)]
async fn every_call_fails_in_every_way() {
    for fate in FAILURES {
        let mut call = 0;
        while fault(call, fate).await {
            call += 1;
        }
        assert!(call > 30, "only {call} calls were made to fail");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_stopped_signs_no_more() {
    let world = world_of(10).await;
    let log = Log::open(Config::default(), parts(&world)).await.unwrap();
    // The next call looks at `pending`; the one after writes the staging object of the next batch.
    world.plan(1, Fate::ErrorLost);
    assert!(matches!(log.append(entry(10)).await, Err(AppendError::Unknown(_))));
    let calls = world.calls.load(std::sync::atomic::Ordering::SeqCst);
    assert!(matches!(log.append(entry(11)).await, Err(AppendError::Stopped(_))));
    assert!(log.stopped().await.what.contains("staging"));
    log.close().await;
    assert_eq!(world.calls.load(std::sync::atomic::Ordering::SeqCst), calls, "a stopped log touches nothing");
    check::whole(&world);
}

#[tokio::test(start_paused = true)]
async fn of_two_sequencers_one_stops() {
    let world = world_of(10).await;
    let (one, two) = (
        Log::open(Config::default(), parts(&world)).await.unwrap(),
        Log::open(Config::default(), parts(&world)).await.unwrap(),
    );
    world.acknowledge(entry(10), one.append(entry(10)).await.unwrap().index);
    let lost = two.append(entry(11)).await;
    assert!(
        matches!(&lost, Err(AppendError::Unknown(stopped)) if stopped.what.contains("another sequencer")),
        "{lost:?}"
    );
    world.acknowledge(entry(11), one.append(entry(11)).await.unwrap().index);
    one.close().await;
    check::whole(&world);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_is_busy_and_harms_nothing() {
    let world = world_of(0).await;
    let config = Config { in_flight_max: 20, ..Config::default() };
    let log = Log::open(config, parts(&world)).await.unwrap();
    let mut busy = 0;
    for (appended, number) in support::append(&log, 0..100).await.into_iter().zip(0..) {
        match appended {
            Ok(appended) => world.acknowledge(entry(number), appended.index),
            Err(AppendError::Busy) => busy += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((busy, world.acknowledged().len()), (80, 20));
    assert_eq!((log.status().counts.busy, log.status().in_flight), (80, 0));
    log.close().await;
    check::whole(&world);
}

#[tokio::test(start_paused = true)]
async fn what_has_become_full_leaves_nothing_partial_behind() {
    let world = world_of(0).await;
    let log = Log::open(Config::default(), parts(&world)).await.unwrap();
    for number in 0..300 {
        world.acknowledge(entry(number), log.append(entry(number)).await.unwrap().index);
    }
    log.close().await;
    let objects = world.objects.copy();
    let partial = |place: &str| objects.keys().filter(|path| path.starts_with(&format!("{place}.p/"))).count();
    assert_eq!((partial("tile/0/000"), partial("tile/entries/000")), (0, 0));
    assert_eq!((partial("tile/0/001"), partial("tile/entries/001")), (44, 44), "one for each size it had");
    check::whole(&world);
}

#[tokio::test(start_paused = true)]
async fn an_entry_whose_bundle_is_rotten_gets_no_second_index() {
    let world = world_of(300).await;
    let log = Log::open(Config::default(), parts(&world)).await.unwrap();
    let bundle = "tile/entries/000";
    let sound = world.objects.copy()[bundle].clone();
    let put = async |bytes: &[u8]| {
        world.objects.delete(bundle).await.unwrap();
        world.objects.create(bundle, bytes).await.unwrap();
    };
    // One bit of the commitment of entry 3: the tree still says which entry stands there.
    let mut rotten = sound.clone();
    rotten[3 * 36 + 20] ^= 1;
    put(&rotten).await;
    assert_eq!(log.append(entry(3)).await.unwrap().index, 3);
    assert_eq!(log.append(entry(4)).await.unwrap().index, 4);
    // No bundle any more.
    put(&sound[1..]).await;
    let told = log.append(entry(3)).await;
    assert!(matches!(&told, Err(AppendError::Damaged { index: 3, what }) if what.contains(bundle)), "{told:?}");
    put(&sound).await;
    assert_eq!(log.append(entry(300)).await.unwrap().index, 300);
    world.acknowledge(entry(300), 300);
    log.close().await;
    check::whole(&world);
}
