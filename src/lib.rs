//! Windlass: a WebAssembly engine for components.
//!
//! A `no_std` decoder, validator and in-place interpreter. See `docs/architecture.md` for a map.
#![no_std]
#![cfg_attr(not(feature = "fast"), forbid(unsafe_code))]
#![cfg_attr(feature = "fast", deny(unsafe_code))]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod api;
pub mod binary;
#[cfg(feature = "component")]
pub mod component {
    //! The Component Model at run time: instances, handles, and the Canonical ABI between them;
    //! with the public face of it all, which lies in `api`.
    //!
    //! The machine below stops where core code leaves itself; `boundary` says what that means and
    //! what runs next. The host's functions and values come in from above.

    pub mod abi;
    pub mod boundary;
    pub mod canon;
    pub mod flow;
    pub mod host_call;
    #[cfg(feature = "component-async")]
    pub mod host_end;
    pub mod instantiate;
    pub mod link;
    pub mod linking;
    #[cfg(feature = "text")]
    pub mod observe;
    #[cfg(feature = "component-async")]
    pub mod run;
    pub mod scratch;
    pub mod state;
    #[cfg(feature = "component-async")]
    pub mod waiting;

    #[doc(inline)]
    pub use crate::api::component::*;
}
pub mod error;
pub mod exec;
pub mod image;
pub mod store;
pub mod support;
pub mod syntax;
#[cfg(feature = "text")]
pub mod text;
pub mod types;
pub mod validate;

pub use api::*;
pub use error::{Error, ErrorKind, Result, Trap};
pub use store::Dispatch;
pub use support::{Limit, Limits};
pub use syntax::Features;
