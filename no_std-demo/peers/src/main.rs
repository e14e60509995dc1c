//! One kernel on one engine: how many instructions an iteration takes, and how much RAM there is beyond the
//! guest's page.
#![no_std]
#![no_main]

extern crate alloc;

#[path = "../../src/heap.rs"]
#[allow(dead_code)]
mod heap;

#[cfg_attr(feature = "windlass-core", path = "engine/windlass.rs")]
#[cfg_attr(feature = "windlass-component", path = "engine/component.rs")]
#[cfg_attr(feature = "wasefire", path = "engine/wasefire.rs")]
#[cfg_attr(feature = "wasmi", path = "engine/wasmi.rs")]
#[cfg_attr(feature = "baseline", path = "engine/none.rs")]
mod engine;

use core::fmt::Write;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::{entry, exception};
use cortex_m_semihosting::{debug, hio};

/// The one page of the kernel's memory.
const PAGE: usize = 65_536;

/// What eight iterations of the kernel give.
const EXPECTED: i32 = 8899;

/// What the timer counts down from.
const RELOAD: u32 = 0x00FF_FFFF;

/// How often the timer started anew.
static WRAPS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    // Nothing else writes: load and store need not be one step.
    WRAPS.store(WRAPS.load(Relaxed) + 1, Relaxed);
}

/// Instructions since the start: with `-icount shift=0` one takes a nanosecond, and the timer's clock has 168 MHz.
fn instructions() -> u64 {
    let ticks = u64::from(WRAPS.load(Relaxed)) * u64::from(RELOAD + 1) + u64::from(RELOAD - SYST::get_current());
    ticks * 1000 / 168
}

#[entry]
fn main() -> ! {
    if let Some(mut peripherals) = cortex_m::Peripherals::take() {
        peripherals.SYST.set_clock_source(SystClkSource::Core);
        peripherals.SYST.set_reload(RELOAD);
        peripherals.SYST.clear_current();
        peripherals.SYST.enable_interrupt();
        peripherals.SYST.enable_counter();
    }
    heap::init();
    let passed = engine::run(|kernel| {
        let start = instructions();
        let one = kernel(1);
        let between = instructions();
        let eight = kernel(8);
        let end = instructions();
        // The difference is seven iterations without the way in and out.
        print(format_args!("{}", (end - between).saturating_sub(between - start) / 7));
        one.is_some() && eight == Some(EXPECTED)
    });
    print(format_args!(" {}\n", heap::peak().saturating_sub(PAGE)));
    debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

fn print(text: core::fmt::Arguments<'_>) {
    if let Ok(mut out) = hio::hstdout() {
        // A debugger that does not listen is no reason to stop.
        let _ = out.write_fmt(text);
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    print(format_args!("panic: {info}\n"));
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}
