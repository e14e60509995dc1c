//! Transfers between the buffers of streams and futures, which can be in one memory, because both ends can be in one
//! component.

use super::{Both, Transfer};
use crate::component::abi::load::normalize;
use crate::component::abi::string::{range, range_mut};
use crate::error::{Result, Trap};
use crate::types::component::{PrimValType, ValType};

impl Transfer<'_, '_, '_> {
    /// `load_list_from_valid_range` and `store_list_into_valid_range` between buffers, which may
    /// be in one memory: then the values are numbers.
    pub fn copy_elements(&mut self, from: u64, to: u64, length: u64, elem: Both) -> Result<()> {
        self.charge_elements(length, elem.from);
        if self.cx.memory_id(&self.from)? != self.cx.memory_id(&self.to)? {
            return self.elements(from, to, length, elem);
        }
        let bytes = length.saturating_mul(u64::from(self.from.layout(elem.from).size));
        let memory = self.cx.memory_mut(&self.from)?;
        if range(memory, from, bytes).is_none() || range(memory, to, bytes).is_none() {
            return Err(Trap::BufferOutOfBounds.into());
        }
        // Both are within the memory, so they are no longer than it is.
        memory.copy_within(from as usize..(from + bytes) as usize, to as usize);
        match elem.from {
            ValType::Primitive(ty @ PrimValType::F32) => canonicalize::<4>(memory, to, bytes, ty),
            ValType::Primitive(ty @ PrimValType::F64) => canonicalize::<8>(memory, to, bytes, ty),
            _ => Ok(()),
        }
    }
}

/// `canonicalize_nan32` and `canonicalize_nan64` of numbers where they lie.
fn canonicalize<const N: usize>(memory: &mut [u8], at: u64, bytes: u64, ty: PrimValType) -> Result<()> {
    let place = range_mut(memory, at, bytes).unwrap_or_default();
    for number in place.as_chunks_mut::<N>().0 {
        let mut bits = [0; 8];
        for (place, byte) in bits.iter_mut().zip(number.iter()) {
            *place = *byte;
        }
        let bits = normalize(ty, u64::from_le_bytes(bits))?.to_le_bytes();
        for (place, byte) in number.iter_mut().zip(bits) {
            *place = byte;
        }
    }
    Ok(())
}
