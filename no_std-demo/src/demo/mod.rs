//! What the firmware shows: one demo an image, chosen by a Cargo feature.

#[cfg(feature = "baseline")]
mod baseline;
#[cfg(feature = "chaos")]
mod chaos;
#[cfg(feature = "core-only")]
mod core_only;
#[cfg(feature = "greeter")]
mod greeter;

#[cfg(feature = "baseline")]
pub use baseline::run;
#[cfg(feature = "chaos")]
pub use chaos::run;
#[cfg(feature = "core-only")]
pub use core_only::run;
#[cfg(feature = "greeter")]
pub use greeter::run;
