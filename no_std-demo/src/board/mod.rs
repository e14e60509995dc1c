//! What a board has to offer: text out, an exit, a count of instructions, where its stack lies.

#[cfg(target_arch = "arm")]
mod stm32f405;
#[cfg(target_arch = "riscv32")]
mod virt;

#[cfg(target_arch = "arm")]
pub use stm32f405::*;
#[cfg(target_arch = "riscv32")]
pub use virt::*;

/// Prints a line.
macro_rules! println {
    ($($args:tt)*) => { $crate::board::print(core::format_args!("{}\n", core::format_args!($($args)*))) };
}
pub(crate) use println;

/// Prints a figure with what it is, as `cargo xtask boards` reads it.
pub fn measured(value: u64, what: core::fmt::Arguments<'_>) {
    println!("measured: {value} {what}");
}
