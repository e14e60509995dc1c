//! What happens, as text.

pub mod trace;
pub mod wave;
