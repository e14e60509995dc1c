//! Lists: how they are found, and how their items are read.

use super::reader::{Read, Reader};
use crate::error::{Malformed, Result};
use crate::syntax::Encoded;
use core::marker::PhantomData;

/// The items of an [`Encoded`] list, each with its offset in the whole input.
///
/// After an error there are no more.
pub struct Items<'a, X> {
    reader: Reader<'a>,
    left: u32,
    item: PhantomData<fn() -> X>,
}

impl<'a, X: Read<'a>> Items<'a, X> {
    /// The items of `list`.
    pub fn new(list: Encoded<'a, X>) -> Self {
        Self { reader: Reader::new(list.bytes, list.offset), left: list.count, item: PhantomData }
    }

    /// How many items are still to come, if nothing is wrong with them.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// The offset of the next item.
    pub fn position(&self) -> u32 {
        self.reader.position()
    }

    /// Checks that nothing follows the last item; call it after the last one.
    pub fn finish(&self) -> Result<()> {
        self.reader.require(self.reader.is_empty(), Malformed::SectionSize)
    }
}

impl<'a, X: Read<'a>> Iterator for Items<'a, X> {
    type Item = Result<(u32, X)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let offset = self.reader.position();
        let item = self.reader.read().map(|item| (offset, item));
        if item.is_err() {
            self.left = 0;
        }
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left as usize))
    }
}

impl<'a, X> Encoded<'a, X> {
    /// The items, as new bytes.
    pub fn items(self) -> Items<'a, X>
    where
        X: Read<'a>,
    {
        Items::new(self)
    }

    /// Has `judge` look at each item and where it lies; checks that nothing follows the last one.
    pub fn each(self, mut judge: impl FnMut(X, u32) -> Result<()>) -> Result<()>
    where
        X: Read<'a>,
    {
        all(self.of(), &mut |reader| {
            let at = reader.position();
            judge(reader.read()?, at)
        })
    }

    /// Reads a count and passes over that many items, to know where they end.
    pub(super) fn scan(reader: &mut Reader<'a>) -> Result<Self>
    where
        X: Read<'a>,
    {
        pass(reader, &mut |reader| reader.read::<X>().map(drop)).map(Encoded::of)
    }
}

/// Reads a count; the items, of whatever type, are all the rest of `reader`.
pub(super) fn rest<'a>(reader: &mut Reader<'a>) -> Result<Encoded<'a, ()>> {
    let count = reader.count()?;
    Ok(Encoded::new(count, reader.remaining(), reader.position()))
}

// What follows is one function for lists of all kinds, where that is smaller.

/// Reads one item.
type ReadItem<'a, 'f> = &'f mut dyn FnMut(&mut Reader<'a>) -> Result<()>;

/// Reads all items of a list and checks that nothing follows them.
#[cfg_attr(target_pointer_width = "32", inline(never))]
#[cfg_attr(not(target_pointer_width = "32"), inline)]
fn all<'a>(list: Encoded<'a, ()>, read: ReadItem<'a, '_>) -> Result<()> {
    let mut reader = Reader::new(list.bytes, list.offset);
    (0..list.count).try_for_each(|_| read(&mut reader))?;
    reader.require(reader.is_empty(), Malformed::SectionSize)
}

/// Reads a count and that many items.
#[cfg_attr(target_pointer_width = "32", inline(never))]
#[cfg_attr(not(target_pointer_width = "32"), inline)]
fn pass<'a>(reader: &mut Reader<'a>, read: ReadItem<'a, '_>) -> Result<Encoded<'a, ()>> {
    let count = reader.count()?;
    let start = reader.clone();
    (0..count).try_for_each(|_| read(reader))?;
    Ok(Encoded::new(count, reader.since(&start), start.position()))
}
