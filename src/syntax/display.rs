//! Core types as the text format writes them (core spec, Text Format, Types).

use super::core_type::{AddrType, GlobalType, HeapType, MemoryType, RefType, TableType, ValType};
use core::fmt;

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValType::I32 => f.write_str("i32"),
            ValType::I64 => f.write_str("i64"),
            ValType::F32 => f.write_str("f32"),
            ValType::F64 => f.write_str("f64"),
            ValType::V128 => f.write_str("v128"),
            ValType::Ref(ty) => ty.fmt(f),
        }
    }
}

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeapType::Abstract(heap) => f.write_str(heap.text()),
            HeapType::Concrete(index) => write!(f, "{index}"),
            HeapType::Exact(index) => write!(f, "(exact {index})"),
        }
    }
}

/// In its short form where there is one.
impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_nullable(), self.heap()) {
            (true, HeapType::Abstract(heap)) => f.write_str(heap.ref_text()),
            (true, heap) => write!(f, "(ref null {heap})"),
            (false, heap) => write!(f, "(ref {heap})"),
        }
    }
}

impl fmt::Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mutable {
            true => write!(f, "(mut {})", self.content),
            false => self.content.fmt(f),
        }
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_limits(f, self.addr, self.min, self.max)?;
        write!(f, " {}", self.element)
    }
}

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_limits(f, self.addr, self.min, self.max)?;
        if self.shared {
            f.write_str(" shared")?;
        }
        match self.custom_page_size.and_then(|log2| 1u64.checked_shl(log2)) {
            Some(size) => write!(f, " (pagesize {size})"),
            None => Ok(()),
        }
    }
}

fn write_limits(f: &mut fmt::Formatter<'_>, addr: AddrType, min: u64, max: Option<u64>) -> fmt::Result {
    if addr == AddrType::I64 {
        f.write_str("i64 ")?;
    }
    write!(f, "{min}")?;
    max.map_or(Ok(()), |max| write!(f, " {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::TypeIdx;
    use std::string::ToString;

    #[test]
    fn types_are_written_as_in_the_text_format() {
        let concrete = |nullable| ValType::Ref(RefType::of(nullable, HeapType::Concrete(TypeIdx::new(3))));
        assert_eq!(ValType::I32.to_string(), "i32");
        assert_eq!(ValType::Ref(RefType::FUNCREF).to_string(), "funcref");
        assert_eq!(ValType::Ref(RefType::FUNCREF.as_non_null()).to_string(), "(ref func)");
        assert_eq!(concrete(true).to_string(), "(ref null 3)");
        assert_eq!(concrete(false).to_string(), "(ref 3)");
        assert_eq!(GlobalType { content: ValType::F64, mutable: true }.to_string(), "(mut f64)");
        let table = TableType { element: RefType::EXTERNREF, addr: AddrType::I64, min: 1, max: Some(2) };
        assert_eq!(table.to_string(), "i64 1 2 externref");
        let memory = MemoryType { addr: AddrType::I32, shared: true, min: 1, max: Some(2), custom_page_size: Some(0) };
        assert_eq!(memory.to_string(), "1 2 shared (pagesize 1)");
        assert_eq!(MemoryType { shared: false, max: None, custom_page_size: None, ..memory }.to_string(), "1");
    }
}
