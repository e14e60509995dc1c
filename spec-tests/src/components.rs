//! What a file's component directives run on.

use wast::WastArg;
use windlass::image::ImageRef;
use windlass::syntax::Features;
use windlass::validate::component::component_of_any_feature;
use windlass::{Engine, Error, ErrorKind, Store};

/// A component that was defined.
#[derive(Clone, Debug)]
pub struct Component {
    /// What was judged.
    pub image: ImageRef,
}

/// An instance of a component.
#[derive(Clone, Debug)]
pub struct ComponentInstance {}

/// The component side of a run.
pub struct Components {
    engine: Engine,
}

impl Components {
    /// Ready to run the component directives of one file.
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone() }
    }

    /// Decodes and validates a component.
    pub fn define(&mut self, bytes: Vec<u8>) -> windlass::Result<Component> {
        // Judged by every rule; nothing is run that the engine cannot run, as nothing is run.
        let config = self.engine.config();
        let image = component_of_any_feature(bytes.into(), config.features(), config.get_limits())?;
        Ok(Component { image: ImageRef::share(image) })
    }

    /// Instantiates a component with what the host and registered instances provide.
    pub fn instantiate(
        &mut self,
        _store: &mut Store<()>,
        _component: &Component,
    ) -> windlass::Result<ComponentInstance> {
        Err(unsupported())
    }

    /// Makes an instance importable under that name.
    pub fn register(
        &mut self,
        _store: &mut Store<()>,
        _name: &str,
        _instance: &ComponentInstance,
    ) -> windlass::Result<()> {
        Err(unsupported())
    }

    /// Calls an exported function; the results as text.
    pub fn call(
        &mut self,
        _store: &mut Store<()>,
        _instance: &ComponentInstance,
        _name: &str,
        _args: &[WastArg<'_>],
    ) -> windlass::Result<Vec<String>> {
        Err(unsupported())
    }
}

/// Until the engine runs components, what would run one fails with this.
fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported(Features::COMPONENT_MODEL))
        .with_message(format_args!("components cannot be instantiated yet"))
}
