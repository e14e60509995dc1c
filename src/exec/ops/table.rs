//! Single elements of tables (core spec, Table Instructions). What works on many of them is in
//! `bulk`.

use crate::error::{Trap, bug};
use crate::exec::activation::Step;
use crate::exec::registers::Registers;
use crate::store::Ref;
use crate::syntax::TableIdx;

/// `table.get`
#[inline(always)]
pub(in crate::exec) fn table_get<'a>(a: &mut impl Registers<'a>) -> Step {
    let table = TableIdx::new(a.index());
    let index = a.pop();
    let Some(table) = a.cx().table(table) else {
        return Err(a.halt(bug!("a table is missing")));
    };
    let Some(element) = table.get(index) else { return Err(a.halt(Trap::OutOfBoundsTableAccess)) };
    a.push(element.into_slot());
    Ok(())
}

/// `table.set`
#[inline(always)]
pub(in crate::exec) fn table_set<'a>(a: &mut impl Registers<'a>) -> Step {
    let table = TableIdx::new(a.index());
    let value = Ref::from_slot(a.pop());
    let index = a.pop();
    let Some(table) = a.cx().table(table) else {
        return Err(a.halt(bug!("a table is missing")));
    };
    let place = usize::try_from(index).ok().and_then(|index| table.elements_mut().get_mut(index));
    let Some(place) = place else { return Err(a.halt(Trap::OutOfBoundsTableAccess)) };
    *place = value;
    Ok(())
}

slow! { table_init table_copy table_grow table_size table_fill elem_drop }
