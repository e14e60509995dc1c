//! What the firmware shows: one demo an image, chosen by a Cargo feature.

#[cfg(feature = "baseline")]
mod baseline;
#[cfg(feature = "blinky")]
mod blinky;
#[cfg(feature = "chaos")]
mod chaos;
#[cfg(feature = "core-only")]
mod core_only;
#[cfg(feature = "costs")]
mod costs;
#[cfg(any(feature = "greeter", feature = "small"))]
mod greeter;
#[cfg(feature = "small")]
mod small;
#[cfg(feature = "suite")]
mod suite;
#[cfg(feature = "two-tasks")]
mod two_tasks;

#[cfg(feature = "baseline")]
pub use baseline::run;
#[cfg(feature = "blinky")]
pub use blinky::run;
#[cfg(feature = "chaos")]
pub use chaos::run;
#[cfg(feature = "core-only")]
pub use core_only::run;
#[cfg(feature = "costs")]
pub use costs::run;
#[cfg(feature = "greeter")]
pub use greeter::run;
#[cfg(feature = "small")]
pub use small::run;
#[cfg(feature = "suite")]
pub use suite::run;
#[cfg(feature = "two-tasks")]
pub use two_tasks::run;
