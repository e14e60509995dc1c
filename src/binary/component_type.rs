//! Component-level types (`Binary.md`, Type Definitions).

use super::core_type::{indices, is_code};
use super::reader::{Read, Reader};
use crate::error::{Error, Malformed, Result};
use crate::support::Limit;
use crate::support::index::Index;
use crate::syntax::canon::ResultList;
use crate::syntax::component_type::{
    Case, ComponentDecl, ComponentExternType, ComponentFuncIdx, ComponentFuncType, ComponentIdx, ComponentType,
    ComponentTypeIdx, ComponentValType, CoreInstanceIdx, CoreModuleIdx, CoreType, CoreTypeIdx, DefValType, ExternDecl,
    InstanceDecl, InstanceIdx, Label, LabelValType, ModuleDecl, ResourceType, TypeBound, ValueBound, ValueIdx,
};
use crate::syntax::valtype::PrimValType;
use crate::syntax::{Encoded, Features, FuncIdx, RecType};

indices! { ComponentTypeIdx CoreTypeIdx ComponentFuncIdx ValueIdx ComponentIdx InstanceIdx CoreModuleIdx CoreInstanceIdx }

/// Component and instance types are read this deep in one another, whatever
/// [`Limits::nesting_depth`](crate::support::Limits::nesting_depth) says.
const MAX_NESTING: usize = 100;

/// `<T>?`
pub(super) fn optional<'a, X: Read<'a>>(reader: &mut Reader<'a>) -> Result<Option<X>> {
    if reader.read()? { reader.read().map(Some) } else { Ok(None) }
}

/// A byte that is 0 or 1.
impl<'a> Read<'a> for bool {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.byte_up_to(1, Malformed::ComponentForm).map(|byte| byte != 0)
    }
}

impl<'a> Read<'a> for ComponentValType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if let Some(byte) = reader.peek()
            && is_code(byte)
        {
            reader.byte()?;
            return match PrimValType::from_byte(byte) {
                Some(primitive) => Ok(ComponentValType::Primitive(primitive)),
                None => Err(reader.bad_byte(Malformed::ValueType)),
            };
        }
        reader.positive(Malformed::ValueType).map(|index| ComponentValType::Type(ComponentTypeIdx::new(index)))
    }
}

impl<'a> Read<'a> for ComponentType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.peek() {
            Some(0x3F) => {
                reader.byte()?;
                ComponentType::Resource(ResourceType { rep: reader.read()?, dtor: optional::<FuncIdx>(reader)? })
            }
            Some(byte @ (0x40 | 0x43)) => {
                if byte == 0x43 {
                    reader.judges(Features::CM_ASYNC)?;
                }
                reader.byte()?;
                let params = Encoded::scan(reader)?;
                ComponentType::Func(ComponentFuncType { is_async: byte == 0x43, params, result: reader.read()? })
            }
            Some(0x41) => ComponentType::Component(declarators(reader)?),
            Some(0x42) => ComponentType::Instance(declarators(reader)?),
            _ => ComponentType::Defined(reader.read()?),
        })
    }
}

impl<'a> Read<'a> for DefValType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x72 => DefValType::Record(Encoded::scan(reader)?),
            0x71 => DefValType::Variant(Encoded::scan(reader)?),
            0x70 => DefValType::List(reader.read()?),
            0x67 => {
                reader.judges_byte(Features::CM_FIXED_LENGTH_LISTS)?;
                DefValType::FixedLengthList(reader.read()?, reader.u32()?)
            }
            0x6F => DefValType::Tuple(Encoded::scan(reader)?),
            0x6E => DefValType::Flags(Encoded::scan(reader)?),
            0x6D => DefValType::Enum(Encoded::scan(reader)?),
            0x6B => DefValType::Option(reader.read()?),
            0x6A => DefValType::Result { ok: optional(reader)?, err: optional(reader)? },
            0x69 => DefValType::Own(reader.read()?),
            0x68 => DefValType::Borrow(reader.read()?),
            byte @ (0x66 | 0x65) => {
                reader.judges_byte(Features::CM_ASYNC)?;
                let ty = optional(reader)?;
                if byte == 0x66 { DefValType::Stream(ty) } else { DefValType::Future(ty) }
            }
            0x63 => {
                reader.judges_byte(Features::CM_MAP)?;
                DefValType::Map(reader.read()?, reader.read()?)
            }
            byte => match PrimValType::from_byte(byte) {
                Some(primitive) => DefValType::Primitive(primitive),
                None => return Err(reader.bad_byte(Malformed::TypeForm)),
            },
        })
    }
}

impl<'a> Read<'a> for Label<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.name().map(Label)
    }
}

impl<'a> Read<'a> for LabelValType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(LabelValType { label: reader.name()?, ty: reader.read()? })
    }
}

impl<'a> Read<'a> for Case<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let case = Case { label: reader.name()?, ty: optional(reader)? };
        reader.zero(Malformed::ZeroByte)?;
        Ok(case)
    }
}

impl<'a> Read<'a> for ResultList {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if !reader.read::<bool>()? {
            return reader.read().map(Some);
        }
        reader.zero(Malformed::ComponentForm).map(|()| None)
    }
}

/// Reads the declarators of a component or instance type without going into them, however deep
/// they are nested.
fn declarators<'a, X>(reader: &mut Reader<'a>) -> Result<Encoded<'a, X>> {
    // How many declarators each type around the next one still has, and whether it is a
    // component's, which may have imports.
    let mut open = [(0, false); MAX_NESTING];
    let is_component = reader.byte()? == 0x41;
    let count = reader.count()?;
    let start = reader.clone();
    let mut depth = 1usize;
    let [outermost, ..] = &mut open;
    *outermost = (count, is_component);
    while let Some((left, is_component)) = depth.checked_sub(1).and_then(|depth| open.get_mut(depth)) {
        let Some(less) = left.checked_sub(1) else {
            depth -= 1;
            continue;
        };
        *left = less;
        if !nested(reader) {
            if *is_component {
                reader.read::<ComponentDecl<'a>>().map(drop)?
            } else {
                declarator(reader)?
            }
            continue;
        }
        reader.byte()?;
        let is_component = reader.byte()? == 0x41;
        let count = reader.count()?;
        match open.get_mut(depth) {
            Some(place) => *place = (count, is_component),
            None => return Err(Error::from(Limit::NestingDepth).at(reader.position())),
        }
        depth += 1;
    }
    Ok(Encoded::new(count, reader.since(&start), start.position()))
}

/// Whether the next declarator is a component or instance type.
fn nested(reader: &Reader<'_>) -> bool {
    matches!(reader.remaining(), [0x01, 0x41 | 0x42, ..])
}

fn declarator(reader: &mut Reader<'_>) -> Result<()> {
    reader.read::<InstanceDecl<'_>>().map(drop)
}

impl<'a> Read<'a> for ComponentDecl<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.peek() == Some(0x03) {
            reader.byte()?;
            return reader.read().map(ComponentDecl::Import);
        }
        reader.read().map(ComponentDecl::Instance)
    }
}

impl<'a> Read<'a> for InstanceDecl<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x00 => InstanceDecl::CoreType(reader.read()?),
            0x01 => InstanceDecl::Type(reader.read()?),
            0x02 => InstanceDecl::Alias(reader.read()?),
            0x04 => InstanceDecl::Export(reader.read()?),
            _ => return Err(reader.bad_byte(Malformed::ComponentForm)),
        })
    }
}

impl<'a> Read<'a> for ExternDecl<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(ExternDecl { name: reader.read()?, ty: reader.read()? })
    }
}

impl<'a> Read<'a> for ComponentExternType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x00 => {
                if reader.byte()? != 0x11 {
                    return Err(reader.bad_byte(Malformed::ComponentForm));
                }
                ComponentExternType::CoreModule(reader.read()?)
            }
            0x01 => ComponentExternType::Func(reader.read()?),
            0x02 => ComponentExternType::Value(reader.read()?),
            0x03 => ComponentExternType::Type(reader.read()?),
            0x04 => ComponentExternType::Component(reader.read()?),
            0x05 => ComponentExternType::Instance(reader.read()?),
            _ => return Err(reader.bad_byte(Malformed::ComponentForm)),
        })
    }
}

impl<'a> Read<'a> for TypeBound {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.read()? { Ok(TypeBound::SubResource) } else { reader.read().map(TypeBound::Eq) }
    }
}

impl<'a> Read<'a> for ValueBound {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.read()? { reader.read().map(ValueBound::Type) } else { reader.read().map(ValueBound::Eq) }
    }
}

impl<'a> Read<'a> for CoreType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.peek() == Some(0x50) {
            reader.byte()?;
            return Encoded::scan(reader).map(CoreType::Module);
        }
        rec_type(reader).map(CoreType::Rec)
    }
}

/// `core:deftype` without module types. Where those are possible, a subtype that is not final
/// has a zero before it, to tell it from them; in module types tools leave it out.
fn rec_type<'a>(reader: &mut Reader<'a>) -> Result<RecType<'a>> {
    if reader.peek() == Some(0x00) {
        reader.byte()?;
        reader.require(reader.peek() == Some(0x50), Malformed::TypeForm)?;
    }
    reader.read()
}

impl<'a> Read<'a> for ModuleDecl<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x00 => ModuleDecl::Import(reader.read()?),
            0x01 => ModuleDecl::Type(rec_type(reader)?),
            0x02 => {
                for byte in [0x10, 0x01] {
                    if reader.byte()? != byte {
                        return Err(reader.bad_byte(Malformed::ComponentForm));
                    }
                }
                ModuleDecl::Alias { count: reader.u32()?, index: reader.u32()? }
            }
            0x03 => ModuleDecl::Export { name: reader.name()?, ty: reader.read()? },
            _ => return Err(reader.bad_byte(Malformed::ComponentForm)),
        })
    }
}
