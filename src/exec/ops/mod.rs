//! Handlers: one function for each row of the instruction table with a rule, named as the row.

pub mod call;
pub mod control;
pub mod memory;
pub mod reference;
pub mod table;
pub mod variable;

/// All handlers under one name, for dispatchers.
pub mod handlers {
    pub use super::call::{call, call_indirect, return_};
    pub use super::control::{block, br, br_if, br_table, else_, end, if_, loop_, unreachable};
    pub use super::memory::{data_drop, memory_copy, memory_fill, memory_grow, memory_init, memory_size};
    pub use super::reference::{ref_func, ref_is_null, ref_null};
    pub use super::table::{
        elem_drop, table_copy, table_fill, table_get, table_grow, table_init, table_set, table_size,
    };
    pub use super::variable::{drop, global_get, global_set, local_get, local_set, local_tee, select, select_t};
}
