//! Components (`Binary.md`, Component Definitions): header, sections, and their items.

use super::component_type::optional;
use super::items::{Items, rest};
use super::module::{self, MAGIC};
use super::reader::{Read, Reader};
use crate::error::{Error, Malformed, Result};
use crate::syntax::component::{
    Alias, Attribute, ComponentExport, ComponentSection, ComponentStart, CoreInlineExport, CoreInstance,
    CoreInstantiateArg, CoreSort, CoreSortIdx, InlineExport, Instance, InstantiateArg, NameAttributes, Sort, SortIdx,
    Value,
};
use crate::syntax::{Encoded, ExternKind, Features};

/// The version of a component, with layer 1.
pub const VERSION: [u8; 4] = module::COMPONENT_VERSION;

/// Whether the header is a component's. Anything else is read as a module, and refused as one.
pub fn is_component(bytes: &[u8]) -> bool {
    matches!(bytes, [m0, m1, m2, m3, _, _, layer @ ..]
        if [*m0, *m1, *m2, *m3] == MAGIC && matches!(layer, [1, 0, ..]))
}

/// The sections of a component, in their order. After an error there are no more.
pub struct ComponentSections<'a> {
    reader: Reader<'a>,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Header,
    Sections,
    Ended,
}

impl<'a> ComponentSections<'a> {
    /// The sections of a component that fills `reader`.
    pub fn new(reader: Reader<'a>) -> Self {
        Self { reader, state: State::Header }
    }

    /// Where the next section begins.
    pub fn position(&self) -> u32 {
        self.reader.position()
    }

    /// The next section. Ask no more after an error.
    #[inline]
    pub fn next_section(&mut self) -> Result<Option<ComponentSection<'a>>> {
        if self.state == State::Header {
            self.header()?;
            self.state = State::Sections;
        }
        if self.reader.is_empty() {
            return Ok(None);
        }
        let id = self.reader.byte_up_to(12, Malformed::SectionId)?;
        let len = self.reader.u32()?;
        let mut content = self.reader.split(len, Malformed::LengthOutOfBounds)?;
        section(id, &mut content).map(Some)
    }

    fn header(&mut self) -> Result<()> {
        if let [_, _, _, _, version @ ..] = self.reader.remaining()
            && version.starts_with(&module::VERSION)
            && self.reader.remaining().starts_with(&MAGIC)
        {
            return self.reader.refuse(Malformed::Layer);
        }
        module::header(&mut self.reader, VERSION)
    }
}

fn section<'a>(id: u8, content: &mut Reader<'a>) -> Result<ComponentSection<'a>> {
    match id {
        0 => return content.read().map(ComponentSection::Custom),
        1 => return Ok(ComponentSection::CoreModule { bytes: content.remaining(), offset: content.position() }),
        4 => return Ok(ComponentSection::Component { bytes: content.remaining(), offset: content.position() }),
        9 => {
            let start = content.read()?;
            content.require(content.is_empty(), Malformed::SectionSize)?;
            return Ok(ComponentSection::Start(start));
        }
        _ => {}
    }
    let items = rest(content)?;
    Ok(match id {
        2 => ComponentSection::CoreInstance(items.of()),
        3 => ComponentSection::CoreType(items.of()),
        5 => ComponentSection::Instance(items.of()),
        6 => ComponentSection::Alias(items.of()),
        7 => ComponentSection::Type(items.of()),
        8 => ComponentSection::Canon(items.of()),
        10 => ComponentSection::Import(items.of()),
        11 => ComponentSection::Export(items.of()),
        _ => ComponentSection::Value(items.of()),
    })
}

impl<'a> Iterator for ComponentSections<'a> {
    type Item = Result<ComponentSection<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let section = self.next_section();
        if !matches!(section, Ok(Some(_))) {
            self.state = State::Ended;
        }
        section.transpose()
    }
}

impl<'a> Read<'a> for CoreSort {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x10 => CoreSort::Type,
            0x11 => CoreSort::Module,
            0x12 => CoreSort::Instance,
            byte => match ExternKind::from_byte(byte) {
                Some(kind) => CoreSort::Extern(kind),
                None => return Err(reader.bad_byte(Malformed::Sort)),
            },
        })
    }
}

impl<'a> Read<'a> for Sort {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x00 => Sort::Core(reader.read()?),
            0x01 => Sort::Func,
            0x02 => Sort::Value,
            0x03 => Sort::Type,
            0x04 => Sort::Component,
            0x05 => Sort::Instance,
            _ => return Err(reader.bad_byte(Malformed::Sort)),
        })
    }
}

impl<'a> Read<'a> for CoreSortIdx {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(CoreSortIdx { sort: reader.read()?, index: reader.u32()? })
    }
}

impl<'a> Read<'a> for SortIdx {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(SortIdx { sort: reader.read()?, index: reader.u32()? })
    }
}

impl<'a> Read<'a> for CoreInstance<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.read()? {
            return Encoded::scan(reader).map(CoreInstance::Exports);
        }
        Ok(CoreInstance::Instantiate(reader.read()?, Encoded::scan(reader)?))
    }
}

impl<'a> Read<'a> for CoreInstantiateArg<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let name = reader.name()?;
        if reader.byte()? != 0x12 {
            return Err(reader.bad_byte(Malformed::Sort));
        }
        Ok(CoreInstantiateArg { name, instance: reader.read()? })
    }
}

impl<'a> Read<'a> for CoreInlineExport<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(CoreInlineExport { name: reader.name()?, item: reader.read()? })
    }
}

impl<'a> Read<'a> for Instance<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.read()? {
            return Encoded::scan(reader).map(Instance::Exports);
        }
        Ok(Instance::Instantiate(reader.read()?, Encoded::scan(reader)?))
    }
}

impl<'a> Read<'a> for InstantiateArg<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(InstantiateArg { name: reader.name()?, item: reader.read()? })
    }
}

impl<'a> Read<'a> for InlineExport<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(InlineExport { name: reader.read()?, item: reader.read()? })
    }
}

impl<'a> Read<'a> for Alias<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let sort = reader.read()?;
        Ok(match (reader.byte()?, sort) {
            (0x00, sort) => Alias::Export { sort, instance: reader.read()?, name: reader.name()? },
            (0x01, Sort::Core(sort)) => Alias::CoreExport { sort, instance: reader.read()?, name: reader.name()? },
            // `outeraliassort`
            (0x02, sort @ (Sort::Core(CoreSort::Module | CoreSort::Type) | Sort::Type | Sort::Component)) => {
                Alias::Outer { sort, count: reader.u32()?, index: reader.u32()? }
            }
            (0x02, _) => return Err(reader.bad_byte(Malformed::Sort)),
            _ => return Err(reader.bad_byte(Malformed::ComponentForm)),
        })
    }
}

impl<'a> Read<'a> for ComponentStart<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(ComponentStart { func: reader.read()?, args: Encoded::scan(reader)?, results: reader.u32()? })
    }
}

impl<'a> Read<'a> for Value<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let ty = reader.read()?;
        let len = reader.length()?;
        let offset = reader.position();
        Ok(Value { ty, bytes: reader.bytes(len as usize)?, offset })
    }
}

impl<'a> Read<'a> for ComponentExport<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(ComponentExport { name: reader.read()?, item: reader.read()?, ty: optional(reader)? })
    }
}

impl<'a> Read<'a> for NameAttributes<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let kind = reader.byte_up_to(0x02, Malformed::ComponentForm)?;
        let name = reader.name()?;
        if kind < 0x02 {
            return Ok(NameAttributes { name, attributes: Encoded::new(0, &[], reader.position()) });
        }
        let attributes = Encoded::scan(reader)?;
        if !Features::JUDGED.contains(Features::CM_IMPLEMENTS) {
            // Then there are none: the first one was refused.
            return Ok(NameAttributes { name, attributes });
        }
        let mut seen = [false; 3];
        for attribute in Items::<Attribute<'a>>::new(attributes) {
            let (offset, attribute) = attribute?;
            let [implements, version_suffix, external_id] = &mut seen;
            let seen = match attribute {
                Attribute::Implements(_) => implements,
                Attribute::VersionSuffix(_) => version_suffix,
                Attribute::ExternalId(_) => external_id,
            };
            if core::mem::replace(seen, true) {
                let twice = format_args!("an attribute is there twice");
                return Err(Error::malformed(Malformed::ComponentForm, offset).with_message(twice));
            }
        }
        Ok(NameAttributes { name, attributes })
    }
}

impl<'a> Read<'a> for Attribute<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x00 => {
                reader.judges_byte(Features::CM_IMPLEMENTS)?;
                Attribute::Implements(reader.name()?)
            }
            0x01 => {
                reader.judges_byte(Features::CM_CANON_NAMES)?;
                Attribute::VersionSuffix(reader.name()?)
            }
            0x02 => {
                reader.judges_byte(Features::CM_IMPLEMENTS)?;
                Attribute::ExternalId(reader.name()?)
            }
            _ => return Err(reader.bad_byte(Malformed::ComponentForm)),
        })
    }
}
