//! Bytes are read to their end, down to the last immediate, by the reader that judges.

use windlass::Result;
use windlass::binary::component::is_component;
use windlass::binary::module::Sections;
use windlass::binary::name_section;
use windlass::binary::{Read, Reader};
use windlass::syntax::module::{ConstExpr, Section};
use windlass::syntax::{CompositeType, Encoded, Instr};

/// Reads a module, and every constant expression and body in it. What matters is that it ends,
/// without panic and in bounded memory; the result says only how.
pub fn decode(bytes: &[u8]) -> Result<()> {
    if is_component(bytes) {
        // Everything that is read of a component is read when it is validated.
        return Ok(());
    }
    for section in Sections::new(Reader::new(bytes, 0)) {
        self::section(section?)?;
    }
    Ok(())
}

fn section(section: Section<'_>) -> Result<()> {
    match section {
        Section::Custom(custom) => {
            if custom.name == "name" {
                name_section::module_name(custom.bytes);
                name_section::func_name(custom.bytes, 0);
                name_section::func_name(custom.bytes, u32::MAX);
            }
            Ok(())
        }
        Section::Type(list) => each(list, |group| {
            each(group.types, |ty| {
                each(ty.supertypes, |_| Ok(()))?;
                match ty.composite {
                    CompositeType::Func(func) => {
                        each(func.params, |_| Ok(()))?;
                        each(func.results, |_| Ok(()))
                    }
                    CompositeType::Struct(fields) => each(fields, |_| Ok(())),
                    CompositeType::Array(_) => Ok(()),
                }
            })
        }),
        Section::Import(list) => each(list, |_| Ok(())),
        Section::Function(list) => each(list, |_| Ok(())),
        Section::Table(list) => each(list, |table| table.init.map_or(Ok(()), expression)),
        Section::Memory(list) => each(list, |_| Ok(())),
        Section::Tag(list) => each(list, |_| Ok(())),
        Section::Global(list) => each(list, |global| expression(global.init)),
        Section::Export(list) => each(list, |_| Ok(())),
        Section::Start(_) | Section::DataCount(_) => Ok(()),
        Section::Element(list) => each(list, |_| Ok(())),
        Section::Code(list) => each(list, |body| {
            each(body.locals, |_| Ok(()))?;
            instructions(body.code, body.offset)
        }),
        Section::Data(list) => each(list, |_| Ok(())),
    }
}

/// Every item of a list, and that nothing follows.
fn each<'a, X: Read<'a>>(list: Encoded<'a, X>, mut with: impl FnMut(X) -> Result<()>) -> Result<()> {
    let mut items = list.items();
    for item in items.by_ref() {
        let (offset, item) = item?;
        assert!(offset >= list.offset && (offset - list.offset) as usize <= list.bytes.len());
        with(item)?;
    }
    items.finish()
}

fn expression(expr: ConstExpr<'_>) -> Result<()> {
    assert_eq!(expr.bytes.last(), Some(&0x0B), "an expression ends with its end");
    // It was scanned before, so it must read again.
    instructions(expr.bytes, expr.offset).map_err(|error| panic!("an expression reads only once: {error}"))
}

fn instructions(code: &[u8], offset: u32) -> Result<()> {
    let mut reader = Reader::new(code, offset);
    while !reader.is_empty() {
        let before = reader.position();
        let instr: Instr<'_> = reader.read()?;
        assert!(reader.position() > before, "{} takes no bytes", instr.text());
    }
    Ok(())
}
