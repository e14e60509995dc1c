//! Core modules (core spec, Modules in the Binary Format): header, sections, and their items.

use super::core_type::tag_type;
use super::instr::skip_instruction;
use super::items::{Items, rest};
use super::reader::{Read, Reader};
use crate::error::{Error, Malformed, Result};
use crate::syntax::instr::opcode;
use crate::syntax::module::{
    Body, ConstExpr, CustomSection, Data, DataMode, Element, ElementItems, ElementMode, Export, Global, Import,
    ImportGroup, ImportItem, LocalRun, Section, Table, TagType,
};
use crate::syntax::{AbstractHeapType, Encoded, ExternKind, Features, HeapType, MemIdx, RefType, TableIdx};

/// `\0asm`
pub const MAGIC: [u8; 4] = *b"\0asm";
/// The version of a core module, with layer 0.
pub const VERSION: [u8; 4] = [1, 0, 0, 0];
/// The version of a component, with layer 1 (`Binary.md`).
pub const COMPONENT_VERSION: [u8; 4] = [0x0D, 0, 1, 0];

/// The sections of a module, in their order. After an error there are no more.
///
/// Checks what needs several sections to see: their order, and that functions have bodies and
/// data segments are counted rightly.
pub struct Sections<'a> {
    reader: Reader<'a>,
    state: State,
    /// The rank of the last section that was not custom.
    rank: u8,
    functions: u32,
    bodies: u32,
    data_count: Option<u32>,
    data: u32,
}

#[derive(PartialEq)]
enum State {
    Header,
    Sections,
    Ended,
}

impl<'a> Sections<'a> {
    /// The sections of a module that fills `reader`.
    pub fn new(reader: Reader<'a>) -> Self {
        Sections { reader, state: State::Header, rank: 0, functions: 0, bodies: 0, data_count: None, data: 0 }
    }

    /// Where the next section begins.
    pub fn position(&self) -> u32 {
        self.reader.position()
    }

    #[inline(never)]
    fn advance(&mut self) -> Result<Option<Section<'a>>> {
        if self.state == State::Header {
            header(&mut self.reader, VERSION)?;
            self.state = State::Sections;
        }
        if self.reader.is_empty() {
            self.reader.require(self.functions == self.bodies, Malformed::FunctionCodeMismatch)?;
            let counted = self.data_count.is_none_or(|count| count == self.data);
            self.reader.require(counted, Malformed::DataCountMismatch)?;
            return Ok(None);
        }
        let at = self.reader.position();
        let id = self.reader.byte()?;
        let Some(rank) = rank(id) else { return Err(self.reader.bad_byte(Malformed::SectionId)) };
        let len = self.reader.u32()?;
        let content = self.reader.split(len, Malformed::LengthOutOfBounds)?;
        if rank != 0 {
            if rank <= self.rank {
                return Err(Error::malformed(Malformed::SectionOrder, at));
            }
            self.rank = rank;
        }
        self.section(id, content).map(Some)
    }

    fn section(&mut self, id: u8, mut content: Reader<'a>) -> Result<Section<'a>> {
        let content = &mut content;
        match id {
            0 => return content.read().map(Section::Custom),
            8 => {
                let start = content.read()?;
                content.require(content.is_empty(), Malformed::SectionSize)?;
                return Ok(Section::Start(start));
            }
            12 => {
                let count = content.u32()?;
                content.require(content.is_empty(), Malformed::SectionSize)?;
                self.data_count = Some(count);
                return Ok(Section::DataCount(count));
            }
            _ => {}
        }
        let items = rest(content)?;
        Ok(match id {
            1 => Section::Type(items.of()),
            2 => Section::Import(items.of()),
            3 => {
                self.functions = items.count;
                Section::Function(items.of())
            }
            4 => Section::Table(items.of()),
            5 => Section::Memory(items.of()),
            6 => Section::Global(items.of()),
            7 => Section::Export(items.of()),
            9 => Section::Element(items.of()),
            10 => {
                content.require(items.count == self.functions, Malformed::FunctionCodeMismatch)?;
                self.bodies = items.count;
                Section::Code(items.of())
            }
            11 => {
                let counted = self.data_count.is_none_or(|count| count == items.count);
                content.require(counted, Malformed::DataCountMismatch)?;
                self.data = items.count;
                Section::Data(items.of())
            }
            _ => Section::Tag(items.of()),
        })
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<Section<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let section = self.advance();
        if !matches!(section, Ok(Some(_))) {
            self.state = State::Ended;
        }
        section.transpose()
    }
}

/// Where a section stands among the others; 0 for those that may stand anywhere.
const fn rank(id: u8) -> Option<u8> {
    Some(match id {
        0 => 0,
        1..=5 => id,
        13 => 6,
        6..=9 => id + 1,
        12 => 11,
        10 => 12,
        11 => 13,
        _ => return None,
    })
}

/// Reads the first eight bytes.
pub(super) fn header(reader: &mut Reader<'_>, version: [u8; 4]) -> Result<()> {
    let before = reader.clone();
    let magic = reader.array::<4>()?;
    before.require(magic == MAGIC, Malformed::Magic)?;
    let before = reader.clone();
    let found = reader.array::<4>()?;
    let of_other_layer = found != version && (found == VERSION || found == COMPONENT_VERSION);
    before.require(!of_other_layer, Malformed::Layer)?;
    before.require(found == version, Malformed::Version)
}

impl<'a> Read<'a> for CustomSection<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let name = reader.name()?;
        let offset = reader.position();
        let bytes = reader.bytes(reader.remaining().len())?;
        Ok(CustomSection { name, bytes, offset })
    }
}

impl<'a> Read<'a> for ImportGroup<'a> {
    /// After an empty second name a byte that is no kind of import begins a list of imports.
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let module = reader.name()?;
        let name = reader.name()?;
        match reader.peek() {
            Some(0x7F) if name.is_empty() => {
                reader.judges(Features::COMPACT_IMPORTS)?;
                reader.byte()?;
                Ok(ImportGroup::OfModule { module, items: Encoded::scan(reader)? })
            }
            Some(0x7E) if name.is_empty() => {
                reader.judges(Features::COMPACT_IMPORTS)?;
                reader.byte()?;
                Ok(ImportGroup::OfType { module, ty: reader.read()?, names: Encoded::scan(reader)? })
            }
            _ => Ok(ImportGroup::One(Import { module, name, ty: reader.read()? })),
        }
    }
}

impl<'a> Read<'a> for Import<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(Import { module: reader.name()?, name: reader.name()?, ty: reader.read()? })
    }
}

impl<'a> Read<'a> for ImportItem<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(ImportItem { name: reader.name()?, ty: reader.read()? })
    }
}

impl<'a> Read<'a> for Export<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let name = reader.name()?;
        match ExternKind::from_byte(reader.byte()?) {
            Some(kind) => Ok(Export { name, kind, index: reader.u32()? }),
            None => Err(reader.bad_byte(Malformed::ExportKind)),
        }
    }
}

impl<'a> Read<'a> for Table<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.peek() != Some(0x40) {
            return Ok(Table { ty: reader.read()?, init: None });
        }
        reader.byte()?;
        reader.zero(Malformed::ZeroByte)?;
        Ok(Table { ty: reader.read()?, init: Some(reader.read()?) })
    }
}

impl<'a> Read<'a> for TagType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        tag_type(reader).map(|ty| TagType { ty })
    }
}

impl<'a> Read<'a> for Global<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(Global { ty: reader.read()?, init: reader.read()? })
    }
}

impl<'a> Read<'a> for ConstExpr<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let before = reader.clone();
        let mut open = 1u32;
        while open > 0 {
            match skip_instruction(reader)? {
                opcode::end => open -= 1,
                // Blocks are not constant, but where the expression ends is not for us to judge.
                opcode::block | opcode::loop_ | opcode::if_ | opcode::try_table => open = open.saturating_add(1),
                _ => {}
            }
        }
        Ok(ConstExpr { bytes: reader.since(&before), offset: before.position() })
    }
}

impl<'a> Read<'a> for Element<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let flags = reader.u32_up_to(7, Malformed::ElementKind)?;
        let mode = match flags & 0b11 {
            0 => ElementMode::Active { table: TableIdx::new(0), start: reader.read()? },
            2 => ElementMode::Active { table: reader.read()?, start: reader.read()? },
            1 => ElementMode::Passive,
            _ => ElementMode::Declared,
        };
        let exprs = flags & 0b100 != 0;
        let ty = match (exprs, flags & 0b11) {
            // Without table index the type is not written either.
            (true, 0) => RefType::FUNCREF,
            (false, 0) => RefType::of(false, HeapType::Abstract(AbstractHeapType::Func)),
            (true, _) => reader.read()?,
            (false, _) => {
                reader.zero(Malformed::ElementKind)?;
                RefType::of(false, HeapType::Abstract(AbstractHeapType::Func))
            }
        };
        let items = if exprs {
            ElementItems::Exprs(Encoded::scan(reader)?)
        } else {
            ElementItems::Funcs(Encoded::scan(reader)?)
        };
        Ok(Element { mode, ty, items })
    }
}

impl<'a> Read<'a> for Data<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let at = reader.position();
        let mode = match reader.u32()? {
            0 => DataMode::Active { memory: MemIdx::new(0), start: reader.read()? },
            1 => DataMode::Passive,
            2 => DataMode::Active { memory: reader.read()?, start: reader.read()? },
            _ => return Err(Error::malformed(Malformed::DataKind, at)),
        };
        let len = reader.u32()?;
        Ok(Data { mode, bytes: reader.bytes(len as usize)? })
    }
}

impl<'a> Read<'a> for Body<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let len = reader.u32()?;
        let mut body = reader.split(len, Malformed::UnexpectedEnd)?;
        let start = body.position();
        let locals = Encoded::<LocalRun>::scan(&mut body)?;
        let mut total = 0u32;
        for run in Items::<_>::new(locals) {
            let (_, run) = run?;
            match total.checked_add(run.count) {
                Some(sum) => total = sum,
                None => return body.refuse(Malformed::TooManyLocals),
            }
        }
        Ok(Body { locals, code: body.remaining(), offset: body.position(), start })
    }
}

impl<'a> Read<'a> for LocalRun {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(LocalRun { count: reader.u32()?, ty: reader.read()? })
    }
}

#[cfg(test)]
mod tests;
