//! Makes components of the core modules of the three guests, and composes them: a cook whose calls
//! go through a relay to a sink.
//!
//! `kitchen-sink-compose FROM TO`: FROM has `cook.wasm`, `relay.wasm`, `sink.wasm`; TO gets the
//! components under these names, and `kitchen.wasm`.

use anyhow::{Context, Result};
use std::{env, fs, path::Path};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};
use wit_component::ComponentEncoder;

fn main() -> Result<()> {
    let mut args = env::args().skip(1);
    let (from, to) = (args.next().context("FROM")?, args.next().context("TO")?);
    let (from, to) = (Path::new(&from), Path::new(&to));
    let mut kitchen = Kitchen { graph: CompositionGraph::new() };
    // Whoever comes later may call whoever came before; of two with the same export, the later one.
    let mut before = Vec::new();
    for guest in ["sink", "relay", "cook"] {
        let module = without_producers(&fs::read(from.join(guest).with_extension("wasm"))?)?;
        let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
        let component = without_producers(&component)?;
        fs::write(to.join(guest).with_extension("wasm"), &component)?;
        let node = kitchen.add(guest, component, &before)?;
        before.push(node);
    }
    let cook = before.pop().context("a cook")?;
    for name in ["check", "stock"] {
        let export = kitchen.graph.alias_instance_export(cook, name)?;
        kitchen.graph.export(export, name)?;
    }
    let kitchen = kitchen.graph.encode(EncodeOptions { processor: None, ..EncodeOptions::default() })?;
    fs::write(to.join("kitchen.wasm"), without_producers(&kitchen)?)?;
    Ok(())
}

struct Kitchen {
    graph: CompositionGraph,
}

impl Kitchen {
    /// Adds an instance of a component; what it imports, one `before` it exports.
    fn add(&mut self, name: &str, component: Vec<u8>, before: &[NodeId]) -> Result<NodeId> {
        let package = Package::from_bytes(name, None, component, self.graph.types_mut())?;
        let imports: Vec<String> = self.graph.types()[package.ty()].imports.keys().cloned().collect();
        let package = self.graph.register_package(package)?;
        let node = self.graph.instantiate(package);
        for import in imports {
            let exporter = before.iter().rev().find_map(|node| self.graph.alias_instance_export(*node, &import).ok());
            let argument = exporter.with_context(|| format!("{name} imports {import}"))?;
            self.graph.set_instantiation_argument(node, &import, argument)?;
        }
        Ok(node)
    }
}

/// The same without the custom section that says who built it and with what.
fn without_producers(bytes: &[u8]) -> Result<Vec<u8>> {
    let (header, mut rest) = bytes.split_at_checked(8).context("a header")?;
    let mut kept = header.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let mut content = after;
        let len = leb(&mut content)?;
        let (content, next) = content.split_at_checked(len).context("a section")?;
        let mut name = content;
        let is_producers = *id == 0 && leb(&mut name)? == 9 && name.starts_with(b"producers");
        if !is_producers {
            kept.extend_from_slice(&rest[..rest.len() - next.len()]);
        }
        rest = next;
    }
    Ok(kept)
}

/// Takes a LEB128 off the front.
fn leb(bytes: &mut &[u8]) -> Result<usize> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first().context("a number")?;
        *bytes = rest;
        value |= usize::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
}
