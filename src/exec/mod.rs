//! Runs judged core code and instantiates core modules; returns a [`Stop`], never calls upward.

mod activation;
mod backtrace;
mod const_expr;
#[cfg(crossings)]
pub mod crossing;
mod dispatch;
#[cfg(crossings)]
mod entry;
mod frame;
mod halt;
pub mod instantiate;
mod layout;
mod link;
pub mod machine;
pub mod num;
mod ops;
mod registers;
mod segment;
pub mod slot;
pub mod stop;
#[cfg(feature = "exceptions")]
mod throw;

pub use instantiate::{Instantiated, instantiate};
pub use machine::{Depth, Machine, NestedCall, OnCall};
pub use slot::Slot;
pub use stop::Stop;

#[cfg(test)]
mod tests;
