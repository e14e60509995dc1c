//! Canonical definitions, each once (`Binary.md`, Canonical Definitions).

use super::component_type::{ComponentFuncIdx, ComponentTypeIdx, ComponentValType, CoreTypeIdx};
use super::{Encoded, FuncIdx, MemIdx, TableIdx, ValType};

/// Hands all canonical definitions to the macro `$with`: byte, text name, identifier,
/// immediates, feature. The identifier is at once the variant of [`Canon`], the rule in
/// `validate::canon` and the function in `component::canon`.
macro_rules! for_each_canon { ($with:ident) => { $with! {
    0x00 "lift"                        lift                        (func: FuncIdx, opts: Opts<'a>, ty: ComponentTypeIdx) COMPONENT_MODEL;
    0x01 "lower"                       lower                       (func: ComponentFuncIdx, opts: Opts<'a>) COMPONENT_MODEL;
    0x02 "resource.new"                resource_new                (ty: ComponentTypeIdx) COMPONENT_MODEL;
    0x03 "resource.drop"               resource_drop               (ty: ComponentTypeIdx) COMPONENT_MODEL;
    0x04 "resource.rep"                resource_rep                (ty: ComponentTypeIdx) COMPONENT_MODEL;
    0x05 "task.cancel"                 task_cancel                 () CM_ASYNC;
    0x06 "subtask.cancel"              subtask_cancel              (is_async: bool) CM_ASYNC;
    0x09 "task.return"                 task_return                 (result: ResultList, opts: Opts<'a>) CM_ASYNC;
    0x0A "context.get"                 context_get                 (ty: ValType, index: u32) CM_ASYNC;
    0x0B "context.set"                 context_set                 (ty: ValType, index: u32) CM_ASYNC;
    0x0C "thread.yield"                thread_yield                (reserved: Reserved) CM_ASYNC;
    0x0D "subtask.drop"                subtask_drop                () CM_ASYNC;
    0x0E "stream.new"                  stream_new                  (ty: ComponentTypeIdx) CM_ASYNC;
    0x0F "stream.read"                 stream_read                 (ty: ComponentTypeIdx, opts: Opts<'a>) CM_ASYNC;
    0x10 "stream.write"                stream_write                (ty: ComponentTypeIdx, opts: Opts<'a>) CM_ASYNC;
    0x11 "stream.cancel-read"          stream_cancel_read          (ty: ComponentTypeIdx, is_async: bool) CM_ASYNC;
    0x12 "stream.cancel-write"         stream_cancel_write         (ty: ComponentTypeIdx, is_async: bool) CM_ASYNC;
    0x13 "stream.drop-readable"        stream_drop_readable        (ty: ComponentTypeIdx) CM_ASYNC;
    0x14 "stream.drop-writable"        stream_drop_writable        (ty: ComponentTypeIdx) CM_ASYNC;
    0x15 "future.new"                  future_new                  (ty: ComponentTypeIdx) CM_ASYNC;
    0x16 "future.read"                 future_read                 (ty: ComponentTypeIdx, opts: Opts<'a>) CM_ASYNC;
    0x17 "future.write"                future_write                (ty: ComponentTypeIdx, opts: Opts<'a>) CM_ASYNC;
    0x18 "future.cancel-read"          future_cancel_read          (ty: ComponentTypeIdx, is_async: bool) CM_ASYNC;
    0x19 "future.cancel-write"         future_cancel_write         (ty: ComponentTypeIdx, is_async: bool) CM_ASYNC;
    0x1A "future.drop-readable"        future_drop_readable        (ty: ComponentTypeIdx) CM_ASYNC;
    0x1B "future.drop-writable"        future_drop_writable        (ty: ComponentTypeIdx) CM_ASYNC;
    0x1C "error-context.new"           error_context_new           (opts: Opts<'a>) CM_ERROR_CONTEXT;
    0x1D "error-context.debug-message" error_context_debug_message (opts: Opts<'a>) CM_ERROR_CONTEXT;
    0x1E "error-context.drop"          error_context_drop          () CM_ERROR_CONTEXT;
    0x1F "waitable-set.new"            waitable_set_new            () CM_ASYNC;
    0x20 "waitable-set.wait"           waitable_set_wait           (reserved: Reserved, memory: MemIdx) CM_ASYNC;
    0x21 "waitable-set.poll"           waitable_set_poll           (reserved: Reserved, memory: MemIdx) CM_ASYNC;
    0x22 "waitable-set.drop"           waitable_set_drop           () CM_ASYNC;
    0x23 "waitable.join"               waitable_join               () CM_ASYNC;
    0x24 "backpressure.inc"            backpressure_inc            () CM_ASYNC;
    0x25 "backpressure.dec"            backpressure_dec            () CM_ASYNC;
    0x26 "thread.index"                thread_index                () CM_THREADING;
    0x27 "thread.new-indirect"         thread_new_indirect         (ty: CoreTypeIdx, table: TableIdx) CM_THREADING;
    0x28 "thread.resume-later"         thread_resume_later         () CM_THREADING;
    0x29 "thread.suspend"              thread_suspend              (reserved: Reserved) CM_THREADING;
    0x2A "thread.suspend-then-resume"  thread_suspend_then_resume  (reserved: Reserved) CM_THREADING;
    0x2B "thread.yield-then-resume"    thread_yield_then_resume    (reserved: Reserved) CM_THREADING;
    0x2C "thread.suspend-then-promote" thread_suspend_then_promote (reserved: Reserved) CM_THREADING;
    0x2D "thread.yield-then-promote"   thread_yield_then_promote   (reserved: Reserved) CM_THREADING;
    0x2E "stream.forward"              stream_forward              (ty: ComponentTypeIdx) CM_FORWARD;
    0x2F "future.forward"              future_forward              (ty: ComponentTypeIdx) CM_FORWARD;
    0x40 "thread.spawn-ref"            thread_spawn_ref            (shared: bool, ty: CoreTypeIdx) CM_SHARED_THREADING;
    0x41 "thread.spawn-indirect"       thread_spawn_indirect       (shared: bool, ty: CoreTypeIdx, table: TableIdx) CM_SHARED_THREADING;
    0x42 "thread.available-parallelism" thread_available_parallelism (shared: bool) CM_SHARED_THREADING;
} } }
pub(crate) use for_each_canon;

macro_rules! canons {
    ($($byte:literal $text:literal $name:ident ($($imm:ident : $Imm:ty),*) $feature:ident;)*) => {
        /// A canonical definition with its immediates.
        #[derive(Clone, Copy, Debug)]
        #[allow(non_camel_case_types, missing_docs)]
        pub enum Canon<'a> { $( $name { $($imm: $Imm),* }, )* }

        impl Canon<'_> {
            /// The name in the text format.
            pub const fn text(&self) -> &'static str {
                match self { $( Canon::$name { .. } => $text, )* }
            }

            /// The feature that it needs.
            pub const fn feature(&self) -> super::Features {
                match self { $( Canon::$name { .. } => super::Features::$feature, )* }
            }
        }
    };
}
for_each_canon!(canons);

/// `opts`
pub type Opts<'a> = Encoded<'a, CanonOpt>;

/// `resultlist`
pub type ResultList = Option<ComponentValType>;

/// A byte that stands for nothing, `0x00` today (`Binary.md`, Warts).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved(pub u8);

/// How strings lie in memory (`CanonicalABI.md`, Canonical Options).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(missing_docs)]
pub enum StringEncoding {
    #[default]
    Utf8,
    Utf16,
    Latin1Utf16,
}

/// `canonopt`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CanonOpt {
    StringEncoding(StringEncoding),
    Memory(MemIdx),
    Realloc(FuncIdx),
    PostReturn(FuncIdx),
    Async,
    Callback(FuncIdx),
}
