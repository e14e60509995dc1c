//! Values of scripts: arguments made, results compared with the patterns that scripts allow.

use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Const, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};
use windlass::{AnyRef, ExternRef, Rooted, Store, Val};

/// Arguments of a core function.
pub(crate) fn core_args(args: &[WastArg<'_>], store: &Store<()>) -> Result<Vec<Val>, String> {
    args.iter()
        .map(|arg| match arg {
            WastArg::Core(arg) => core_arg(arg, store),
            other => Err(format!("not an argument of a core function: {other:?}")),
        })
        .collect()
}

fn core_arg(arg: &WastArgCore<'_>, store: &Store<()>) -> Result<Val, String> {
    Ok(match arg {
        WastArgCore::I32(value) => Val::I32(*value),
        WastArgCore::I64(value) => Val::I64(*value),
        WastArgCore::F32(value) => Val::F32(value.bits),
        WastArgCore::F64(value) => Val::F64(value.bits),
        WastArgCore::V128(value) => Val::V128(v128_bits(value)),
        WastArgCore::RefNull(heap) => null(heap)?,
        WastArgCore::RefExtern(number) => Val::ExternRef(Some(host(*number)?)),
        // The host's own, taken for a value of the guest's.
        WastArgCore::RefHost(number) => {
            let any = AnyRef::convert_extern(store, host(*number)?);
            Val::AnyRef(Some(any.map_err(|error| error.to_string())?))
        }
    })
}

fn host(number: u32) -> Result<Rooted<ExternRef>, String> {
    ExternRef::from_number(number).ok_or_else(|| format!("no external reference has the number {number}"))
}

/// The null of a heap type's hierarchy.
fn null(heap: &HeapType<'_>) -> Result<Val, String> {
    use AbstractHeapType as A;
    let HeapType::Abstract { ty, .. } = heap else {
        return Err(format!("a script cannot name the type {heap:?}"));
    };
    Ok(match ty {
        A::Func | A::NoFunc => Val::FuncRef(None),
        A::Extern | A::NoExtern => Val::ExternRef(None),
        A::Exn | A::NoExn => Val::ExnRef(None),
        A::Any | A::Eq | A::I31 | A::Struct | A::Array | A::None => Val::AnyRef(None),
        other => return Err(format!("no such reference here: {other:?}")),
    })
}

fn v128_bits(value: &V128Const) -> u128 {
    u128::from_le_bytes(value.to_le_bytes())
}

/// Compares results with what the script allows.
pub(crate) fn check_core(found: &[Val], expected: &[WastRet<'_>], store: &Store<()>) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("expected {} results, got {found:?}", expected.len()));
    }
    for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
        let agree = match expected {
            WastRet::Core(expected) => agrees(found, expected, store),
            _ => false,
        };
        if !agree {
            return Err(format!("result {position}: expected {}, got {}", describe(expected), show(found)));
        }
    }
    Ok(())
}

fn describe(expected: &WastRet<'_>) -> String {
    match expected {
        WastRet::Core(WastRetCore::F32(NanPattern::Value(value))) => format!("f32 {}", hex(value.bits.into(), 8)),
        WastRet::Core(WastRetCore::F64(NanPattern::Value(value))) => format!("f64 {}", hex(value.bits.into(), 16)),
        WastRet::Core(other) => format!("{other:?}"),
        other => format!("{other:?}"),
    }
}

fn show(found: &Val) -> String {
    match found {
        Val::F32(bits) => format!("f32 {}", hex((*bits).into(), 8)),
        Val::F64(bits) => format!("f64 {}", hex((*bits).into(), 16)),
        Val::V128(bits) => format!("v128 {}", hex(*bits, 32)),
        other => format!("{other:?}"),
    }
}

fn hex(bits: u128, digits: usize) -> String {
    format!("0x{bits:0digits$x}")
}

fn agrees(found: &Val, expected: &WastRetCore<'_>, store: &Store<()>) -> bool {
    match (expected, found) {
        (WastRetCore::Either(any), found) => any.iter().any(|expected| agrees(found, expected, store)),
        (WastRetCore::I32(expected), Val::I32(found)) => expected == found,
        (WastRetCore::I64(expected), Val::I64(found)) => expected == found,
        (WastRetCore::F32(expected), Val::F32(found)) => f32_agrees(*found, expected),
        (WastRetCore::F64(expected), Val::F64(found)) => f64_agrees(*found, expected),
        (WastRetCore::V128(expected), Val::V128(found)) => v128_agrees(*found, expected),
        // Without a type any null will do.
        (
            WastRetCore::RefNull(None),
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None),
        ) => true,
        (WastRetCore::RefNull(Some(heap)), found) => null(heap).is_ok_and(|null| null == *found),
        (WastRetCore::RefExtern(None), Val::ExternRef(Some(_))) => true,
        (WastRetCore::RefExtern(Some(expected)), Val::ExternRef(Some(found))) => {
            found.number(store).is_ok_and(|found| found == Some(*expected))
        }
        (WastRetCore::RefHost(expected), Val::AnyRef(Some(found))) => ExternRef::convert_any(store, *found)
            .and_then(|found| found.number(store))
            .is_ok_and(|found| found == Some(*expected)),
        (WastRetCore::RefFunc(_), Val::FuncRef(Some(_))) => true,
        (WastRetCore::RefAny, Val::AnyRef(Some(_))) => true,
        (WastRetCore::RefEq, Val::AnyRef(Some(found))) => found.is_eqref(store).unwrap_or(false),
        (WastRetCore::RefI31, Val::AnyRef(Some(found))) => found.is_i31(store).unwrap_or(false),
        (WastRetCore::RefStruct, Val::AnyRef(Some(found))) => found.is_struct(store).unwrap_or(false),
        (WastRetCore::RefArray, Val::AnyRef(Some(found))) => found.is_array(store).unwrap_or(false),
        _ => false,
    }
}

/// The bits of a NaN's payload, and its quiet bit.
const F32_QUIET: u32 = 0x7FC0_0000;
const F64_QUIET: u64 = 0x7FF8_0000_0000_0000;

fn f32_agrees(found: u32, expected: &NanPattern<F32>) -> bool {
    match expected {
        // Either sign.
        NanPattern::CanonicalNan => found & 0x7FFF_FFFF == F32_QUIET,
        NanPattern::ArithmeticNan => found & F32_QUIET == F32_QUIET,
        NanPattern::Value(expected) => found == expected.bits,
    }
}

fn f64_agrees(found: u64, expected: &NanPattern<F64>) -> bool {
    match expected {
        NanPattern::CanonicalNan => found & 0x7FFF_FFFF_FFFF_FFFF == F64_QUIET,
        NanPattern::ArithmeticNan => found & F64_QUIET == F64_QUIET,
        NanPattern::Value(expected) => found == expected.bits,
    }
}

fn v128_agrees(found: u128, expected: &V128Pattern) -> bool {
    let bytes = found.to_le_bytes();
    fn lanes<const N: usize>(bytes: &[u8; 16]) -> impl Iterator<Item = [u8; N]> {
        bytes.as_chunks::<N>().0.iter().copied()
    }
    match expected {
        V128Pattern::I8x16(expected) => lanes(&bytes).map(i8::from_le_bytes).eq(expected.iter().copied()),
        V128Pattern::I16x8(expected) => lanes(&bytes).map(i16::from_le_bytes).eq(expected.iter().copied()),
        V128Pattern::I32x4(expected) => lanes(&bytes).map(i32::from_le_bytes).eq(expected.iter().copied()),
        V128Pattern::I64x2(expected) => lanes(&bytes).map(i64::from_le_bytes).eq(expected.iter().copied()),
        V128Pattern::F32x4(expected) => {
            lanes(&bytes).map(u32::from_le_bytes).zip(expected).all(|(found, expected)| f32_agrees(found, expected))
        }
        V128Pattern::F64x2(expected) => {
            lanes(&bytes).map(u64::from_le_bytes).zip(expected).all(|(found, expected)| f64_agrees(found, expected))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_patterns() {
        let canonical = NanPattern::CanonicalNan;
        let arithmetic = NanPattern::ArithmeticNan;
        for (bits, is_canonical, is_arithmetic) in [
            (0x7FC0_0000, true, true),
            (0xFFC0_0000, true, true),
            (0x7FC0_0001, false, true),
            (0x7FE0_0000, false, true),
            (0x7F80_0001, false, false),
            (0x7FA0_0000, false, false),
            (0x7F80_0000, false, false),
            (0x3F80_0000, false, false),
        ] {
            assert_eq!(f32_agrees(bits, &canonical), is_canonical, "{bits:#x}");
            assert_eq!(f32_agrees(bits, &arithmetic), is_arithmetic, "{bits:#x}");
        }
        assert!(f64_agrees(0xFFF8_0000_0000_0000, &NanPattern::CanonicalNan));
        assert!(!f64_agrees(0x7FF8_0000_0000_0001, &NanPattern::CanonicalNan));
        assert!(f64_agrees(0x7FF8_0000_0000_0001, &NanPattern::ArithmeticNan));
        assert!(!f64_agrees(0x7FF0_0000_0000_0001, &NanPattern::ArithmeticNan));
    }
}
