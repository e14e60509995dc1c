//! Constant expressions (core spec, Constant Expressions): which instructions are constant.
//! Their types are judged as those of any code.

use super::context::Context;
use crate::binary::Reader;
use crate::binary::instr::{read_opcode, skip_instruction};
use crate::error::{Error, ErrorKind, Invalid, Result};
use crate::syntax::instr::{describe, opcode};
use crate::syntax::{Features, GlobalIdx};

/// Reads an instruction, and that it is constant.
pub(super) fn check(cx: &Context<'_>, reader: &mut Reader<'_>) -> Result<()> {
    let (at, mut immediates) = (reader.position(), reader.clone());
    let found = skip_instruction(reader)?;
    // Only messages say which instruction it is.
    let text = describe(found).map_or("", |(text, _)| text);
    match found {
        opcode::i32_const
        | opcode::i64_const
        | opcode::f32_const
        | opcode::f64_const
        | opcode::v128_const
        | opcode::ref_null
        | opcode::ref_func
        | opcode::ref_i31
        | opcode::struct_new
        | opcode::struct_new_default
        | opcode::struct_new_desc
        | opcode::struct_new_default_desc
        | opcode::array_new
        | opcode::array_new_default
        | opcode::array_new_fixed
        | opcode::any_convert_extern
        | opcode::extern_convert_any
        | opcode::end => Ok(()),
        opcode::i32_add | opcode::i32_sub | opcode::i32_mul | opcode::i64_add | opcode::i64_sub | opcode::i64_mul => {
            cx.require(Features::EXTENDED_CONST, text, at)
        }
        opcode::global_get => {
            read_opcode(&mut immediates)?;
            check_global(cx, immediates.read()?, at)
        }
        _ => Err(Error::invalid(Invalid::ConstantExpression, at).with_message(format_args!("found {text}"))),
    }
}

/// An immutable global. Only those before the expression are known when it is judged, and up to
/// WebAssembly 2.0 only imported ones count.
fn check_global(cx: &Context<'_>, global: GlobalIdx, at: u32) -> Result<()> {
    let ty = cx.global(global, at)?;
    if ty.mutable {
        let message = format_args!("global {global} can change");
        return Err(Error::invalid(Invalid::ConstantExpression, at).with_message(message));
    }
    if global.raw() >= cx.module.imported_globals && !cx.options.features.contains(Features::GC) {
        let message = format_args!("global.get of global {global}, which is not imported");
        return Err(Error::new(ErrorKind::Disabled(Features::GC)).at(at).with_message(message));
    }
    Ok(())
}
