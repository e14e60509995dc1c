//! How component-level types are written in messages: in the form of WIT, on one line.

use super::Image;
use crate::types::component::{Defined, Extern, ExternType, FuncTypeId, Members, NameId, TypeRef, ValType};
use core::fmt::{self, Display, Formatter, Write};

/// Types are written out this deep: shared parts could make them exponentially long.
const DEPTH: u32 = 4;
/// As many fields, cases or labels are written of each type.
const PARTS: usize = 12;

/// A type of an image, to be written.
#[derive(Clone, Copy)]
pub struct Written<'i, T> {
    image: &'i Image,
    ty: T,
    depth: u32,
}

impl Image {
    /// A type of the image, to be written into a message.
    pub fn written<T>(&self, ty: T) -> Written<'_, T> {
        Written { image: self, ty, depth: DEPTH }
    }
}

impl<'i, T> Written<'i, T> {
    /// A part of this one.
    fn part<U>(&self, ty: U) -> Written<'i, U> {
        Written { image: self.image, ty, depth: self.depth.saturating_sub(1) }
    }

    /// What stands for this one and is not within it.
    fn same<U>(&self, ty: U) -> Written<'i, U> {
        Written { image: self.image, ty, depth: self.depth }
    }

    fn list<I: ExactSizeIterator>(
        &self,
        f: &mut Formatter<'_>,
        [open, close]: [&str; 2],
        items: I,
        mut write: impl FnMut(&mut Formatter<'_>, I::Item) -> fmt::Result,
    ) -> fmt::Result {
        f.write_str(open)?;
        let more = items.len() > PARTS;
        for (at, item) in items.take(PARTS).enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write(f, item)?;
        }
        f.write_str(if more { ", …" } else { "" })?;
        f.write_str(close)
    }

    fn labels(&self, f: &mut Formatter<'_>, word: &str, labels: Members<'_, NameId>) -> fmt::Result {
        f.write_str(word)?;
        self.list(f, [" {", "}"], labels.iter(), |f, label| f.write_str(self.image.name(label)))
    }
}

impl Display for Written<'_, ValType> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.ty {
            ValType::Primitive(ty) => f.write_str(ty.text()),
            ValType::Defined(_) if self.depth == 0 => f.write_char('…'),
            ValType::Defined(id) => match self.image.types.defined(id) {
                Ok(defined) => self.part(defined).fmt(f),
                Err(_) => f.write_char('…'),
            },
        }
    }
}

impl Display for Written<'_, Option<ValType>> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.ty {
            Some(ty) => self.same(ty).fmt(f),
            None => f.write_char('_'),
        }
    }
}

impl Display for Written<'_, Defined<'_>> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let of = |ty: ValType| self.same(ty);
        match self.ty {
            Defined::Record(fields) => {
                f.write_str("record")?;
                self.list(f, [" {", "}"], fields.iter(), |f, field| {
                    write!(f, "{}: {}", self.image.name(field.name), of(field.ty))
                })
            }
            Defined::Variant(cases) => {
                f.write_str("variant")?;
                self.list(f, [" {", "}"], cases.iter(), |f, case| match case.ty {
                    Some(ty) => write!(f, "{}({})", self.image.name(case.name), of(ty)),
                    None => f.write_str(self.image.name(case.name)),
                })
            }
            Defined::Tuple(types) => self.list(f, ["tuple<", ">"], types.iter(), |f, ty| of(ty).fmt(f)),
            Defined::Flags(labels) => self.labels(f, "flags", labels),
            Defined::Enum(labels) => self.labels(f, "enum", labels),
            Defined::List(ty) => write!(f, "list<{}>", of(ty)),
            Defined::FixedLengthList(ty, len) => write!(f, "list<{}, {len}>", of(ty)),
            Defined::Map(key, value) => write!(f, "map<{}, {}>", of(key), of(value)),
            Defined::Option(ty) => write!(f, "option<{}>", of(ty)),
            Defined::Result { ok: None, err: None } => f.write_str("result"),
            Defined::Result { ok, err: None } => write!(f, "result<{}>", self.same(ok)),
            Defined::Result { ok, err } => write!(f, "result<{}, {}>", self.same(ok), self.same(err)),
            Defined::Own(_) => f.write_str("own"),
            Defined::Borrow(_) => f.write_str("borrow"),
            Defined::Stream(None) => f.write_str("stream"),
            Defined::Stream(ty) => write!(f, "stream<{}>", self.same(ty)),
            Defined::Future(None) => f.write_str("future"),
            Defined::Future(ty) => write!(f, "future<{}>", self.same(ty)),
        }
    }
}

impl Display for Written<'_, FuncTypeId> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Ok(ty) = self.image.types.func(self.ty) else { return f.write_str("func") };
        f.write_str(if ty.is_async { "async func" } else { "func" })?;
        self.list(f, ["(", ")"], ty.params.iter(), |f, param| {
            write!(f, "{}: {}", self.image.name(param.name), self.same(param.ty))
        })?;
        match ty.result {
            Some(ty) => write!(f, " -> {}", self.same(ty)),
            None => Ok(()),
        }
    }
}

impl Display for Written<'_, &[Extern]> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.list(f, ["{", "}"], self.ty.iter(), |f, item| {
            write!(f, "{}: {}", self.image.name(item.name), self.same(item.ty))
        })
    }
}

impl Display for Written<'_, ExternType> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.ty {
            ExternType::Func(id) => self.same(id).fmt(f),
            ExternType::Value(ty) => write!(f, "value {}", self.same(ty)),
            ExternType::Type(TypeRef::Value(ty)) => write!(f, "type {}", self.same(ty)),
            ExternType::Type(TypeRef::Func(id)) => write!(f, "type {}", self.same(id)),
            ExternType::Instance(id) if self.depth > 0 => match self.image.types.instance(id) {
                Ok(ty) => write!(f, "instance {}", self.part(ty.exports)),
                Err(_) => f.write_str("instance"),
            },
            other => f.write_str(other.sort_name()),
        }
    }
}
