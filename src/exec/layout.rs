//! Values between frames of different width (see [`Frame`](super::frame::Frame)).
//!
//! Code knows the width of its own frame and nothing else. When a call or a return leaves the
//! code of one width, its values are *packed*: vectors take two slots, all others one. A narrow
//! frame has no vectors, so there packed is how values lie anyway, and for the machine's owner
//! packed is all there is. Only the way into or out of a wide frame has work to do: one call
//! has it on the way in, by the function's parameters, and one return on the way out, by its
//! results. Calls between functions of one instance and one width have none.

use super::Machine;
use super::frame::Frame;
use crate::error::{Result, Trap, bug};
#[cfg(feature = "simd")]
use crate::store::InstanceId;
use crate::store::{FuncId, Store, known};
use crate::syntax::ValType;
use crate::types::TypeId;

/// How many slots values of these types take when packed.
pub(super) fn packed_slots(types: &[ValType]) -> usize {
    types.iter().map(|ty| ty.slots() as usize).sum()
}

/// Packs the values at the start of `slots`, which lie there as in a wide frame. Returns how
/// many slots they take then.
fn pack(slots: &mut [u64], types: &[ValType]) -> usize {
    let mut end = 0;
    for (value, ty) in types.iter().enumerate() {
        // Never to behind where it comes from.
        let size = ty.slots() as usize;
        slots.copy_within(2 * value..2 * value + size, end);
        end += size;
    }
    end
}

/// Lays out the packed values at the start of `slots` as a wide frame has them. There is room.
fn expand(slots: &mut [u64], types: &[ValType]) {
    let mut start = packed_slots(types);
    for (value, ty) in types.iter().enumerate().rev() {
        let size = ty.slots() as usize;
        start -= size;
        slots.copy_within(start..start + size, 2 * value);
        if let Some(rest) = slots.get_mut(2 * value + size..2 * value + 2) {
            rest.fill(0);
        }
    }
}

impl Machine {
    /// Whether the topmost frame is wide.
    #[inline]
    pub(super) fn is_wide(&self) -> bool {
        self.frames.last().is_some_and(Frame::is_wide)
    }

    /// Pops a value of the topmost frame, as the slots of a vector.
    pub(super) fn pop_value(&mut self) -> [u64; 2] {
        self.top = self.top.saturating_sub(1 << usize::from(self.is_wide()));
        match self.slots.get(self.top..) {
            Some([low, high, ..]) if self.is_wide() => [*low, *high],
            Some([slot, ..]) => [*slot, 0],
            _ => [0; 2],
        }
    }

    /// Pushes a value for the topmost frame, which has room for it.
    pub(super) fn push_value(&mut self, value: [u64; 2]) {
        let size = 1 << usize::from(self.is_wide());
        if let Some(place) = self.slots.get_mut(self.top..self.top + size) {
            place.copy_from_slice(value.get(..size).unwrap_or_default());
        }
        self.top += size;
    }

    /// Packs the values on top of the stack, which lie there as the topmost frame has them.
    /// Returns how many slots they take then.
    #[cfg(any(feature = "tail-call", feature = "exceptions"))]
    pub(super) fn hand_out(&mut self, types: &[ValType]) -> Result<usize> {
        if self.is_wide() {
            self.pack_top(types)?;
        }
        let slots = packed_slots(types);
        if slots > self.top {
            return Err(bug!("fewer values than types").into());
        }
        Ok(slots)
    }

    /// Lays the packed values on top of the stack out as the topmost frame has them.
    pub(super) fn receive(&mut self, store: &Store, types: &[ValType]) -> Result<()> {
        if self.is_wide() { self.expand_top(store, types) } else { Ok(()) }
    }

    /// Lays the arguments on top of the stack, which are the topmost frame's, out for a callee:
    /// a function of that type of the store that is as wide as that.
    pub(super) fn convey_arguments(&mut self, store: &Store, ty: TypeId, to_wide: bool) -> Result<()> {
        let from_wide = self.is_wide();
        if from_wide == to_wide {
            return Ok(());
        }
        let (params, _) = known(store.state.types.func(ty))?;
        if to_wide {
            return self.expand_top(store, params);
        }
        self.pack_top(params)?;
        if self.frames.len() >= store.state.quota.limits.call_depth as usize {
            return Err(Trap::CallStackExhausted.into());
        }
        // Slots are fewer than 2³², as their limit is.
        Ok(self.frames.push(Frame::expanding(ty, self.top as u32))?)
    }

    /// A function outside of WebAssembly is called: its arguments are packed.
    #[inline]
    pub(super) fn convey_to_host(&mut self, store: &Store, func: FuncId) -> Result<()> {
        if !self.is_wide() {
            return Ok(());
        }
        let ty = known(store.state.funcs.get(func))?.ty;
        self.convey_arguments(store, ty, false)
    }

    /// A wide function has returned, and its frame is gone: its results are for the topmost frame.
    #[cfg(feature = "simd")]
    pub(super) fn convey_results(&mut self, store: &Store, instance: InstanceId, func: u32) -> Result<()> {
        if self.is_wide() {
            return Ok(());
        }
        let (_, module) = known(store.module(instance))?;
        let index = module.imported_funcs as usize + func as usize;
        let ty = *known(module.func_types.get(index))?;
        let (_, results) = known(module.types.func(ty))?;
        self.pack_top(results)
    }

    /// Takes off the topmost frame, into which packed results of that type were returned, and
    /// gives them to the frame below.
    pub(super) fn leave_expanding(&mut self, store: &Store, ty: TypeId) -> Result<()> {
        self.frames.pop();
        let (_, results) = known(store.state.types.func(ty))?;
        self.receive(store, results)
    }

    /// Packs the values on top of the stack.
    fn pack_top(&mut self, types: &[ValType]) -> Result<()> {
        let start = self.top.checked_sub(2 * types.len());
        let Some((start, slots)) = start.and_then(|start| Some((start, self.slots.get_mut(start..self.top)?))) else {
            return Err(bug!("fewer values than types").into());
        };
        self.top = start + pack(slots, types);
        Ok(())
    }

    /// Lays out the packed values on top of the stack as a wide frame has them.
    fn expand_top(&mut self, store: &Store, types: &[ValType]) -> Result<()> {
        let Some(start) = self.top.checked_sub(packed_slots(types)) else {
            return Err(bug!("fewer values than types").into());
        };
        let end = start + 2 * types.len();
        self.reserve(&store.state.quota.limits, end)?;
        if let Some(slots) = self.slots.get_mut(start..end) {
            expand(slots, types);
        }
        self.top = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_and_expanding_are_inverse() {
        use ValType::{F32, I32, I64, V128};
        for types in [&[][..], &[I32], &[V128], &[I32, V128, I64], &[V128, F32, V128], &[I64, I32, F32, V128]] {
            // Any value but zero in each slot that is used.
            let wide: std::vec::Vec<u64> =
                (1..).zip(types).flat_map(|(value, ty)| [value, if *ty == V128 { value + 100 } else { 0 }]).collect();
            let mut slots = wide.clone();
            let len = pack(&mut slots, types);
            assert_eq!(len, packed_slots(types));
            let packed: std::vec::Vec<u64> = wide.iter().copied().filter(|slot| *slot != 0).collect();
            assert_eq!(slots[..len], packed);
            // What is behind them does not matter.
            slots[len..].fill(u64::MAX);
            expand(&mut slots, types);
            assert_eq!(slots, wide);
        }
    }
}
