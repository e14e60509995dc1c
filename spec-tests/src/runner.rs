//! Executes the directives of a file, one after the other, each on its own.

use crate::annotations;
use crate::components::Components;
use crate::features::{self, FileFeatures};
use crate::outcome::{Executed, Expect, keyword};
use crate::phrases::{self, Agreement};
use crate::report::{Failure, FileReport, Report};
use crate::scope::{Definition, Instantiated, Scope};
use crate::spectest;
use crate::suites::SuiteFile;
use crate::threads::{Step, Threads};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, Wat};
use windlass::error::Unlinkable;
use windlass::support::choice::Choice;
use windlass::syntax::Features;
use windlass::{Config, Dispatch, Engine, Error, ErrorKind, Extern, Linker, Module, Store};

/// The fuel of one directive: far above what any suite needs, so that a loop that should end
/// and does not becomes a failure.
pub(crate) const FUEL: u64 = 4_000_000_000;

/// Adds imports of a test's own to a fresh linker.
pub type AddImports = dyn Fn(&mut Store<()>, &mut Linker<()>) -> windlass::Result<()> + Send + Sync;

/// How files are run.
#[derive(Default)]
pub struct Options {
    /// With which features; by header or path where absent (see [`features`]).
    pub features: Option<Features>,
    /// Whether objects are collected before every allocation.
    pub gc_stress: bool,
    /// By which dispatcher.
    pub dispatch: Dispatch,
    /// What decides where a specification leaves a choice; first come, first served if absent.
    pub seed: Option<u64>,
    /// Called for every file, after the suite's own `spectest` module was defined.
    pub imports: Option<Box<AddImports>>,
}

/// Runs every file, several at once; `progress` is called after each. The report has the files
/// in the order given.
pub fn run_files(files: &[SuiteFile], options: &Options, progress: impl Fn(&FileReport) + Sync) -> Report {
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get()).min(files.len().max(1));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, FileReport)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((position, file)) = files.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = run_file(file, options);
                    progress(&report);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((position, report));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(position, _)| *position);
    Report { files: done.into_iter().map(|(_, report)| report).collect() }
}

/// Runs one file.
pub fn run_file(file: &SuiteFile, options: &Options) -> FileReport {
    match std::fs::read_to_string(&file.path) {
        Ok(text) => run_text(&file.name, &text, options),
        Err(error) => {
            let features = FileFeatures { set: Features::default(), unknown: Vec::new() };
            broken_file(&file.name, &features, 1, 1, format!("cannot be read: {error}"))
        }
    }
}

/// Runs a file that is in memory; `name` says what it is called in the report, and which
/// features it gets where nothing else does.
pub fn run_text(name: &str, text: &str, options: &Options) -> FileReport {
    let features = match options.features {
        Some(set) => FileFeatures { set, unknown: Vec::new() },
        None => features::of_file(name, text),
    };
    let broken = |error: &wast::Error| {
        let (line, column) = error.span().linecol_in(text);
        broken_file(name, &features, line + 1, column + 1, error.message())
    };
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(error) => return broken(&error),
    };
    let wast = match parser::parse::<Wast<'_>>(&buffer) {
        Ok(wast) => wast,
        Err(error) => return broken(&error),
    };
    let mut runner = match Runner::new(name, &features, options) {
        Ok(runner) => runner,
        Err(error) => return broken_file(name, &features, 1, 1, format!("no store: {error}")),
    };
    runner.for_validator = features::is_for_validator(text);
    for directive in wast.directives {
        runner.run(text, directive);
    }
    runner.end(text);
    runner.report
}

/// A file of which nothing could be run counts as one failed directive.
fn broken_file(name: &str, features: &FileFeatures, line: usize, column: usize, message: String) -> FileReport {
    FileReport {
        path: name.to_owned(),
        features: features.set,
        unknown_features: features.unknown.clone(),
        passed: 0,
        failures: vec![Failure { line, column, directive: "file", message, is_fault: false }],
        kinds_agree: 0,
        kinds_differ: 0,
    }
}

/// Why a directive failed.
pub(crate) type Outcome<T = ()> = Result<T, String>;

pub(crate) struct Runner<'a> {
    engine: Engine,
    pub(crate) store: Store<()>,
    /// With the suite's own module and all that is registered.
    linker: Linker<()>,
    components: Components,
    pub(crate) scope: Scope,
    pub(crate) threads: Threads<'a>,
    /// See [`features::is_for_validator`].
    for_validator: bool,
    report: FileReport,
}

impl<'a> Runner<'a> {
    fn new(name: &str, features: &FileFeatures, options: &Options) -> windlass::Result<Self> {
        let mut config = Config::new();
        config.wasm_features(Features::all(), false).wasm_features(features.set, true).consume_fuel(true);
        config.gc_stress(options.gc_stress);
        config.dispatch(options.dispatch);
        if let Some(seed) = options.seed {
            config.choice(Choice::Seeded(seed));
        }
        let engine = Engine::new(&config);
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker.allow_shadowing(true);
        spectest::define(&mut store, &mut linker, features.set)?;
        if let Some(imports) = &options.imports {
            imports(&mut store, &mut linker)?;
        }
        let mut report = broken_file(name, features, 0, 0, String::new());
        report.failures.clear();
        Ok(Self {
            components: Components::new(&engine),
            engine,
            store,
            linker,
            scope: Scope::default(),
            threads: Threads::default(),
            for_validator: false,
            report,
        })
    }

    /// Runs one directive; whatever happens, it is counted and the next one can run.
    fn run(&mut self, text: &str, directive: WastDirective<'a>) {
        let (line, column) = directive.span().linecol_in(text);
        let keyword = keyword(&directive);
        self.count((line, column), keyword, |runner| {
            let step = runner.begin(text, directive);
            runner.finish(text, step)
        });
    }

    /// Counts what `directive` comes to, also where the engine panics.
    fn count(&mut self, at: (usize, usize), keyword: &'static str, directive: impl FnOnce(&mut Self) -> Outcome) {
        let (line, column) = at;
        let outcome = catch_unwind(AssertUnwindSafe(|| directive(self)));
        let fault = match &outcome {
            Ok(_) => self.leftover(),
            Err(panic) => {
                let why = panic.downcast_ref::<String>().map(String::as_str);
                let why = why.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
                Some(format!("the engine panicked: {why}"))
            }
        };
        let is_fault = fault.is_some();
        match fault.map_or(outcome.unwrap_or(Ok(())), Err) {
            Ok(()) => self.report.passed += 1,
            Err(message) => {
                let failure = Failure { line: line + 1, column: column + 1, directive: keyword, message, is_fault };
                self.report.failures.push(failure);
            }
        }
    }

    /// What the store keeps though nothing leads to it any more, which is a fault.
    fn leftover(&self) -> Option<String> {
        #[cfg(not(feature = "async"))]
        return None;
        #[cfg(feature = "async")]
        match self.store.leftover() {
            Ok(None) => None,
            Ok(Some(leftover)) => Some(format!("the engine keeps what nobody needs: {leftover:?}")),
            Err(error) => Some(engine_error(error)),
        }
    }

    /// Threads that nobody has waited for: their failures count where the file ends.
    fn end(&mut self, text: &str) {
        let last = text.lines().count().saturating_sub(1);
        if let Err(why) = self.end_threads(text) {
            self.count((last, 0), "thread", |_| Err(why));
        }
    }

    /// Begins a directive: only a call of a core function can pause.
    pub(crate) fn begin(&mut self, text: &str, directive: WastDirective<'a>) -> Step<'a> {
        // A store that consumes fuel can be given some.
        if let Err(error) = self.store.set_fuel(FUEL) {
            return Step::Done(Err(engine_error(error)));
        }
        match Expect::of(directive) {
            Ok((exec, expect)) => self.execute(exec, expect).unwrap_or_else(|why| Step::Done(Err(why))),
            Err(directive) => Step::Done(self.directive(text, *directive)),
        }
    }

    /// A directive that is no call.
    fn directive(&mut self, text: &str, directive: WastDirective<'a>) -> Outcome {
        match directive {
            WastDirective::Module(mut wat) => {
                let name = wat.name();
                // What came before must not stand in for a module that fails.
                self.scope.current = None;
                let definition = self.define(&mut wat)?;
                match self.instantiate(&definition)? {
                    Ok(instance) => self.scope.name_instance(name, instance),
                    Err(error) if self.for_validator && is_unknown_import(&error) => {}
                    Err(error) => return Err(engine_error(error)),
                }
                self.scope.name_definition(name, definition);
                Ok(())
            }
            WastDirective::ModuleDefinition(mut wat) => {
                let name = wat.name();
                let definition = self.define(&mut wat)?;
                self.scope.name_definition(name, definition);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                self.scope.current = None;
                let definition = self.scope.definition(module)?;
                let made = self.instantiate(&definition)?.map_err(engine_error)?;
                self.scope.name_instance(instance, made);
                Ok(())
            }
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::AssertUnlinkable { module, message, .. } => self.assert_unlinkable(module, message),
            WastDirective::AssertMalformed { module, message, .. } => self.assert_malformed(module, message),
            WastDirective::AssertInvalid { module, message, .. } => self.assert_invalid(module, message),
            WastDirective::AssertMalformedCustom { module, message, .. } => self.assert_custom(module, message, true),
            WastDirective::AssertInvalidCustom { module, message, .. } => self.assert_custom(module, message, false),
            WastDirective::Thread(thread) => self.thread(text, thread),
            WastDirective::Wait { thread, .. } => self.wait_for(text, thread.name()),
            other => Err(format!("{} is a call", keyword(&other))),
        }
    }

    /// Decodes and validates.
    fn judge(&mut self, bytes: Vec<u8>) -> windlass::Result<Definition> {
        // The layer is the second half of the version (`Binary.md`, Component Definitions).
        if bytes.get(4..8) == Some(&[0x0D, 0, 1, 0]) {
            return self.components.define(bytes).map(Definition::Component);
        }
        Module::new(&self.engine, bytes).map(Definition::Module)
    }

    fn define(&mut self, wat: &mut QuoteWat<'_>) -> Outcome<Definition> {
        let bytes = wat.encode().map_err(text_error)?;
        self.judge(bytes).map_err(engine_error)
    }

    fn instantiate(&mut self, definition: &Definition) -> Outcome<windlass::Result<Instantiated>> {
        Ok(match definition {
            Definition::Module(module) => self.linker.instantiate(&mut self.store, module).map(Instantiated::Module),
            Definition::Component(component) => {
                self.components.instantiate(&mut self.store, component).map(Instantiated::Component)
            }
        })
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Outcome {
        match self.scope.instance(module)? {
            Instantiated::Module(instance) => {
                self.linker.instance(&mut self.store, name, instance).map(|_| ()).map_err(engine_error)
            }
            Instantiated::Component(instance) => {
                self.components.register(&mut self.store, name, &instance).map_err(engine_error)
            }
        }
    }

    fn execute(&mut self, exec: WastExecute<'a>, expect: Expect<'a>) -> Outcome<Step<'a>> {
        let executed = match exec {
            WastExecute::Invoke(invoke) => match self.scope.instance(invoke.module)? {
                Instantiated::Module(_) => return self.start(&invoke, expect),
                Instantiated::Component(instance) => {
                    match self.components.call(&mut self.store, &instance, invoke.name, &invoke.args) {
                        Ok(values) => Executed::Component(values),
                        Err(error) => Executed::Error(error),
                    }
                }
            },
            WastExecute::Wat(wat) => {
                let definition = self.define(&mut QuoteWat::Wat(wat))?;
                match self.instantiate(&definition)? {
                    Ok(_) => Executed::Values(Vec::new()),
                    Err(error) => Executed::Error(error),
                }
            }
            WastExecute::Get { module, global, .. } => match self.export(module, global)? {
                Extern::Global(found) => match found.get(&mut self.store) {
                    Ok(value) => Executed::Values(vec![value]),
                    Err(error) => Executed::Error(error),
                },
                _ => return Err(format!("export {global:?} is not a global")),
            },
        };
        Ok(Step::Done(expect.check(executed, &self.store)))
    }

    pub(crate) fn export(&mut self, module: Option<Id<'_>>, name: &str) -> Outcome<Extern> {
        match self.scope.instance(module)? {
            Instantiated::Module(instance) => {
                instance.get_export(&mut self.store, name).ok_or_else(|| format!("no export is called {name:?}"))
            }
            Instantiated::Component(_) => Err("a component instance has no core exports".into()),
        }
    }

    fn assert_unlinkable(&mut self, module: Wat<'_>, message: &str) -> Outcome {
        let definition = self.define(&mut QuoteWat::Wat(module))?;
        match self.instantiate(&definition)? {
            Ok(_) => Err(format!("expected to be unlinkable ({message:?}), but it was instantiated")),
            Err(error) => match error.kind() {
                ErrorKind::Unlinkable(why) => phrases::unlinkable_agrees(message, why),
                _ => Err(format!("expected to be unlinkable ({message:?}), got: {error}")),
            },
        }
    }

    fn assert_malformed(&mut self, mut module: QuoteWat<'_>, message: &str) -> Outcome {
        // What the text parser refuses is malformed, and it is not our parser.
        let Ok(bytes) = module.encode() else { return Ok(()) };
        match self.judge(bytes) {
            Ok(_) => Err(format!("expected to be malformed ({message:?}), but it was accepted")),
            Err(error) => match error.kind() {
                kind @ (ErrorKind::Malformed(_) | ErrorKind::Disabled(_)) => self.count_agreement(message, kind),
                ErrorKind::Limit(_) if phrases::names_a_limit(message) => Ok(()),
                _ => Err(format!("expected to be malformed ({message:?}), got: {error}")),
            },
        }
    }

    fn assert_invalid(&mut self, mut module: QuoteWat<'_>, message: &str) -> Outcome {
        let bytes = module.encode().map_err(text_error)?;
        match self.judge(bytes) {
            Ok(_) => Err(format!("expected to be invalid ({message:?}), but it was accepted")),
            Err(error) => match error.kind() {
                kind @ (ErrorKind::Invalid(_) | ErrorKind::Disabled(_)) => self.count_agreement(message, kind),
                ErrorKind::Limit(_) if phrases::names_a_limit(message) => Ok(()),
                _ => Err(format!("expected to be invalid ({message:?}), got: {error}")),
            },
        }
    }

    /// A custom section is no part of a module: whatever it holds, the module is judged as if it
    /// were not there. What it holds is judged apart, by the text parser or by the engine.
    fn assert_custom(&mut self, mut module: QuoteWat<'_>, message: &str, malformed: bool) -> Outcome {
        if malformed && annotations::name_is_misplaced(&module) {
            return Ok(());
        }
        let bytes = match module.encode() {
            Ok(bytes) => bytes,
            Err(_) if malformed => return Ok(()),
            Err(error) => return Err(text_error(error)),
        };
        let Definition::Module(module) = self.judge(bytes).map_err(engine_error)? else {
            return Err("a component has no such custom sections".into());
        };
        match module.validate_code_metadata().map_err(|error| error.kind()) {
            Err(ErrorKind::Malformed(_)) if malformed => Ok(()),
            Err(ErrorKind::Invalid(_)) if !malformed => Ok(()),
            found => Err(format!("expected the custom section to be refused ({message:?}), got: {found:?}")),
        }
    }

    fn count_agreement(&mut self, message: &str, kind: ErrorKind) -> Outcome {
        match phrases::verdict_agrees(message, kind) {
            Agreement::Same => self.report.kinds_agree += 1,
            Agreement::Other => self.report.kinds_differ += 1,
            Agreement::Unknown => {}
        }
        Ok(())
    }
}

/// Whether nobody provides what an instance asks for.
fn is_unknown_import(error: &Error) -> bool {
    error.kind() == ErrorKind::Unlinkable(Unlinkable::UnknownImport)
}

pub(crate) fn engine_error(error: Error) -> String {
    error.to_string()
}

fn text_error(error: wast::Error) -> String {
    format!("the text parser refused it: {}", error.message())
}
