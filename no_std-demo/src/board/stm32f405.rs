//! Cortex-M4F: an STM32F405, which QEMU has as `netduinoplus2`.

use core::fmt::{Arguments, Write};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::{entry, exception};
use cortex_m_semihosting::{debug, hio};

#[entry]
fn main() -> ! {
    if let Some(mut peripherals) = cortex_m::Peripherals::take() {
        peripherals.SYST.set_clock_source(SystClkSource::Core);
        peripherals.SYST.set_reload(RELOAD);
        peripherals.SYST.clear_current();
        peripherals.SYST.enable_interrupt();
        peripherals.SYST.enable_counter();
    }
    crate::run()
}

const RELOAD: u32 = 0x00FF_FFFF;

/// How often the timer has begun anew.
static ROUNDS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    ROUNDS.store(ROUNDS.load(Relaxed) + 1, Relaxed);
}

/// Writes text to the debugger.
pub fn print(text: Arguments<'_>) {
    if let Ok(mut out) = hio::hstdout() {
        // A debugger that does not listen is no reason to stop.
        let _ = out.write_fmt(text);
    }
}

/// Ends the emulator with a verdict.
pub fn exit(passed: bool) -> ! {
    debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

/// Instructions since the start, by the SysTick timer: with `-icount shift=0` an instruction takes a
/// nanosecond, and the timer's clock has 168 MHz.
pub fn instructions() -> u64 {
    loop {
        let (rounds, left) = (ROUNDS.load(Relaxed), SYST::get_current());
        // Not between the end of a round and its interrupt.
        if ROUNDS.load(Relaxed) == rounds {
            return (u64::from(rounds) * u64::from(RELOAD + 1) + u64::from(RELOAD - left)) * 1000 / 168;
        }
    }
}

/// Where the stack may reach, and where it begins.
pub fn stack_bounds() -> (usize, usize) {
    unsafe extern "C" {
        static __sheap: u32;
        static _stack_start: u32;
    }
    (&raw const __sheap as usize, &raw const _stack_start as usize)
}
