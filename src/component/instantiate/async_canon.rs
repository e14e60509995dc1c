//! Canonical built-ins that come with async functions (`Explainer.md`, Canonical Definitions):
//! their indices are resolved where they are defined.

use super::{Frame, missing};
use crate::component::canon::CanonKind;
use crate::component::canon::async_builtin::{AsyncBuiltin, FUTURE, STREAM};
use crate::component::linking::Linking;
use crate::component::state::end::EndKind;
use crate::component::state::thread::CancelMode;
use crate::error::{Bug, Result};
use crate::image::Image;
use crate::image::component::CoreTypeRef;
use crate::store;
use crate::syntax::ExternKind;
use crate::syntax::canon::Canon;
use crate::syntax::component_type::{ComponentTypeIdx, ComponentValType, CoreTypeIdx};
use crate::types::TypeId;
use crate::types::component::{Defined, TypeRef, ValType};

const fn mode(is_async: bool) -> CancelMode {
    if is_async { CancelMode::Async } else { CancelMode::Sync }
}

impl Frame {
    /// What a built-in does, once its indices are resolved.
    pub(super) fn async_builtin(&self, cx: &mut Linking<'_>, image: &Image, canon: Canon<'_>) -> Result<CanonKind> {
        use AsyncBuiltin as A;
        Ok(CanonKind::Async(match canon {
            Canon::task_return { result, opts } => {
                let ty = match result {
                    Some(ty) => Some(self.val_type(cx, ty)?),
                    None => None,
                };
                A::TaskReturn(ty, self.options(cx, opts)?)
            }
            Canon::task_cancel {} => A::TaskCancel,
            Canon::subtask_cancel { is_async } => A::SubtaskCancel(mode(is_async)),
            Canon::subtask_drop {} => A::SubtaskDrop,
            Canon::waitable_set_new {} => A::WaitableSetNew,
            Canon::waitable_set_wait { memory, .. } => A::WaitableSetWait(self.memory(memory)?),
            Canon::waitable_set_poll { memory, .. } => A::WaitableSetPoll(self.memory(memory)?),
            Canon::waitable_set_drop {} => A::WaitableSetDrop,
            Canon::waitable_join {} => A::WaitableJoin,
            Canon::thread_index {} => A::ThreadIndex,
            Canon::thread_new_indirect { ty, table } => {
                let store::Extern::Table(table) = self.core_at(ExternKind::Table, table.raw())? else {
                    return Err(missing().into());
                };
                A::ThreadNewIndirect(self.thread_func_type(cx, image, ty)?, table)
            }
            Canon::thread_resume_later {} => A::ThreadResumeLater,
            Canon::thread_suspend { .. } => A::ThreadSuspend,
            Canon::thread_yield { .. } => A::ThreadYield,
            Canon::thread_suspend_then_resume { .. } => A::ThreadSuspendThenResume,
            Canon::thread_yield_then_resume { .. } => A::ThreadYieldThenResume,
            Canon::thread_suspend_then_promote { .. } => A::ThreadSuspendThenPromote,
            Canon::thread_yield_then_promote { .. } => A::ThreadYieldThenPromote,
            Canon::error_context_new { opts } => A::ErrorContextNew(self.options(cx, opts)?),
            Canon::error_context_debug_message { opts } => A::ErrorContextDebugMessage(self.options(cx, opts)?),
            Canon::error_context_drop {} => A::ErrorContextDrop,
            other => return self.copy_builtin(cx, image, other),
        }))
    }

    /// The same for built-ins of streams and futures.
    fn copy_builtin(&self, cx: &mut Linking<'_>, image: &Image, canon: Canon<'_>) -> Result<CanonKind> {
        use AsyncBuiltin as A;
        use EndKind::{ReadableFuture, ReadableStream, WritableFuture, WritableStream};
        let of = |ty: ComponentTypeIdx| self.element(cx, image, ty);
        Ok(CanonKind::Async(match canon {
            Canon::stream_new { ty } => A::New(STREAM, of(ty)?),
            Canon::future_new { ty } => A::New(FUTURE, of(ty)?),
            Canon::stream_read { ty, opts } => A::Copy(ReadableStream, of(ty)?, self.options(cx, opts)?),
            Canon::stream_write { ty, opts } => A::Copy(WritableStream, of(ty)?, self.options(cx, opts)?),
            Canon::future_read { ty, opts } => A::Copy(ReadableFuture, of(ty)?, self.options(cx, opts)?),
            Canon::future_write { ty, opts } => A::Copy(WritableFuture, of(ty)?, self.options(cx, opts)?),
            Canon::stream_cancel_read { ty, is_async } => A::CancelCopy(ReadableStream, of(ty)?, mode(is_async)),
            Canon::stream_cancel_write { ty, is_async } => A::CancelCopy(WritableStream, of(ty)?, mode(is_async)),
            Canon::future_cancel_read { ty, is_async } => A::CancelCopy(ReadableFuture, of(ty)?, mode(is_async)),
            Canon::future_cancel_write { ty, is_async } => A::CancelCopy(WritableFuture, of(ty)?, mode(is_async)),
            Canon::stream_drop_readable { ty } => A::DropEnd(ReadableStream, of(ty)?),
            Canon::stream_drop_writable { ty } => A::DropEnd(WritableStream, of(ty)?),
            Canon::future_drop_readable { ty } => A::DropEnd(ReadableFuture, of(ty)?),
            Canon::future_drop_writable { ty } => A::DropEnd(WritableFuture, of(ty)?),
            Canon::stream_forward { ty } => A::Forward(STREAM, of(ty)?),
            Canon::future_forward { ty } => A::Forward(FUTURE, of(ty)?),
            other => return Ok(CanonKind::Unsupported(other.feature())),
        }))
    }

    fn val_type(&self, cx: &Linking<'_>, ty: ComponentValType) -> Result<ValType, Bug> {
        match ty {
            ComponentValType::Primitive(ty) => Ok(ValType::Primitive(ty)),
            ComponentValType::Type(index) => match self.judged(cx)?.types.get(index.index()) {
                Some(TypeRef::Value(ty)) => Ok(*ty),
                _ => Err(missing()),
            },
        }
    }

    /// What a stream or future type carries.
    fn element(&self, cx: &Linking<'_>, image: &Image, ty: ComponentTypeIdx) -> Result<Option<ValType>, Bug> {
        match self.val_type(cx, ComponentValType::Type(ty))? {
            ValType::Defined(id) => match image.types.defined(id)? {
                Defined::Stream(ty) | Defined::Future(ty) => Ok(ty),
                _ => Err(missing()),
            },
            ValType::Primitive(_) => Err(missing()),
        }
    }

    /// The type of a thread's function, in the store's types.
    fn thread_func_type(&self, cx: &mut Linking<'_>, image: &Image, ty: CoreTypeIdx) -> Result<TypeId> {
        let Some(CoreTypeRef::Rec(id)) = self.judged(cx)?.core_types.get(ty.index()) else {
            return Err(missing().into());
        };
        let (params, results) = image.types.core.func(*id).ok_or_else(missing)?;
        cx.core.state.add_func_type(params, results)
    }
}
