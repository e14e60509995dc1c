//! Modules: judged bytes, ready to be instantiated in any store.

use super::engine::Engine;
use crate::error::Result;
use crate::image::module::{Export, Import};
use crate::image::{self, Bytes, ImageRef, ModuleId};
use crate::support::Vec;
use crate::syntax::ExternType;
use crate::{Error, validate};

/// A module that was decoded and validated. Cloning it is cheap: clones share the image.
///
/// ```
/// use windlass::{Engine, Module};
///
/// let module = Module::new(&Engine::default(), b"\0asm\x01\0\0\0")?;
/// assert_eq!(module.exports().count(), 0);
/// # Ok::<(), windlass::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Module {
    image: ImageRef,
}

/// The only module of a module's image.
const SELF: ModuleId = ModuleId::new(0);

impl Module {
    /// Decodes and validates a module in the binary format.
    ///
    /// `&'static` bytes (flash, or `include_bytes!`) stay where they are and a vector is taken
    /// over: neither is copied. For borrowed bytes there is [`from_slice`](Self::from_slice).
    pub fn new(engine: &Engine, bytes: impl Into<Bytes>) -> Result<Self> {
        let config = engine.config();
        let image = validate::image(bytes.into(), config.features(), config.get_limits())?;
        Ok(Self { image: ImageRef::share(image)? })
    }

    /// The same for bytes that live as long as the program: nothing is copied.
    pub fn from_static(engine: &Engine, bytes: &'static [u8]) -> Result<Self> {
        Self::new(engine, bytes)
    }

    /// The same for borrowed bytes, of which it keeps a copy.
    pub fn from_slice(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        Self::new(engine, Vec::from_slice(bytes)?)
    }

    /// A module whose image was made before, for example one that lies in a `static`.
    pub fn from_image(image: ImageRef) -> Result<Self> {
        match image.modules.first() {
            Some(_) => Ok(Self { image }),
            None => Err(crate::error::Misuse::Layer.into()),
        }
    }

    /// Judges a module without keeping anything.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        let config = engine.config();
        let bytes_len = u32::try_from(bytes.len()).map_err(|_| Error::from(crate::support::Limit::ModuleSize))?;
        let span = image::Span { start: 0, len: bytes_len };
        validate::module(bytes, span, config.features(), config.get_limits()).map(|_| ())
    }

    /// Judges the module's custom sections about instructions, such as branch hints. They are
    /// advice: whatever they hold, the module is valid and runs.
    pub fn validate_code_metadata(&self) -> Result<()> {
        validate::code_metadata(&self.image.bytes, self.judged())
    }

    /// What the module needs, in order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        let module = self.judged();
        module.imports.iter().map(|Import { module: from, name, kind, index, .. }| ImportType {
            module: from.text(&self.image.bytes),
            name: name.text(&self.image.bytes),
            ty: module.extern_type(*kind, *index),
        })
    }

    /// What the module offers, in order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        let module = self.judged();
        module.exports.iter().map(|Export { name, kind, index }| ExportType {
            name: name.text(&self.image.bytes),
            ty: module.extern_type(*kind, *index),
        })
    }

    /// The judged module itself, for tools that look inside.
    pub fn judged(&self) -> &image::Module {
        // Both ways to make a module see to it that there is one.
        static NONE: image::Module = image::Module::EMPTY;
        self.image.module(SELF).unwrap_or(&NONE)
    }

    /// The image that clones share.
    pub fn image(&self) -> &ImageRef {
        &self.image
    }
}

/// An import of a module.
#[derive(Clone, Copy, Debug)]
pub struct ImportType<'m> {
    /// The first name.
    pub module: &'m str,
    /// The second name.
    pub name: &'m str,
    /// What is wanted. Type indices in it count in [`Module::judged`]'s table of types.
    pub ty: Option<ExternType>,
}

/// An export of a module.
#[derive(Clone, Copy, Debug)]
pub struct ExportType<'m> {
    /// Its name.
    pub name: &'m str,
    /// What it is. Type indices in it count in [`Module::judged`]'s table of types.
    pub ty: Option<ExternType>,
}
