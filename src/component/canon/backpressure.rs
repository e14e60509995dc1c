//! How an instance holds back calls (`CanonicalABI.md`, `canon backpressure.{inc,dec}`).

use super::CanonFunc;
use crate::component::abi::context::Cx;
use crate::component::boundary::Entered;
use crate::error::{Result, Trap};

/// `canon backpressure.inc`
pub fn backpressure_inc(cx: &mut Cx<'_>, canon: CanonFunc) -> Result<Entered> {
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.backpressure = inst.backpressure.checked_add(1).ok_or(Trap::Backpressure)?;
    canon.done(cx, &[])
}

/// `canon backpressure.dec`
pub fn backpressure_dec(cx: &mut Cx<'_>, canon: CanonFunc) -> Result<Entered> {
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.backpressure = inst.backpressure.checked_sub(1).ok_or(Trap::Backpressure)?;
    canon.done(cx, &[])
}
