//! How values cross: everything that knows how they lie in linear memory or in flat parameters
//! (`CanonicalABI.md`, Loading; Storing; Flat Lifting; Flat Lowering).

#[cfg(feature = "component-async")]
pub mod async_any;
#[cfg(feature = "component-async")]
pub mod async_value;
pub mod context;
pub mod handle;
pub mod lift_flat;
pub mod load;
pub mod lower_flat;
pub mod resource;
pub mod step;
pub mod store;
pub mod string;
pub mod transfer;
pub mod typed;
pub mod val;
