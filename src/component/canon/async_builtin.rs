//! Canonical built-ins that come with async functions, as they were defined.

use super::{CanonFunc, Options, error_context, stream, subtask, task, thread, waitable_set};
use crate::component::abi::context::Cx;
use crate::component::flow::Flow;
use crate::component::state::end::EndKind;
use crate::component::state::thread::CancelMode;
use crate::error::Result;
use crate::store::{MemoryId, TableId};
use crate::types::TypeId;
use crate::types::component::ValType;

/// The two ends of a stream.
pub const STREAM: [EndKind; 2] = [EndKind::ReadableStream, EndKind::WritableStream];
/// The two ends of a future.
pub const FUTURE: [EndKind; 2] = [EndKind::ReadableFuture, EndKind::WritableFuture];

/// A canonical built-in with what its definition says.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum AsyncBuiltin {
    TaskReturn(Option<ValType>, Options),
    TaskCancel,
    WaitableSetNew,
    WaitableSetWait(MemoryId),
    WaitableSetPoll(MemoryId),
    WaitableSetDrop,
    WaitableJoin,
    SubtaskCancel(CancelMode),
    SubtaskDrop,
    /// `{stream,future}.new`
    New([EndKind; 2], Option<ValType>),
    /// `{stream,future}.{read,write}`
    Copy(EndKind, Option<ValType>, Options),
    /// `{stream,future}.cancel-{read,write}`
    CancelCopy(EndKind, Option<ValType>, CancelMode),
    /// `{stream,future}.drop-{readable,writable}`
    DropEnd(EndKind, Option<ValType>),
    /// `{stream,future}.forward`
    Forward([EndKind; 2], Option<ValType>),
    ThreadIndex,
    ThreadNewIndirect(TypeId, TableId),
    ThreadResumeLater,
    ThreadSuspend,
    ThreadYield,
    ThreadSuspendThenResume,
    ThreadYieldThenResume,
    ThreadSuspendThenPromote,
    ThreadYieldThenPromote,
    ErrorContextNew(Options),
    ErrorContextDebugMessage(Options),
    ErrorContextDrop,
}

/// Calls a built-in.
pub fn call(cx: &mut Cx<'_>, canon: &CanonFunc, builtin: &AsyncBuiltin) -> Result<Flow> {
    match builtin {
        AsyncBuiltin::TaskReturn(ty, opts) => task::task_return(cx, canon, *ty, opts),
        AsyncBuiltin::TaskCancel => task::task_cancel(cx, canon),
        AsyncBuiltin::WaitableSetNew => waitable_set::waitable_set_new(cx, canon),
        AsyncBuiltin::WaitableSetWait(memory) => waitable_set::waitable_set_wait(cx, canon, *memory),
        AsyncBuiltin::WaitableSetPoll(memory) => waitable_set::waitable_set_poll(cx, canon, *memory),
        AsyncBuiltin::WaitableSetDrop => waitable_set::waitable_set_drop(cx, canon),
        AsyncBuiltin::WaitableJoin => waitable_set::waitable_join(cx, canon),
        AsyncBuiltin::SubtaskCancel(mode) => subtask::subtask_cancel(cx, canon, *mode),
        AsyncBuiltin::SubtaskDrop => subtask::subtask_drop(cx, canon),
        AsyncBuiltin::New(kinds, ty) => stream::new(cx, canon, *kinds, *ty),
        AsyncBuiltin::Copy(kind, ty, opts) => stream::copy(cx, canon, *kind, *ty, opts),
        AsyncBuiltin::CancelCopy(kind, ty, mode) => stream::cancel_copy(cx, canon, *kind, *ty, *mode),
        AsyncBuiltin::DropEnd(kind, ty) => stream::drop(cx, canon, *kind, *ty),
        AsyncBuiltin::Forward(kinds, ty) => stream::forward(cx, canon, *kinds, *ty),
        AsyncBuiltin::ThreadIndex => thread::thread_index(cx, canon),
        AsyncBuiltin::ThreadNewIndirect(ty, table) => thread::thread_new_indirect(cx, canon, *ty, *table),
        AsyncBuiltin::ThreadResumeLater => thread::thread_resume_later(cx, canon),
        AsyncBuiltin::ThreadSuspend => thread::thread_suspend(cx, canon),
        AsyncBuiltin::ThreadYield => thread::thread_yield(cx, canon),
        AsyncBuiltin::ThreadSuspendThenResume => thread::thread_suspend_then_resume(cx, canon),
        AsyncBuiltin::ThreadYieldThenResume => thread::thread_yield_then_resume(cx, canon),
        AsyncBuiltin::ThreadSuspendThenPromote => thread::thread_suspend_then_promote(cx, canon),
        AsyncBuiltin::ThreadYieldThenPromote => thread::thread_yield_then_promote(cx, canon),
        AsyncBuiltin::ErrorContextNew(_) => error_context::error_context_new(cx, canon),
        AsyncBuiltin::ErrorContextDebugMessage(opts) => error_context::error_context_debug_message(cx, canon, opts),
        AsyncBuiltin::ErrorContextDrop => error_context::error_context_drop(cx, canon),
    }
}
