//! Canonical built-ins of tasks, streams, futures, threads and error contexts
//! (`CanonicalABI.md`, Canonical Definitions; each arm is the section of that name).

use super::canon::conflict;
use super::{Judge, invalid};
use crate::error::{Error, ErrorKind, Invalid, Result, bug};
use crate::image::component::CoreTypeRef;
use crate::support::Vec;
use crate::syntax::canon::{Canon, Opts, ResultList};
use crate::syntax::component_type::{ComponentTypeIdx, CoreTypeIdx};
use crate::syntax::{AddrType, ExternKind, Features, RefType, TableIdx, ValType as CoreValType};
use crate::types::component::{CoreExternType, Defined, TypeRef, ValType};
use crate::types::flatten::MAX_FLAT_PARAMS;
use CoreValType::{I32, I64};

/// What a built-in copies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Stream,
    Future,
}

impl<'b> Judge<'b> {
    pub(super) fn builtin(&mut self, canon: Canon<'b>, at: u32) -> Result<()> {
        use Endpoint::{Future, Stream};
        match canon {
            Canon::task_cancel {} | Canon::backpressure_inc {} | Canon::backpressure_dec {} => {
                self.define_core_func(&[], &[], at)
            }
            Canon::task_return { result, opts } => self.task_return(result, opts, at),
            Canon::subtask_cancel { is_async } => {
                self.check_async_builtin(is_async, at)?;
                self.define_core_func(&[I32], &[I32], at)
            }
            Canon::context_get { ty, index } => {
                self.check_context(ty, index, at)?;
                self.define_core_func(&[], &[ty], at)
            }
            Canon::context_set { ty, index } => {
                self.check_context(ty, index, at)?;
                self.define_core_func(&[ty], &[], at)
            }
            Canon::subtask_drop {} | Canon::waitable_set_drop {} | Canon::error_context_drop {} => {
                self.define_core_func(&[I32], &[], at)
            }
            Canon::thread_resume_later {} => self.define_core_func(&[I32], &[], at),
            Canon::waitable_join {} => self.define_core_func(&[I32, I32], &[], at),
            Canon::waitable_set_new {} | Canon::thread_index {} => self.define_core_func(&[], &[I32], at),
            Canon::thread_yield { .. } | Canon::thread_suspend { .. } => self.define_core_func(&[], &[I32], at),
            Canon::thread_suspend_then_resume { .. }
            | Canon::thread_yield_then_resume { .. }
            | Canon::thread_suspend_then_promote { .. }
            | Canon::thread_yield_then_promote { .. } => self.define_core_func(&[I32], &[I32], at),
            Canon::waitable_set_wait { memory, .. } | Canon::waitable_set_poll { memory, .. } => {
                let address = self.canon_memory(memory.raw(), at)?.val_type();
                self.define_core_func(&[I32, address], &[I32], at)
            }
            Canon::stream_new { ty } => self.endpoint_builtin(ty, Stream, &[], &[I64], at),
            Canon::future_new { ty } => self.endpoint_builtin(ty, Future, &[], &[I64], at),
            Canon::stream_read { ty, opts } => self.copy(ty, Stream, opts, Copy::Read, at),
            Canon::stream_write { ty, opts } => self.copy(ty, Stream, opts, Copy::Write, at),
            Canon::future_read { ty, opts } => self.copy(ty, Future, opts, Copy::Read, at),
            Canon::future_write { ty, opts } => self.copy(ty, Future, opts, Copy::Write, at),
            Canon::stream_cancel_read { ty, is_async } | Canon::stream_cancel_write { ty, is_async } => {
                self.check_async_builtin(is_async, at)?;
                self.endpoint_builtin(ty, Stream, &[I32], &[I32], at)
            }
            Canon::future_cancel_read { ty, is_async } | Canon::future_cancel_write { ty, is_async } => {
                self.check_async_builtin(is_async, at)?;
                self.endpoint_builtin(ty, Future, &[I32], &[I32], at)
            }
            Canon::stream_drop_readable { ty } | Canon::stream_drop_writable { ty } => {
                self.endpoint_builtin(ty, Stream, &[I32], &[], at)
            }
            Canon::future_drop_readable { ty } | Canon::future_drop_writable { ty } => {
                self.endpoint_builtin(ty, Future, &[I32], &[], at)
            }
            Canon::stream_forward { ty } => self.endpoint_builtin(ty, Stream, &[I32, I32], &[], at),
            Canon::future_forward { ty } => self.endpoint_builtin(ty, Future, &[I32, I32], &[], at),
            Canon::error_context_new { opts } => {
                let address = self.error_context(opts, at)?.val_type();
                self.define_core_func(&[address, address], &[I32], at)
            }
            Canon::error_context_debug_message { opts } => {
                let address = self.error_context_message(opts, at)?.val_type();
                self.define_core_func(&[I32, address], &[], at)
            }
            Canon::thread_new_indirect { ty, table } => self.thread_new_indirect(ty, table, at),
            other => Err(Error::new(ErrorKind::Unsupported(other.feature())).at(at)),
        }
    }

    /// `async` in a built-in that may do without (🚝).
    fn check_async_builtin(&self, is_async: bool, at: u32) -> Result<()> {
        if is_async {
            self.options.require(Features::CM_MORE_ASYNC_BUILTINS, "an async built-in", at)?;
        }
        Ok(())
    }

    fn check_context(&mut self, ty: CoreValType, index: u32, at: u32) -> Result<()> {
        match ty {
            I32 => {}
            I64 => self.options.require(Features::CM64, "64-bit context", at)?,
            _ => return Err(invalid(Invalid::CanonSignature, at, format_args!("context is `i32`"))),
        }
        if *self.scope.context_type.get_or_insert(ty) != ty {
            return Err(invalid(Invalid::CanonSignature, at, format_args!("context is of one type in a component")));
        }
        if index >= 2 {
            return Err(invalid(Invalid::CanonSignature, at, format_args!("context {index} where there are two")));
        }
        Ok(())
    }

    fn task_return(&mut self, result: ResultList, opts: Opts<'b>, at: u32) -> Result<()> {
        let result = result.map(|ty| self.val_type(ty, at)).transpose()?;
        if let Some(result) = result {
            self.check_no_borrow(result, "the result of `task.return`", at)?;
        }
        let options = self.canon_options(opts, at)?;
        if options.is_async() || options.realloc.is_some() || options.post_return.is_some() {
            return Err(conflict(format_args!("`task.return` has a memory and a string encoding only"), at));
        }
        let pointer = options.pointer();
        let flat = self.types.tuple_layout(result, pointer).flat;
        let in_memory = flat.exceeds(MAX_FLAT_PARAMS);
        options.require_memory(in_memory || result.is_some_and(|ty| self.has_pointers(ty)), at)?;
        let params = if in_memory { Vec::collect([pointer.val_type()])? } else { Vec::collect(flat.iter())? };
        self.define_core_func(&params, &[], at)
    }

    /// What a stream or future type carries.
    fn element(&self, index: ComponentTypeIdx, endpoint: Endpoint, at: u32) -> Result<Option<ValType>> {
        if let TypeRef::Value(ValType::Defined(id)) = self.type_ref(index, at)? {
            match (self.types.defined(id)?, endpoint) {
                (Defined::Stream(ty), Endpoint::Stream) | (Defined::Future(ty), Endpoint::Future) => return Ok(ty),
                _ => {}
            }
        }
        let what = if endpoint == Endpoint::Stream { "a stream type" } else { "a future type" };
        Err(self.not_that(index, what, at))
    }

    fn endpoint_builtin(
        &mut self,
        ty: ComponentTypeIdx,
        endpoint: Endpoint,
        params: &[CoreValType],
        results: &[CoreValType],
        at: u32,
    ) -> Result<()> {
        self.element(ty, endpoint, at)?;
        self.define_core_func(params, results, at)
    }

    /// `canon {stream,future}.{read,write}`
    fn copy(&mut self, ty: ComponentTypeIdx, endpoint: Endpoint, opts: Opts<'b>, copy: Copy, at: u32) -> Result<()> {
        let element = self.element(ty, endpoint, at)?;
        let options = self.canon_options(opts, at)?;
        if options.post_return.is_some() || options.callback.is_some() {
            return Err(conflict(format_args!("`post-return` and `callback` are not for copies"), at));
        }
        if !options.is_async() {
            self.options.require(Features::CM_MORE_ASYNC_BUILTINS, "a synchronous copy", at)?;
        }
        options.require_memory(element.is_some(), at)?;
        let pointers = element.is_some_and(|ty| self.has_pointers(ty));
        options.require_realloc(pointers && copy == Copy::Read, at)?;
        let address = options.pointer().val_type();
        match endpoint {
            Endpoint::Stream => self.define_core_func(&[I32, address, address], &[address], at),
            Endpoint::Future => self.define_core_func(&[I32, address], &[I32], at),
        }
    }

    fn error_context(&mut self, opts: Opts<'b>, at: u32) -> Result<AddrType> {
        let options = self.canon_options(opts, at)?;
        if options.is_async() || options.post_return.is_some() || options.callback.is_some() {
            return Err(conflict(format_args!("options that are not for error contexts"), at));
        }
        options.require_memory(true, at)?;
        Ok(options.pointer())
    }

    fn error_context_message(&mut self, opts: Opts<'b>, at: u32) -> Result<AddrType> {
        let options = self.canon_options(opts, at)?;
        options.require_realloc(true, at)?;
        self.error_context(opts, at)
    }

    fn thread_new_indirect(&mut self, ty: CoreTypeIdx, table: TableIdx, at: u32) -> Result<()> {
        let context = match self.core_type_ref(ty, at)? {
            CoreTypeRef::Rec(id) => match self.types.core.func(id) {
                Some(([I32], [])) => I32,
                Some(([I64], [])) => {
                    self.options.require(Features::CM64, "a 64-bit thread parameter", at)?;
                    I64
                }
                _ => {
                    return Err(invalid(
                        Invalid::CanonSignature,
                        at,
                        format_args!("a thread's function takes one number"),
                    ));
                }
            },
            CoreTypeRef::Module(_) => {
                return Err(invalid(Invalid::NotThatType, at, format_args!("core type {ty} is not a function type")));
            }
        };
        let table = self.core_extern(ExternKind::Table, table.raw(), at)?;
        let CoreExternType::Table(table) = table else { return Err(bug!("not a table among tables").into()) };
        if !self.types.core.ref_matches(table.element, RefType::FUNCREF) {
            return Err(invalid(Invalid::TypeMismatch, at, format_args!("the table does not hold functions")));
        }
        if table.addr.built() == AddrType::I64 {
            self.options.require(Features::CM64, "a table with 64-bit indices", at)?;
        }
        self.define_core_func(&[table.addr.val_type(), context], &[I32], at)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Copy {
    Read,
    Write,
}
