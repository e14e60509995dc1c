//! The custom section `name` (core spec, Appendix, Name Section; extended name section proposal),
//! read when somebody asks.
//!
//! What it holds is advice: where it is malformed, names are absent and nothing else happens.

use super::reader::Reader;

/// What has names of its own; the number is that of its subsection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Named {
    Func = 1,
    Type = 4,
    Table = 5,
    Memory = 6,
    Global = 7,
    Elem = 8,
    Data = 9,
    Tag = 11,
}

/// What has names within a function or type; the number is that of its subsection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedWithin {
    /// A local, parameters counted first, of a function.
    Local = 2,
    /// A label of a function: its blocks in the order in which they begin.
    Label = 3,
    /// A field of a type.
    Field = 10,
}

/// The name of the module itself.
pub fn module_name(section: &[u8]) -> Option<&str> {
    subsection(section, 0)?.name().ok()
}

/// The name of a function, imported ones counted first. Takes time linear in the section.
pub fn func_name(section: &[u8], func: u32) -> Option<&str> {
    name(section, Named::Func, func)
}

/// The name of what has that index, imported ones counted first. Takes time linear in the section.
pub fn name(section: &[u8], sort: Named, index: u32) -> Option<&str> {
    find(&mut subsection(section, sort as u8)?, index)
}

/// The name of what has the index `inner` in what has the index `outer`. Takes time linear in the
/// section.
pub fn name_within(section: &[u8], sort: NamedWithin, outer: u32, inner: u32) -> Option<&str> {
    let mut maps = subsection(section, sort as u8)?;
    for _ in 0..maps.u32().ok()? {
        if maps.u32().ok()? == outer {
            return find(&mut maps, inner);
        }
        for _ in 0..maps.u32().ok()? {
            skip_name(&mut maps)?;
        }
    }
    None
}

/// The name of an index in a name map.
fn find<'a>(names: &mut Reader<'a>, index: u32) -> Option<&'a str> {
    for _ in 0..names.u32().ok()? {
        let mut entry = names.clone();
        if entry.u32().ok()? == index {
            return entry.name().ok();
        }
        skip_name(names)?;
    }
    None
}

/// Passes over an index and its name.
fn skip_name(names: &mut Reader<'_>) -> Option<()> {
    names.u32().ok()?;
    let len = names.length().ok()?;
    names.bytes(len as usize).ok()?;
    Some(())
}

/// The content of the subsection with that number.
fn subsection(section: &[u8], wanted: u8) -> Option<Reader<'_>> {
    let mut reader = Reader::new(section, 0);
    loop {
        let id = reader.byte().ok()?;
        let len = reader.u32().ok()?;
        let bytes = reader.bytes(len as usize).ok()?;
        if id == wanted {
            return Some(Reader::new(bytes, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &[u8] = b"\x00\x02\x01m\x01\x07\x02\x00\x01f\x05\x01g";

    #[test]
    fn finds_names() {
        assert_eq!(module_name(SECTION), Some("m"));
        assert_eq!(func_name(SECTION, 0), Some("f"));
        assert_eq!(func_name(SECTION, 5), Some("g"));
        assert_eq!(func_name(SECTION, 1), None);
    }

    /// The name section of a module that names everything.
    fn extended() -> std::vec::Vec<u8> {
        let bytes = wat::parse_str(
            r#"(module $all
                (type $point (struct (field $x i32) (field i32) (field $z i32)))
                (type $sig (func))
                (import "" "" (func $imported))
                (table $table 1 funcref)
                (memory $memory 1)
                (global $global i32 (i32.const 0))
                (tag $tag (type $sig))
                (elem $elem func)
                (func $f (param $a i32) (local i32) (local $c i64)
                    (block (block $inner (br $inner))))
                (func)
                (data $data ""))"#,
        );
        let bytes = bytes.unwrap();
        let sections = crate::binary::module::Sections::new(Reader::new(&bytes, 0));
        let custom = sections.filter_map(|section| match section.unwrap() {
            crate::syntax::module::Section::Custom(custom) => Some(custom.bytes.to_vec()),
            _ => None,
        });
        custom.last().unwrap()
    }

    #[test]
    fn everything_can_have_a_name() {
        let section = &extended();
        assert_eq!(module_name(section), Some("all"));
        for (sort, index, expected) in [
            (Named::Func, 0, Some("imported")),
            (Named::Func, 1, Some("f")),
            (Named::Func, 2, None),
            (Named::Type, 0, Some("point")),
            (Named::Type, 1, Some("sig")),
            (Named::Table, 0, Some("table")),
            (Named::Memory, 0, Some("memory")),
            (Named::Global, 0, Some("global")),
            (Named::Tag, 0, Some("tag")),
            (Named::Elem, 0, Some("elem")),
            (Named::Data, 0, Some("data")),
            (Named::Data, 1, None),
        ] {
            assert_eq!(name(section, sort, index), expected, "{sort:?} {index}");
        }
        for (sort, outer, inner, expected) in [
            (NamedWithin::Local, 1, 0, Some("a")),
            (NamedWithin::Local, 1, 1, None),
            (NamedWithin::Local, 1, 2, Some("c")),
            (NamedWithin::Local, 2, 0, None),
            (NamedWithin::Label, 1, 0, None),
            (NamedWithin::Label, 1, 1, Some("inner")),
            (NamedWithin::Field, 0, 0, Some("x")),
            (NamedWithin::Field, 0, 2, Some("z")),
            (NamedWithin::Field, 1, 0, None),
        ] {
            assert_eq!(name_within(section, sort, outer, inner), expected, "{sort:?} {outer} {inner}");
        }
        // Whatever is cut off, the rest is found or absent.
        for len in 0..section.len() {
            let _ = name_within(&section[..len], NamedWithin::Field, 0, 2);
            let _ = name(&section[..len], Named::Tag, 0);
        }
    }

    #[test]
    fn garbage_has_no_names() {
        for len in 0..SECTION.len() {
            let cut = SECTION.get(..len).unwrap();
            assert_eq!(func_name(cut, 5), None, "{len} bytes");
        }
        assert_eq!(func_name(b"\x01\xFF\xFF\xFF\xFF\x0F", 0), None);
    }
}
