//! Canonical definitions (`CanonicalABI.md`, Canonical Definitions): `lift`, `lower` and the
//! resource built-ins.

use super::{Judge, invalid};
use crate::error::{Error, Invalid, Result, bug};
use crate::support::Vec;
use crate::syntax::canon::{Canon, CanonOpt, Opts, StringEncoding};
use crate::syntax::component_type::ComponentTypeIdx;
use crate::syntax::{AddrType, ExternKind, Features, FuncIdx, MemoryType, ValType as CoreValType};
use crate::types::component::{CoreExternType, ExternType, FuncTypeId, Mentions, ValType};
use crate::types::core_extern::memory_matches;
use crate::types::flatten::{FlatFuncType, FlattenContext, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::types::{SubTypeDef, TypeId};

/// Whether this build judges the built-ins of tasks, streams, futures and threads.
const BUILTINS: bool = Features::JUDGED.contains(Features::CM_ASYNC);

/// Options, each at most once (`CanonicalABI.md`, `canonopt` Validation).
#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    pub encoding: Option<StringEncoding>,
    pub memory: Option<AddrType>,
    pub realloc: Option<TypeId>,
    pub post_return: Option<TypeId>,
    pub callback: Option<TypeId>,
    is_async: bool,
}

impl Options {
    /// Whether there is `async`: only where this build judges it.
    pub fn is_async(&self) -> bool {
        BUILTINS && self.is_async
    }

    /// The type of pointers.
    pub fn pointer(&self) -> AddrType {
        self.memory.unwrap_or(AddrType::I32).built()
    }

    pub fn require_memory(&self, needed: bool, at: u32) -> Result<()> {
        require(!needed || self.memory.is_some(), "memory", at)
    }

    pub fn require_realloc(&self, needed: bool, at: u32) -> Result<()> {
        require(!needed || self.realloc.is_some(), "realloc", at)
    }
}

fn require(holds: bool, option: &str, at: u32) -> Result<()> {
    if holds { Ok(()) } else { Err(invalid(Invalid::CanonOptionRequired, at, format_args!("`{option}`"))) }
}

#[cold]
pub(super) fn conflict(message: core::fmt::Arguments<'_>, at: u32) -> Error {
    invalid(Invalid::CanonOption, at, message)
}

/// Sets an option that may be there once.
fn set<T>(place: &mut Option<T>, value: T, option: &str, at: u32) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(conflict(format_args!("`{option}` more than once"), at)),
    }
}

impl<'b> Judge<'b> {
    /// `canon`
    pub(super) fn canon(&mut self, canon: Canon<'b>, at: u32) -> Result<()> {
        self.options.require(canon.feature(), canon.text(), at)?;
        match canon {
            Canon::lift { func, opts, ty } => self.lift(func, opts, ty, at),
            Canon::lower { func, opts } => {
                let ty = self.func(func.raw(), at)?;
                self.lower(ty, opts, at)
            }
            Canon::resource_new { ty } => {
                let rep = self.local_resource(ty, at)?;
                self.define_core_func(&[rep], &[CoreValType::I32], at)
            }
            Canon::resource_rep { ty } => {
                let rep = self.local_resource(ty, at)?;
                self.define_core_func(&[CoreValType::I32], &[rep], at)
            }
            Canon::resource_drop { ty } => {
                self.resource_type(ty, at)?;
                self.define_core_func(&[CoreValType::I32], &[], at)
            }
            other if BUILTINS => self.builtin(other, at),
            // Not even read.
            other => Err(self.options.refuse(other.feature(), other.text(), at)),
        }
    }

    /// The core type of the representation of a resource type that this component defines.
    fn local_resource(&self, index: ComponentTypeIdx, at: u32) -> Result<CoreValType> {
        let id = self.resource_type(index, at)?;
        let (local, root) = (&self.scope.local, self.types.root(id));
        let found = local.binary_search_by(|(id, _)| id.cmp(&root)).ok().and_then(|at| local.get(at));
        let not_local = || self.not_that(index, "a resource type that this component defines", at);
        found.map(|(_, rep)| *rep).ok_or_else(not_local)
    }

    /// `CanonicalABI.md`, `canonopt` Validation: what holds for every canonical definition.
    pub(super) fn canon_options(&mut self, opts: Opts<'b>, at: u32) -> Result<Options> {
        let (mut options, mut is_async) = (Options::default(), None);
        self.each(opts, |judge, option, at| match option {
            CanonOpt::StringEncoding(encoding) => set(&mut options.encoding, encoding, "string-encoding", at),
            CanonOpt::Memory(memory) => {
                let address = judge.canon_memory(memory.raw(), at)?;
                set(&mut options.memory, address, "memory", at)
            }
            CanonOpt::Realloc(func) => set(&mut options.realloc, judge.core_func(func, at)?, "realloc", at),
            CanonOpt::PostReturn(func) => set(&mut options.post_return, judge.core_func(func, at)?, "post-return", at),
            CanonOpt::Callback(func) if BUILTINS => {
                judge.options.require(Features::CM_ASYNC, "the option `callback`", at)?;
                set(&mut options.callback, judge.core_func(func, at)?, "callback", at)
            }
            CanonOpt::Async if BUILTINS => {
                judge.options.require(Features::CM_ASYNC, "the option `async`", at)?;
                set(&mut is_async, (), "async", at)
            }
            // Not even read.
            CanonOpt::Callback(_) | CanonOpt::Async => Err(judge.options.refuse(Features::CM_ASYNC, "async", at)),
        })?;
        options.is_async = is_async.is_some();
        if let Some(realloc) = options.realloc {
            options.require_memory(true, at)?;
            let address = options.pointer().val_type();
            self.check_core_func(realloc, &[address; 4], &[address], "`realloc`", at)?;
        }
        if let Some(callback) = options.callback {
            self.check_core_func(callback, &[CoreValType::I32; 3], &[CoreValType::I32], "`callback`", at)?;
            if !options.is_async() {
                return Err(conflict(format_args!("`callback` without `async`"), at));
            }
        }
        if options.is_async() && options.post_return.is_some() {
            return Err(conflict(format_args!("`post-return` with `async`"), at));
        }
        Ok(options)
    }

    /// A memory that values lie in: a subtype of `(memory 0)`, or of `(memory i64 0)` (🐘). With custom
    /// page sizes its pages may have any size: the Canonical ABI, which is older than that proposal,
    /// never asks for it.
    pub(super) fn canon_memory(&self, index: u32, at: u32) -> Result<AddrType> {
        let actual = self.core_extern(ExternKind::Memory, index, at)?;
        let CoreExternType::Memory(memory) = actual else { return Err(bug!("not a memory among memories").into()) };
        if memory.addr.built() == AddrType::I64 {
            self.options.require(Features::CM64, "a memory with 64-bit addresses for values", at)?;
        }
        let MemoryType { addr, custom_page_size, .. } = memory;
        let expected = MemoryType { addr, shared: false, min: 0, max: None, custom_page_size };
        if !memory_matches(memory, expected) {
            return Err(invalid(Invalid::TypeMismatch, at, format_args!("the option `memory`")));
        }
        Ok(memory.addr)
    }

    /// `canon lift`
    #[inline(never)]
    fn lift(&mut self, func: FuncIdx, opts: Opts<'b>, ty: ComponentTypeIdx, at: u32) -> Result<()> {
        let ty = self.func_type(ty, at)?;
        let callee = self.core_func(func, at)?;
        let options = self.canon_options(opts, at)?;
        self.check_async(&options, ty, at)?;
        let context = if options.is_async() {
            if options.callback.is_none() {
                self.options.require(Features::CM_ASYNC_STACKFUL, "an async lift without `callback`", at)?;
            }
            FlattenContext::AsyncLift { callback: options.callback.is_some() }
        } else {
            FlattenContext::Lift
        };
        let pointer = options.pointer();
        let (params, results) = (self.types.flatten_params(ty, pointer)?, self.types.flatten_result(ty, pointer)?);
        let pointers = self.pointers(ty)?;
        let max_results = if options.is_async() { MAX_FLAT_PARAMS } else { MAX_FLAT_RESULTS };
        let realloc = pointers.params || params.exceeds(MAX_FLAT_PARAMS);
        options.require_memory(realloc || pointers.result || results.exceeds(max_results), at)?;
        options.require_realloc(realloc, at)?;
        let flat = self.types.flatten_func(ty, pointer, context)?;
        let (params, result) = flat_types(flat)?;
        let results = result.as_slice();
        self.check_core_func(callee, &params, results, "the lifted function", at)?;
        if let Some(post_return) = options.post_return {
            self.check_core_func(post_return, results, &[], "`post-return`", at)?;
        }
        self.add_extern(ExternType::Func(ty), at)
    }

    /// `canon lower`
    #[inline(never)]
    fn lower(&mut self, ty: FuncTypeId, opts: Opts<'b>, at: u32) -> Result<()> {
        let options = self.canon_options(opts, at)?;
        if options.post_return.is_some() || options.callback.is_some() {
            return Err(conflict(format_args!("`post-return` and `callback` are not for `canon lower`"), at));
        }
        self.check_async(&options, ty, at)?;
        let pointer = options.pointer();
        let (params, results) = (self.types.flatten_params(ty, pointer)?, self.types.flatten_result(ty, pointer)?);
        let pointers = self.pointers(ty)?;
        let (context, max_params, max_results) = match options.is_async() {
            true => (FlattenContext::AsyncLower, MAX_FLAT_ASYNC_PARAMS, 0),
            false => (FlattenContext::Lower, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS),
        };
        let memory = pointers.params || params.exceeds(max_params) || results.exceeds(max_results);
        // The text asks for a memory wherever there is `async`; the suites and other engines do not.
        options.require_memory(memory || pointers.result, at)?;
        options.require_realloc(pointers.result, at)?;
        let flat = self.types.flatten_func(ty, pointer, context)?;
        let (params, result) = flat_types(flat)?;
        self.define_core_func(&params, result.as_slice(), at)
    }

    /// `async` is for functions that are declared so.
    fn check_async(&self, options: &Options, ty: FuncTypeId, at: u32) -> Result<()> {
        if options.is_async() && !self.types.func(ty)?.is_async {
            return Err(conflict(format_args!("`async` for a function that is not"), at));
        }
        Ok(())
    }

    /// Where a function has lists and strings.
    fn pointers(&self, ty: FuncTypeId) -> Result<Pointers> {
        let func = self.types.func(ty)?;
        let mut params = func.params.iter();
        Ok(Pointers {
            params: params.any(|param| self.has_pointers(param.ty)),
            result: func.result.is_some_and(|ty| self.has_pointers(ty)),
        })
    }

    pub(super) fn has_pointers(&self, ty: ValType) -> bool {
        self.types.facts(ty).mentions.contains(Mentions::POINTER)
    }

    /// That a core function has this type.
    pub(super) fn check_core_func(
        &self,
        id: TypeId,
        params: &[CoreValType],
        results: &[CoreValType],
        what: &str,
        at: u32,
    ) -> Result<()> {
        if self.types.core.func(id) == Some((params, results)) {
            return Ok(());
        }
        let message = format_args!("{what} has not the type {params:?} -> {results:?}");
        Err(invalid(Invalid::CanonSignature, at, message))
    }

    /// Adds a core function of this type.
    pub(super) fn define_core_func(&mut self, params: &[CoreValType], results: &[CoreValType], at: u32) -> Result<()> {
        let open = self.types.core.open_group();
        let def = SubTypeDef { is_final: true, supertype: None };
        self.types.core.add_func(def, params.iter().copied(), results.iter().copied())?;
        let id = self.types.core.close_group(open)?;
        self.add_core_func(id, at)
    }
}

struct Pointers {
    params: bool,
    result: bool,
}

/// Core parameters, and the result, of which there is one at most.
pub(super) fn flat_types(flat: FlatFuncType) -> Result<(Vec<CoreValType>, Option<CoreValType>)> {
    Ok((Vec::collect(flat.core_params())?, flat.results.get(0)))
}
