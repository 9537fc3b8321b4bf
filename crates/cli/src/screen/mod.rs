//! The live screen of a recording: calm, readable from two metres, and driven by single keys.
//!
//! Not the recording, and no decision about it. Invariants: nothing is told by colour alone; the terminal is given back on every way
//! out but a kill; the thread that draws holds up nothing but itself.

mod draw;
pub(crate) mod driver;
mod keys;
mod large;
pub(crate) mod model;
mod terminal;

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event};

use crate::bell::Bell;
use crate::watcher::{News, Shared};
use crate::{lines, out};
use driver::Driver;
use keys::Keys;
use model::Model;
use terminal::Terminal;

/// How long a key or a piece of news may wait.
const TURN: Duration = Duration::from_millis(50);

/// Shows a recording until it ends; then, or where the terminal cannot be drawn on, lines.
pub(crate) fn show(heard: &Receiver<News>, shared: &Shared, can_skip: bool, mut bell: Bell) {
    let handles = loop {
        match heard.recv() {
            Ok(News::Started(handles)) => break handles,
            Ok(News::Clear(done)) => drop(done.try_send(())),
            Ok(News::Alarm(alarm)) => out::notice(&format!("ALARM: {}", lines::shown(&alarm))),
            Ok(_) => {}
            Err(_) => return,
        }
    };
    let Ok(terminal) = Terminal::enter() else {
        return lines::show(heard, shared, "", bell);
    };
    let mut screen = Screen { terminal, model: Model::default(), driver: Driver::default(), keys: Keys::new(can_skip) };
    screen.driver.take(handles);
    let done = screen.run(heard, shared, &mut bell);
    let told = std::mem::take(&mut screen.model).into_told();
    drop(screen);
    told.iter().for_each(|line| out::notice(line));
    if let Some(done) = done {
        // Whoever asked may have gone on.
        let _ = done.try_send(());
        lines::show(heard, shared, "", bell);
    }
}

struct Screen {
    terminal: Terminal,
    model: Model,
    driver: Driver,
    keys: Keys,
}

impl Screen {
    /// Runs until the recording has ended; then whom to tell.
    fn run(
        &mut self,
        heard: &Receiver<News>,
        shared: &Shared,
        bell: &mut Bell,
    ) -> Option<std::sync::mpsc::SyncSender<()>> {
        loop {
            self.terminal.draw(|frame| draw::draw(frame, &self.model, &self.keys));
            // News come ten times a second; keys are looked at in between.
            match heard.recv_timeout(TURN) {
                Ok(News::Clear(done)) => return Some(done),
                Ok(news) => self.take(&news, shared, bell),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
            while let Ok(news) = heard.try_recv() {
                match news {
                    News::Clear(done) => return Some(done),
                    news => self.take(&news, shared, bell),
                }
            }
            self.driver.answers().for_each(|answer| self.model.say(answer));
            self.take_keys();
        }
    }

    fn take(&mut self, news: &News, shared: &Shared, bell: &mut Bell) {
        let untold = shared.took(news);
        match news {
            News::Alarm(alarm) => bell.ring(alarm),
            News::Cleared(alarm) => bell.clear(alarm),
            News::Progress(_) => bell.remind(),
            _ => {}
        }
        self.model.take(news);
        if untold > 0 {
            self.model.say(lines::untold_words(untold));
        }
    }

    fn take_keys(&mut self) {
        // A terminal that cannot be read any more has no keys; the recording goes on.
        while event::poll(Duration::ZERO).unwrap_or(false) {
            let Ok(Event::Key(key)) = event::read() else { continue };
            if let Some(wish) = self.keys.press(key, self.model.is_paused()) {
                if wish.ends() {
                    self.model.finishing();
                }
                self.driver.wish(wish);
            }
        }
    }
}
