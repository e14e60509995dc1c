//! Threads of a component (`CanonicalABI.md`, `canon thread.*`).

use super::{CanonFunc, lift};
use crate::component::abi::context::Cx;
use crate::component::flow::Flow;
use crate::component::run;
use crate::component::state::thread::{Blocked, Ready, Then};
use crate::component::state::{Phase, ThreadId};
use crate::error::{Result, Trap, bug};
use crate::store::TableId;
use crate::types::TypeId;

/// `canon thread.index`
pub fn thread_index(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let thread = cx.live.current()?;
    let index = cx.live.thread_mut(thread)?.index.ok_or_else(|| bug!("a thread that runs has no index"))?;
    canon.done(cx, &[u64::from(index)])
}

/// `canon thread.new-indirect`
pub fn thread_new_indirect(cx: &mut Cx<'_>, canon: &CanonFunc, ty: TypeId, table: TableId) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let task = cx.live.current_task()?;
    let [index, context] = canon.arguments(cx)?;
    let table = cx.core.state.tables.get(table).ok_or_else(|| bug!("a table of another store"))?;
    let element = table.get(index).ok_or(Trap::UndefinedElement)?;
    let func = element.func().ok_or(Trap::UninitializedElement { index })?;
    let found = cx.core.state.funcs.get(func).ok_or_else(|| bug!("a function of another store"))?;
    if found.ty != ty {
        return Err(Trap::IndirectCallTypeMismatch.into());
    }
    let thread = cx.live.add_thread(task)?;
    let index = lift::register_thread(cx, thread)?;
    let entry = cx.live.thread_mut(thread)?;
    entry.phase = Phase::Explicit;
    let then = Then::Begin { func, context };
    entry.blocked = Some(Blocked { machine: None, then, ready: None, since: 0, woken: false });
    canon.done(cx, &[u64::from(index)])
}

/// The thread that a built-in names.
fn other_thread(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<ThreadId> {
    let inst = cx.live.instance(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let [index] = canon.arguments(cx)?;
    inst.threads.get(index as u32).copied()
}

/// The same, which has to be suspended.
fn suspended_thread(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<ThreadId> {
    let other = other_thread(cx, canon)?;
    if cx.live.thread_mut(other)?.suspended() { Ok(other) } else { Err(Trap::ThreadNotSuspended.into()) }
}

/// `canon thread.resume-later`
pub fn thread_resume_later(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    let other = suspended_thread(cx, canon)?;
    cx.live.waits += 1;
    let since = cx.live.waits;
    if let Some(blocked) = &mut cx.live.thread_mut(other)?.blocked {
        (blocked.ready, blocked.since, blocked.woken) = (Some(Ready::Now), since, false);
    }
    cx.live.register(other, Ready::Now, since)?;
    canon.done(cx, &[])
}

/// `canon thread.suspend`
pub fn thread_suspend(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    cx.machine.pop(canon.params as usize);
    run::block(cx, None, Then::ReturnZero)
}

/// `canon thread.yield`
pub fn thread_yield(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    cx.machine.pop(canon.params as usize);
    run::wait_until(cx, Ready::Now, Then::ReturnZero)
}

/// `canon thread.suspend-then-resume`
pub fn thread_suspend_then_resume(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    let other = suspended_thread(cx, canon)?;
    switch(cx, canon, None, other)
}

/// `canon thread.yield-then-resume`
pub fn thread_yield_then_resume(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    let other = suspended_thread(cx, canon)?;
    switch(cx, canon, Some(Ready::Now), other)
}

/// The current thread blocks, and another one runs in its place.
fn switch(cx: &mut Cx<'_>, canon: &CanonFunc, ready: Option<Ready>, other: ThreadId) -> Result<Flow> {
    cx.machine.pop(canon.params as usize);
    run::block(cx, ready, Then::ReturnZero)?;
    Ok(Flow::Switch(other))
}

/// The other thread of a promotion, if it is ready.
fn promoted_thread(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Option<ThreadId>> {
    let [index] = canon.arguments(cx)?;
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let thread = cx.live.current()?;
    if cx.live.thread_mut(thread)?.index == Some(index as u32) {
        return Err(Trap::ThreadNotSuspended.into());
    }
    let other = other_thread(cx, canon)?;
    Ok(cx.live.is_ready(other).then_some(other))
}

/// `canon thread.suspend-then-promote`
pub fn thread_suspend_then_promote(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    match promoted_thread(cx, canon)? {
        Some(other) => switch(cx, canon, None, other),
        None => thread_suspend(cx, canon),
    }
}

/// `canon thread.yield-then-promote`
pub fn thread_yield_then_promote(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    match promoted_thread(cx, canon)? {
        Some(other) => switch(cx, canon, Some(Ready::Now), other),
        None => thread_yield(cx, canon),
    }
}
