//! What all stores and modules of a program have in common: features, limits, fuel.

use crate::store::Dispatch;
use crate::support::Limits;
use crate::support::choice::Choice;
use crate::syntax::Features;

/// How an [`Engine`] is set up.
///
/// ```
/// use windlass::{Config, Engine, Features};
///
/// let mut config = Config::new();
/// config.wasm_features(Features::SIMD, false).consume_fuel(true);
/// let engine = Engine::new(&config);
/// assert!(!engine.config().features().contains(Features::SIMD));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Config {
    features: Features,
    limits: Limits,
    consume_fuel: bool,
    choice: Choice,
    gc_stress: bool,
    dispatch: Dispatch,
}

impl Config {
    /// WebAssembly 3.0 and the ungated Component Model, limits for hosts, no fuel.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with limits for a board with some hundred kilobytes of memory.
    pub fn board() -> Self {
        Self { limits: Limits::BOARD, ..Self::default() }
    }

    /// Switches the features in `flag` on or off.
    pub fn wasm_features(&mut self, flag: Features, enable: bool) -> &mut Self {
        self.features.set(flag, enable);
        self
    }

    /// Replaces all limits.
    ///
    /// ```
    /// use windlass::syntax::{AddrType, MemoryType};
    /// use windlass::{Config, Engine, ErrorKind, Limit, Limits, Memory, Store};
    ///
    /// let mut limits = Limits::HOST;
    /// limits.memory_pages = 16;
    /// let engine = Engine::new(Config::new().limits(limits));
    /// let mut store = Store::new(&engine, ());
    /// let ty = MemoryType { addr: AddrType::I32, shared: false, min: 17, max: None, custom_page_size: None };
    /// let error = Memory::new(&mut store, ty).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Limit(Limit::MemoryPages));
    /// ```
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Whether running costs fuel, which a store then needs before it runs anything.
    pub fn consume_fuel(&mut self, enable: bool) -> &mut Self {
        self.consume_fuel = enable;
        self
    }

    /// Who decides what the specifications leave open.
    pub fn choice(&mut self, choice: Choice) -> &mut Self {
        self.choice = choice;
        self
    }

    /// Whether there is a collection before every allocation of an object: slow, and finds out
    /// what nobody holds on to.
    pub fn gc_stress(&mut self, enable: bool) -> &mut Self {
        self.gc_stress = enable;
        self
    }

    /// Which dispatcher runs code: by default the fastest that this build has. One that it does
    /// not have is replaced by [`Dispatch::Portable`]; see [`Dispatch::is_available`].
    pub fn dispatch(&mut self, dispatch: Dispatch) -> &mut Self {
        self.dispatch = dispatch;
        self
    }

    /// The features that are switched on.
    pub fn features(&self) -> Features {
        self.features
    }

    /// The limits in force.
    pub fn get_limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether running costs fuel.
    pub fn is_consuming_fuel(&self) -> bool {
        self.consume_fuel
    }

    /// Whether there is a collection before every allocation.
    pub fn get_gc_stress(&self) -> bool {
        self.gc_stress
    }

    /// Which dispatcher runs code.
    pub fn get_dispatch(&self) -> Dispatch {
        self.dispatch
    }

    /// Who decides what the specifications leave open.
    pub fn get_choice(&self) -> &Choice {
        &self.choice
    }
}

/// The configuration that modules are judged and stores are made with. Cheap to clone: it owns
/// nothing but its [`Config`].
#[derive(Clone, Debug, Default)]
pub struct Engine {
    config: Config,
}

impl Engine {
    /// An engine with that configuration.
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }
}
