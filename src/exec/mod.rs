//! Runs judged core code and instantiates core modules; returns a [`Stop`], never calls upward.

mod backtrace;
pub mod const_expr;
mod dispatch;
mod frame;
pub mod instantiate;
pub mod machine;
pub mod num;
mod ops;
pub mod slot;
pub mod stop;
#[cfg(test)]
mod tests;
mod vm;

pub use instantiate::{Instantiated, instantiate};
pub use machine::{Depth, Machine, NestedCall, OnCall};
pub use slot::Slot;
pub use stop::Stop;
