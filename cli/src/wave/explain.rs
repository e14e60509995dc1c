//! Says in terms of types why an argument does not fit.

use wasm_wave::ast::{Node, NodeType};
use wasm_wave::parser::{ParserError, ParserErrorKind};
use wasm_wave::wasm::{DisplayType, WasmType, WasmTypeKind};

/// A sentence about `error`, where one is better than the parser's own.
pub fn explain<T: WasmType>(arguments: &[&Node], types: &[T], text: &str, error: &ParserError) -> Option<String> {
    if !matches!(error.kind(), ParserErrorKind::InvalidValue | ParserErrorKind::InvalidType) {
        return arguments.iter().zip(types).find_map(|(node, ty)| unknown_field(node, ty, text));
    }
    arguments.iter().zip(types).find_map(|(node, ty)| find(node, ty, text, error))
}

/// Goes through value and type together to the place of the error.
fn find<T: WasmType>(node: &Node, ty: &T, text: &str, error: &ParserError) -> Option<String> {
    let (place, span) = (error.span(), node.span());
    if place.start < span.start || place.end > span.end {
        return None;
    }
    if let Some(found) = children(node, ty, text).into_iter().find_map(|(node, ty)| find(node, &ty, text, error)) {
        return Some(found);
    }
    let written = text.get(span)?;
    let expected = DisplayType(ty).to_string();
    match ty.kind() {
        WasmTypeKind::Record if node.ty() == NodeType::TupleSet => unknown_field(node, ty, text),
        _ => Some(format!("'{written}' is not a value of type {expected}")),
    }
}

/// A field that the record type does not have, with those it has.
fn unknown_field<T: WasmType>(node: &Node, ty: &T, text: &str) -> Option<String> {
    if ty.kind() == WasmTypeKind::Record {
        let known: Vec<String> = ty.record_fields().map(|(name, _)| name.into_owned()).collect();
        let unknown = node.as_record(text).ok()?.find(|(name, _)| !known.iter().any(|field| field == name));
        if let Some((name, _)) = unknown {
            return Some(format!("no field '{name}'; the record has {}", known.join(", ")));
        }
    }
    children(node, ty, text).into_iter().find_map(|(node, ty)| unknown_field(node, &ty, text))
}

/// The parts of a value with their types, as far as both agree.
fn children<'a, T: WasmType>(node: &'a Node, ty: &T, text: &str) -> Vec<(&'a Node, T)> {
    pairs(node, ty, text).unwrap_or_default()
}

fn pairs<'a, T: WasmType>(node: &'a Node, ty: &T, text: &str) -> Option<Vec<(&'a Node, T)>> {
    Some(match ty.kind() {
        WasmTypeKind::List => {
            let element = ty.list_element_type()?;
            node.as_list().ok()?.map(|node| (node, element.clone())).collect()
        }
        WasmTypeKind::Tuple => node.as_tuple().ok()?.zip(ty.tuple_element_types()).collect(),
        WasmTypeKind::Record => {
            let given = node.as_record(text).ok()?;
            let of = |name: &str| ty.record_fields().find(|(field, _)| field == name).map(|(_, ty)| ty);
            given.filter_map(|(name, node)| Some((node, of(name)?))).collect()
        }
        WasmTypeKind::Variant => {
            let (case, payload) = node.as_variant(text).ok()?;
            let (_, ty) = ty.variant_cases().find(|(name, _)| name == case)?;
            payload.zip(ty).into_iter().collect()
        }
        WasmTypeKind::Option => match node.as_option() {
            Ok(payload) => payload.zip(ty.option_some_type()).into_iter().collect(),
            // `some` may be left out.
            Err(_) => vec![(node, ty.option_some_type()?)],
        },
        WasmTypeKind::Result => {
            let (ok, err) = ty.result_types()?;
            match node.as_result() {
                Ok(Ok(payload)) => payload.zip(ok).into_iter().collect(),
                Ok(Err(payload)) => payload.zip(err).into_iter().collect(),
                // `ok` may be left out.
                Err(_) => vec![(node, ok?)],
            }
        }
        _ => Vec::new(),
    })
}
