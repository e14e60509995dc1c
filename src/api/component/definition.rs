//! Components: judged bytes, ready to be instantiated in any store.

use super::types;
use crate::Error;
use crate::api::Engine;
use crate::error::{Misuse, Result};
use crate::image::{Bytes, ComponentId, ImageRef};
use crate::support::Vec;
use crate::validate;

/// A component that was decoded and validated. Cloning it is cheap: clones share the image.
///
/// ```
/// use windlass::Engine;
/// use windlass::component::Component;
///
/// let component = Component::new(&Engine::default(), b"\0asm\x0d\0\x01\0")?;
/// assert_eq!(component.component_type().imports().count(), 0);
/// # Ok::<(), windlass::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Component {
    image: ImageRef,
}

/// The outermost component of an image.
pub(super) const ROOT: ComponentId = ComponentId::new(0);

impl Component {
    /// Decodes and validates a component in the binary format.
    ///
    /// `&'static` bytes (flash, or `include_bytes!`) stay where they are and a vector is taken
    /// over: neither is copied. For borrowed bytes there is [`from_slice`](Self::from_slice).
    pub fn new(engine: &Engine, bytes: impl Into<Bytes>) -> Result<Self> {
        let config = engine.config();
        let image = validate::component::component_image(bytes.into(), config.features(), config.get_limits())?;
        Self::from_image(ImageRef::share(image)?)
    }

    /// The same for bytes that live as long as the program: nothing is copied.
    pub fn from_static(engine: &Engine, bytes: &'static [u8]) -> Result<Self> {
        Self::new(engine, bytes)
    }

    /// The same for borrowed bytes, of which it keeps a copy.
    pub fn from_slice(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        Self::new(engine, Vec::from_slice(bytes)?)
    }

    /// A component whose image was made before, for example one that lies in a `static`.
    pub fn from_image(image: ImageRef) -> Result<Self> {
        match image.root().and_then(|root| root.ty) {
            Some(_) => Ok(Self { image }),
            None => Err(Error::from(Misuse::Layer)),
        }
    }

    /// What validation left behind.
    pub fn image(&self) -> &ImageRef {
        &self.image
    }

    /// What the component imports and exports.
    pub fn component_type(&self) -> types::Component {
        types::Component::of(&self.image, self.image.root().and_then(|root| root.ty))
    }
}
