//! A pin and a delay with the traits of `embedded-hal`, for a board that is emulated: the pin prints,
//! and time is what was waited for.

use crate::board::println;
use core::cell::RefCell;
use core::convert::Infallible;
use critical_section::Mutex;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType, OutputPin};

/// What happened so far: hardware outlives whoever uses it, so this does too.
static RECORD: Mutex<RefCell<Record>> = Mutex::new(RefCell::new(Record::new()));

/// For how long a pin was on, and off after that.
#[derive(Clone)]
pub struct Record {
    /// Milliseconds.
    now: u32,
    is_high: bool,
    intervals: [(u32, u32); 16],
    count: usize,
}

impl Record {
    const fn new() -> Self {
        Self { now: 0, is_high: false, intervals: [(0, 0); 16], count: 0 }
    }

    /// On and off, in milliseconds.
    pub fn intervals(&self) -> &[(u32, u32)] {
        self.intervals.get(..self.count).unwrap_or_default()
    }

    fn set(&mut self, is_high: bool) {
        println!("  {:>5} ms: pin {}", self.now, if is_high { "on" } else { "off" });
        self.is_high = is_high;
        self.count += usize::from(is_high);
    }

    fn wait(&mut self, ms: u32) {
        self.now += ms;
        if let Some((on, off)) = self.count.checked_sub(1).and_then(|at| self.intervals.get_mut(at)) {
            *if self.is_high { on } else { off } += ms;
        }
    }
}

fn with<R>(action: impl FnOnce(&mut Record) -> R) -> R {
    critical_section::with(|section| action(&mut RECORD.borrow_ref_mut(section)))
}

/// Begins a record.
pub fn reset() {
    with(|record| *record = Record::new());
}

/// What happened since.
pub fn record() -> Record {
    with(|record| record.clone())
}

/// The pin.
pub struct Led;

impl ErrorType for Led {
    type Error = Infallible;
}

impl OutputPin for Led {
    fn set_low(&mut self) -> Result<(), Infallible> {
        with(|record| record.set(false));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        with(|record| record.set(true));
        Ok(())
    }
}

/// The delay.
pub struct Delay;

impl DelayNs for Delay {
    fn delay_ns(&mut self, ns: u32) {
        with(|record| record.wait(ns / 1_000_000));
    }

    fn delay_ms(&mut self, ms: u32) {
        with(|record| record.wait(ms));
    }
}
