//! The public face, thin: Wasmtime's names and order of arguments.

#[cfg(feature = "gc")]
mod aggregate;
#[cfg(feature = "component")]
pub mod component;
mod engine;
#[cfg(feature = "exceptions")]
mod exception;
mod func;
mod gc;
mod global;
mod host;
mod instance;
mod linker;
mod memory;
mod module;
mod reference;
mod rooted;
mod run;
mod slots;
mod store;
mod table;
mod tag;
mod typed;
mod val;

#[cfg(feature = "gc")]
pub use aggregate::{ArrayRefPre, ArrayType, StructRefPre, StructType};
pub use engine::{Config, Engine};
pub use func::{Func, FuncType, PausedCall};
pub use gc::{AnyRef, ArrayRef, EqRef, ExnRef, ExternRef, I31, StructRef};
pub use global::Global;
pub use host::Caller;
pub use instance::{Export, Extern, Instance};
pub use linker::Linker;
pub use memory::Memory;
pub use module::{ExportType, ImportType, Module};
pub use reference::Ref;
pub use rooted::{GcRef, RootScope, Rooted};
pub use run::Progress;
pub use store::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut};
pub use table::Table;
pub use tag::{Tag, TagType};
pub use typed::{IntoFunc, TypedFunc, WasmList, WasmRet, WasmTy};
pub use val::Val;
