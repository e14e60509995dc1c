//! Core values as WAVE: `i32` and `i64` may be written as signed or unsigned numbers.

use super::Call;
use crate::Outcome;
use wasm_wave::ast::Node;
use wasm_wave::value::Value;
use windlass::Val;
use windlass::syntax::ValType;

/// A call's arguments as values of these types.
pub fn arguments(call: &Call, types: &[ValType]) -> Outcome<Vec<Val>> {
    let nodes = call.nodes();
    if nodes.len() != types.len() {
        return Err(call.wrong_count(types.iter()));
    }
    nodes.zip(types).map(|(node, ty)| argument(call, node, ty)).collect()
}

fn argument(call: &Call, node: &Node, ty: &ValType) -> Outcome<Val> {
    let text = call.text();
    let value = match ty {
        ValType::I32 => {
            node.as_number::<i32>(text).or_else(|_| node.as_number::<u32>(text).map(u32::cast_signed)).map(Val::I32)
        }
        ValType::I64 => {
            node.as_number::<i64>(text).or_else(|_| node.as_number::<u64>(text).map(u64::cast_signed)).map(Val::I64)
        }
        ValType::F32 => node.as_number::<f32>(text).map(|value| Val::F32(value.to_bits())),
        ValType::F64 => node.as_number::<f64>(text).map(|value| Val::F64(value.to_bits())),
        _ => return Err(call.wrong(node.span(), &format!("WAVE has no values of type {ty}"))),
    };
    value.map_err(|_| {
        let written = text.get(node.span()).unwrap_or_default();
        call.wrong(node.span(), &format!("'{written}' is not a value of type {ty}"))
    })
}

/// Results as one line; nothing where there are none.
pub fn results(values: &[Val]) -> Option<String> {
    match values {
        [] => None,
        [one] => Some(result(one)),
        several => Some(format!("({})", several.iter().map(result).collect::<Vec<_>>().join(", "))),
    }
}

fn result(value: &Val) -> String {
    let number = match value {
        Val::I32(value) => Value::from(*value),
        Val::I64(value) => Value::from(*value),
        Val::F32(bits) => Value::from(f32::from_bits(*bits)),
        Val::F64(bits) => Value::from(f64::from_bits(*bits)),
        // What WAVE has no form for is still worth seeing.
        other => return format!("{other:?}"),
    };
    wasm_wave::to_string(&number).unwrap_or_else(|_| format!("{value:?}"))
}
