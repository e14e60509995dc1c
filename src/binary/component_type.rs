//! Component-level types (`Binary.md`, Type Definitions).

use super::core_type::{indices, is_code};
use super::reader::{Read, Reader};
use crate::error::{Malformed, Result};
use crate::support::index::Index;
use crate::syntax::canon::ResultList;
use crate::syntax::component_type::{
    Case, ComponentExternType, ComponentFuncIdx, ComponentFuncType, ComponentIdx, ComponentType, ComponentTypeIdx,
    ComponentValType, CoreInstanceIdx, CoreModuleIdx, CoreType, CoreTypeIdx, Declarator, DefValType, ExternDecl,
    InstanceIdx, Label, LabelValType, ModuleDecl, ResourceType, TypeBound, ValueBound, ValueIdx,
};
use crate::syntax::valtype::PrimValType;
use crate::syntax::{Encoded, Features, FuncIdx, Import, RecType};

indices! { ComponentTypeIdx CoreTypeIdx ComponentFuncIdx ValueIdx ComponentIdx InstanceIdx CoreModuleIdx CoreInstanceIdx }

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
            Some(byte @ (0x41 | 0x42)) => {
                reader.byte()?;
                let count = reader.count()?;
                if byte == 0x41 { ComponentType::Component(count) } else { ComponentType::Instance(count) }
            }
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

impl<'a> Read<'a> for Declarator<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x00 => Declarator::CoreType(reader.read()?),
            0x01 => Declarator::Type(reader.read()?),
            0x02 => Declarator::Alias(reader.read()?),
            byte @ (0x03 | 0x04) => {
                let declared = reader.read()?;
                if byte == 0x03 { Declarator::Import(declared) } else { Declarator::Export(declared) }
            }
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
            0x01 => ModuleDecl::Type(rec_type(reader)?),
            0x02 => {
                for byte in [0x10, 0x01] {
                    if reader.byte()? != byte {
                        return Err(reader.bad_byte(Malformed::ComponentForm));
                    }
                }
                ModuleDecl::Alias { count: reader.u32()?, index: reader.u32()? }
            }
            kind @ (0x00 | 0x03) => {
                let is_import = kind == 0x00;
                let module = if is_import { reader.name()? } else { "" };
                ModuleDecl::Extern { is_import, item: Import { module, name: reader.name()?, ty: reader.read()? } }
            }
            _ => return Err(reader.bad_byte(Malformed::ComponentForm)),
        })
    }
}
