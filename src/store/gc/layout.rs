//! How objects lie in the heap.
//!
//! An object begins with a header of four bytes. What follows:
//!
//! | object | then |
//! |---|---|
//! | structure | its fields ([`types::aggregate`](crate::types::aggregate)) |
//! | array | how many elements, in four bytes; the elements |
//! | exception | how many slots, in four bytes; the slots of what it carries |
//! | host | the number of the host's data, in four bytes |

use super::{GRANULE, Heap};
use crate::store::Ref;
use crate::syntax::{StorageType, ValType};

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A structure; the number is its [`TypeId`](crate::types::TypeId) in the store's types.
    Struct,
    /// An array; the number is its [`TypeId`](crate::types::TypeId) in the store's types.
    Array,
    /// An exception; the number is its [`TagId`](crate::store::TagId).
    Exception,
    /// Data of the host; the number means nothing.
    Host,
}

/// The first four bytes of an object.
///
/// mark 1 · kind 2 · number 29
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header(u32);

impl Header {
    /// Set while a collection has found the object to be in use.
    const MARK: u32 = 1 << 31;
    const KIND_SHIFT: u32 = 29;
    const NUMBER: u32 = (1 << Self::KIND_SHIFT) - 1;

    /// `None` where the number has more than 29 bits.
    pub(super) const fn new(kind: Kind, number: u32) -> Option<Self> {
        if number > Self::NUMBER { None } else { Some(Header((kind as u32) << Self::KIND_SHIFT | number)) }
    }

    /// What the object is.
    #[inline]
    pub const fn kind(self) -> Kind {
        match self.0 >> Self::KIND_SHIFT & 3 {
            0 => Kind::Struct,
            1 => Kind::Array,
            2 => Kind::Exception,
            _ => Kind::Host,
        }
    }

    /// The number of its type or tag.
    #[inline]
    pub const fn number(self) -> u32 {
        self.0 & Self::NUMBER
    }

    pub(super) const fn is_marked(self) -> bool {
        self.0 & Self::MARK != 0
    }

    pub(super) const fn with_mark(self, marked: bool) -> Self {
        if marked { Header(self.0 | Self::MARK) } else { Header(self.0 & !Self::MARK) }
    }
}

/// Bytes before the fields of a structure.
pub const STRUCT_FIELDS: u32 = 4;
/// Bytes before the elements of an array, or before the slots of an exception.
pub const ELEMENTS: u32 = 8;

impl Heap {
    /// The `N` bytes at `offset` within an object.
    #[inline]
    pub(super) fn bytes_at<const N: usize>(&self, granule: u32, offset: u64) -> Option<[u8; N]> {
        let start = (granule as usize * GRANULE).checked_add(usize::try_from(offset).ok()?)?;
        self.bytes.get(start..)?.first_chunk().copied()
    }

    #[inline]
    pub(super) fn set_bytes_at<const N: usize>(&mut self, granule: u32, offset: u64, bytes: [u8; N]) -> Option<()> {
        let start = (granule as usize * GRANULE).checked_add(usize::try_from(offset).ok()?)?;
        *self.bytes.get_mut(start..)?.first_chunk_mut()? = bytes;
        Some(())
    }

    #[inline]
    pub(super) fn header_at(&self, granule: u32) -> Option<Header> {
        self.bytes_at(granule, 0).map(|bytes| Header(u32::from_le_bytes(bytes)))
    }

    pub(super) fn set_header(&mut self, granule: u32, header: Header) {
        self.set_bytes_at(granule, 0, header.0.to_le_bytes());
    }

    /// The second four bytes of an object: its count or number.
    #[inline]
    pub(super) fn second_word(&self, granule: u32) -> Option<u32> {
        self.bytes_at(granule, 4).map(u32::from_le_bytes)
    }

    /// What a reference refers to; nothing unless it is to an object.
    #[inline]
    pub fn header(&self, object: Ref) -> Option<Header> {
        self.header_at(object.granule()?)
    }

    /// How many elements an array has.
    #[inline]
    pub fn array_len(&self, array: Ref) -> Option<u32> {
        self.second_word(array.granule()?)
    }

    /// The value at `offset` within an object, as slots; packed ones are filled up with zeros.
    #[inline]
    pub fn read(&self, object: Ref, offset: u64, storage: StorageType) -> Option<[u64; 2]> {
        let at = object.granule()?;
        let low = match storage {
            StorageType::I8 => u64::from(u8::from_le_bytes(self.bytes_at(at, offset)?)),
            StorageType::I16 => u64::from(u16::from_le_bytes(self.bytes_at(at, offset)?)),
            StorageType::Val(ValType::I32 | ValType::F32) => u64::from(u32::from_le_bytes(self.bytes_at(at, offset)?)),
            StorageType::Val(ValType::Ref(_)) => Ref::from_bytes(self.bytes_at(at, offset)?).into_slot(),
            StorageType::Val(ValType::I64 | ValType::F64) => u64::from_le_bytes(self.bytes_at(at, offset)?),
            StorageType::Val(ValType::V128) => {
                let high = u64::from_le_bytes(self.bytes_at(at, offset.checked_add(8)?)?);
                return Some([u64::from_le_bytes(self.bytes_at(at, offset)?), high]);
            }
        };
        Some([low, 0])
    }

    /// Changes the value at `offset` within an object; packed ones are cut.
    #[inline]
    pub fn write(&mut self, object: Ref, offset: u64, storage: StorageType, [low, high]: [u64; 2]) -> Option<()> {
        let at = object.granule()?;
        match storage {
            StorageType::I8 => self.set_bytes_at(at, offset, (low as u8).to_le_bytes()),
            StorageType::I16 => self.set_bytes_at(at, offset, (low as u16).to_le_bytes()),
            StorageType::Val(ValType::I32 | ValType::F32 | ValType::Ref(_)) => {
                self.set_bytes_at(at, offset, (low as u32).to_le_bytes())
            }
            StorageType::Val(ValType::I64 | ValType::F64) => self.set_bytes_at(at, offset, low.to_le_bytes()),
            StorageType::Val(ValType::V128) => {
                self.set_bytes_at(at, offset, low.to_le_bytes())?;
                self.set_bytes_at(at, offset.checked_add(8)?, high.to_le_bytes())
            }
        }
    }

    /// `len` bytes from `offset` within an object on.
    pub fn bytes(&self, object: Ref, offset: u64, len: u64) -> Option<&[u8]> {
        let start = self.position(object, offset)?;
        self.bytes.get(start..start.checked_add(usize::try_from(len).ok()?)?)
    }

    /// `len` bytes from `offset` within an object on, to change.
    pub fn bytes_mut(&mut self, object: Ref, offset: u64, len: u64) -> Option<&mut [u8]> {
        let start = self.position(object, offset)?;
        self.bytes.get_mut(start..start.checked_add(usize::try_from(len).ok()?)?)
    }

    /// Copies `len` bytes between objects or within one.
    pub fn copy(&mut self, to: (Ref, u64), from: (Ref, u64), len: u64) -> Option<()> {
        let (to, from) = (self.position(to.0, to.1)?, self.position(from.0, from.1)?);
        let len = usize::try_from(len).ok()?;
        let (end_to, end_from) = (to.checked_add(len)?, from.checked_add(len)?);
        if end_to.max(end_from) > self.bytes.len() {
            return None;
        }
        self.bytes.copy_within(from..end_from, to);
        Some(())
    }

    fn position(&self, object: Ref, offset: u64) -> Option<usize> {
        (object.granule()? as usize * GRANULE).checked_add(usize::try_from(offset).ok()?)
    }
}
