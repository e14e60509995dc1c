//! RV32IMAC: QEMU's `virt` machine.

use core::fmt::{Arguments, Write};
use riscv_rt::entry;

const UART: *mut u8 = 0x1000_0000 as *mut u8;
const EXIT: *mut u32 = 0x0010_0000 as *mut u32;
const PASS: u32 = 0x5555;
const FAIL: u32 = 0x13333;

#[entry]
fn main() -> ! {
    crate::run()
}

struct Uart;

impl Write for Uart {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            // SAFETY: the data register of the machine's UART, which takes any byte at any time.
            unsafe { UART.write_volatile(byte) };
        }
        Ok(())
    }
}

/// Writes text to the serial line.
pub fn print(text: Arguments<'_>) {
    // The line never refuses.
    let _ = Uart.write_fmt(text);
}

/// Ends the emulator with a verdict.
pub fn exit(passed: bool) -> ! {
    // SAFETY: the register of the machine's test device.
    unsafe { EXIT.write_volatile(if passed { PASS } else { FAIL }) };
    loop {
        riscv::asm::wfi();
    }
}

/// Instructions since the start, by the hart's own counter; exact with `-icount shift=0`.
pub fn instructions() -> u64 {
    riscv::register::minstret::read64()
}

/// Where the stack may reach, and where it begins.
pub fn stack_bounds() -> (usize, usize) {
    unsafe extern "C" {
        static __sheap: u32;
        static _stack_start: u32;
    }
    (&raw const __sheap as usize, &raw const _stack_start as usize)
}
