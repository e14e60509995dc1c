//! Handles that cross (`CanonicalABI.md`, Loading: `lift_own`, `lift_borrow`; Storing:
//! `lower_own`, `lower_borrow`), and their counterparts for the host.

use super::context::{Cx, Side};
use super::val::ResourceAny;
use crate::component::state::{Handle, ResourceHandle, ResourceTypeId, TaskId};
use crate::error::{Misuse, Result};
use crate::types::component::ResourceId;
#[cfg(feature = "text")]
use crate::{component::state::HostHandle, error::bug, types::component::Defined};

/// A resource on its way from one side to the other.
#[derive(Clone, Copy, Debug)]
pub struct Lifted {
    /// Its type.
    pub rt: ResourceTypeId,
    /// What the defining instance knows it by.
    pub rep: u32,
}

/// `lift_own`
pub fn lift_own(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, ty: ResourceId) -> Result<Lifted> {
    let rt = cx.resource_type(side, ty)?;
    let rep = cx.live.instance_mut(side.inst)?.handles.take_own(index, rt)?;
    cx.count_handle();
    Ok(Lifted { rt, rep })
}

/// `lift_borrow`
pub fn lift_borrow(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, ty: ResourceId) -> Result<Lifted> {
    let rt = cx.resource_type(side, ty)?;
    let rep = cx.live.instance_mut(side.inst)?.handles.lend(index, rt)?;
    cx.count_handle();
    // `Subtask.add_lender`
    cx.live.add_lender(side.task, index)?;
    Ok(Lifted { rt, rep })
}

/// `lower_own`
pub fn lower_own(cx: &mut Cx<'_>, side: &Side<'_>, lifted: Lifted) -> Result<u32> {
    cx.live.instance_mut(side.inst)?.handles.add(Handle::Resource(ResourceHandle::own(lifted.rt, lifted.rep)))
}

/// `lower_borrow`
pub fn lower_borrow(cx: &mut Cx<'_>, side: &Side<'_>, lifted: Lifted) -> Result<u32> {
    if cx.live.resource_type(lifted.rt)?.inst == Some(side.inst) {
        return Ok(lifted.rep);
    }
    let task = cx.live.count_borrow(side.task)?;
    let handle = ResourceHandle::borrow(lifted.rt, lifted.rep, task);
    cx.live.instance_mut(side.inst)?.handles.add(Handle::Resource(handle))
}

/// Hands an owned resource to the host.
pub fn give_own(cx: &mut Cx<'_>, lifted: Lifted) -> Result<ResourceAny> {
    let handle = cx.live.host.add(ResourceHandle::own(lifted.rt, lifted.rep))?;
    Ok(ResourceAny { handle, rt: lifted.rt, owned: true })
}

/// Lends a resource to the host for the length of the call `task`.
pub fn give_borrow(cx: &mut Cx<'_>, task: TaskId, lifted: Lifted) -> Result<ResourceAny> {
    let handle = cx.live.lend_to_host(task, ResourceHandle::borrow(lifted.rt, lifted.rep, task))?;
    Ok(ResourceAny { handle, rt: lifted.rt, owned: false })
}

/// Takes an owned resource from the host, for a side that expects `ty`.
pub fn take_own(cx: &mut Cx<'_>, side: &Side<'_>, any: ResourceAny, ty: ResourceId) -> Result<Lifted> {
    check_type(cx, side, any, ty)?;
    if !any.owned {
        return Err(Misuse::ResourceLent.into());
    }
    let handle = cx.live.host.remove(any.handle)?;
    Ok(Lifted { rt: handle.rt, rep: handle.rep })
}

/// Lends a resource of the host for the length of the side's call.
pub fn take_borrow(cx: &mut Cx<'_>, side: &Side<'_>, any: ResourceAny, ty: ResourceId) -> Result<Lifted> {
    check_type(cx, side, any, ty)?;
    let handle = cx.live.host.get(any.handle)?;
    handle.num_lends += 1;
    let lifted = Lifted { rt: handle.rt, rep: handle.rep };
    cx.live.add_host_lender(side.task, any.handle)?;
    Ok(lifted)
}

fn check_type(cx: &Cx<'_>, side: &Side<'_>, any: ResourceAny, ty: ResourceId) -> Result<()> {
    if cx.resource_type(side, ty)? == any.rt { Ok(()) } else { Err(Misuse::ResourceType.into()) }
}

/// A handle for an observer, who sees its index.
#[cfg(feature = "text")]
pub fn peek(cx: &Cx<'_>, side: &Side<'_>, index: u32, defined: Defined<'_>) -> Result<ResourceAny> {
    let (ty, owned) = match defined {
        Defined::Own(ty) => (ty, true),
        Defined::Borrow(ty) => (ty, false),
        _ => return Err(bug!("a handle of no handle type").into()),
    };
    Ok(ResourceAny { handle: HostHandle::of_guest(index), rt: cx.resource_type(side, ty)?, owned })
}
