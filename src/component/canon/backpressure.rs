//! How an instance holds back calls (`CanonicalABI.md`, `canon backpressure.{inc,dec}`).

use super::CanonFunc;
use crate::component::abi::context::Cx;
use crate::component::flow::Flow;
use crate::error::{Result, Trap};

/// `canon backpressure.inc`
pub fn backpressure_inc(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    count(cx, canon, 1)?;
    canon.done(cx, &[])
}

/// `canon backpressure.dec`
pub fn backpressure_dec(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    count(cx, canon, -1)?;
    cx.live.wake_entering(canon.inst)?;
    canon.done(cx, &[])
}

fn count(cx: &mut Cx<'_>, canon: &CanonFunc, by: i16) -> Result<()> {
    let counter = change(cx.live.instance(canon.inst)?.backpressure, by)?;
    Ok(cx.live.change(canon.inst, |inst| inst.backpressure = counter)?)
}

fn change(counter: u16, by: i16) -> Result<u16> {
    Ok(counter.checked_add_signed(by).ok_or(Trap::Backpressure)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_has_16_bits() {
        assert_eq!((change(0, 1).unwrap(), change(1, -1).unwrap(), change(0xFFFE, 1).unwrap()), (1, 0, 0xFFFF));
        for (counter, by) in [(0, -1), (0xFFFF, 1)] {
            assert_eq!(change(counter, by).err().and_then(|error| error.trap()), Some(Trap::Backpressure));
        }
    }
}
