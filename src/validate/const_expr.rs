//! Constant expressions (core spec, Constant Expressions): which instructions are constant.
//! Their types are judged as those of any code.

use super::context::Context;
use crate::error::{Error, ErrorKind, Invalid, Result};
use crate::syntax::{Features, GlobalIdx, Instr};

/// That the instruction at `at` is constant.
pub(super) fn check(cx: &Context<'_>, instr: &Instr<'_>, at: u32) -> Result<()> {
    match instr {
        Instr::i32_const { .. }
        | Instr::i64_const { .. }
        | Instr::f32_const { .. }
        | Instr::f64_const { .. }
        | Instr::ref_null { .. }
        | Instr::ref_func { .. }
        | Instr::end { .. } => Ok(()),
        #[cfg(any(feature = "simd", test))]
        Instr::v128_const { .. } => Ok(()),
        #[cfg(any(feature = "gc", test))]
        Instr::ref_i31 { .. }
        | Instr::struct_new { .. }
        | Instr::struct_new_default { .. }
        | Instr::array_new { .. }
        | Instr::array_new_default { .. }
        | Instr::array_new_fixed { .. }
        | Instr::any_convert_extern { .. }
        | Instr::extern_convert_any { .. } => Ok(()),
        #[cfg(any(feature = "custom-descriptors", test))]
        Instr::struct_new_desc { .. } | Instr::struct_new_default_desc { .. } => Ok(()),
        Instr::i32_add { .. }
        | Instr::i32_sub { .. }
        | Instr::i32_mul { .. }
        | Instr::i64_add { .. }
        | Instr::i64_sub { .. }
        | Instr::i64_mul { .. } => cx.require(Features::EXTENDED_CONST, instr.text(), at),
        Instr::global_get { global } => check_global(cx, *global, at),
        _ => Err(Error::invalid(Invalid::ConstantExpression, at).with_message(format_args!("found {}", instr.text()))),
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
