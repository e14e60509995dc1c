//! Executes the directives of a file, one after the other, each on its own.

use crate::components::{self, Components};
use crate::features::{self, FileFeatures};
use crate::outcome::{Executed, check_exception, check_exhaustion, check_trap, keyword};
use crate::phrases::{self, Agreement};
use crate::report::{Failure, FileReport, Report};
use crate::scope::{Definition, Instantiated, Scope};
use crate::suites::SuiteFile;
use crate::values;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, WastThread, Wat};
use windlass::syntax::Features;
use windlass::{Config, Engine, Error, ErrorKind, Extern, Func, Linker, Module, Store, Val};

/// The fuel of one directive: far above what any suite needs, so that a loop that should end
/// and does not becomes a failure.
const FUEL: u64 = 4_000_000_000;

/// Adds imports of a test's own to a fresh linker.
pub type AddImports = dyn Fn(&mut Store<()>, &mut Linker<()>) -> windlass::Result<()> + Send + Sync;

/// How files are run.
#[derive(Default)]
pub struct Options {
    /// With which features; by header or path where absent (see [`features`]).
    pub features: Option<Features>,
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
    for directive in wast.directives {
        runner.run(text, directive);
    }
    runner.report
}

/// A file of which nothing could be run counts as one failed directive.
fn broken_file(name: &str, features: &FileFeatures, line: usize, column: usize, message: String) -> FileReport {
    FileReport {
        path: name.to_owned(),
        features: features.set,
        unknown_features: features.unknown.clone(),
        passed: 0,
        failures: vec![Failure { line, column, directive: "file", message }],
        kinds_agree: 0,
        kinds_differ: 0,
    }
}

/// Why a directive failed.
pub(crate) type Outcome<T = ()> = Result<T, String>;

struct Runner<'o> {
    engine: Engine,
    store: Store<()>,
    components: Components,
    scope: Scope,
    options: &'o Options,
    report: FileReport,
}

impl<'o> Runner<'o> {
    fn new(name: &str, features: &FileFeatures, options: &'o Options) -> windlass::Result<Self> {
        let mut config = Config::new();
        config.wasm_features(Features::all(), false).wasm_features(features.set, true).consume_fuel(true);
        let engine = Engine::new(&config);
        let mut store = Store::new(&engine, ());
        let scope = Scope::new(&engine, &mut store, options, features.set)?;
        let mut report = broken_file(name, features, 0, 0, String::new());
        report.failures.clear();
        Ok(Self { components: Components::new(&engine), engine, store, scope, options, report })
    }

    /// Runs one directive; whatever happens, it is counted and the next one can run.
    fn run(&mut self, text: &str, directive: WastDirective<'_>) {
        let (line, column) = directive.span().linecol_in(text);
        let keyword = keyword(&directive);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.directive(text, directive)));
        let outcome = outcome.unwrap_or_else(|panic| {
            let why = panic.downcast_ref::<String>().cloned();
            let why = why.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(format!("the engine panicked: {}", why.unwrap_or_default()))
        });
        match outcome {
            Ok(()) => self.report.passed += 1,
            Err(message) => {
                let failure = Failure { line: line + 1, column: column + 1, directive: keyword, message };
                self.report.failures.push(failure);
            }
        }
    }

    fn directive(&mut self, text: &str, directive: WastDirective<'_>) -> Outcome {
        // A store that consumes fuel can be given some.
        self.store.set_fuel(FUEL).map_err(engine_error)?;
        match directive {
            WastDirective::Module(mut wat) => {
                let name = wat.name();
                // What came before must not stand in for a module that fails.
                self.scope.current = None;
                let definition = self.define(&mut wat)?;
                let instance = self.instantiate(&definition)?.map_err(engine_error)?;
                self.scope.name_instance(name, instance);
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
            WastDirective::Invoke(invoke) => match self.invoke(&invoke)? {
                Executed::Error(error) => Err(engine_error(error)),
                _ => Ok(()),
            },
            WastDirective::AssertReturn { exec, results, .. } => match self.execute(exec)? {
                Executed::Values(found) => values::check_core(&found, &results, &self.store),
                Executed::Component(found) => components::check(&found, &results),
                Executed::Error(error) => Err(engine_error(error)),
            },
            WastDirective::AssertTrap { exec, message, .. } => check_trap(self.execute(exec)?, message),
            WastDirective::AssertExhaustion { call, message, .. } => check_exhaustion(self.invoke(&call)?, message),
            WastDirective::AssertException { exec, .. } => check_exception(self.execute(exec)?),
            WastDirective::AssertSuspension { exec, message, .. } => {
                let error = self.execute(exec)?.into_error(message)?;
                Err(format!("expected suspension {message:?}, got: {error}"))
            }
            WastDirective::AssertUnlinkable { module, message, .. } => self.assert_unlinkable(module, message),
            WastDirective::AssertMalformed { module, message, .. } => self.assert_malformed(module, message),
            WastDirective::AssertInvalid { module, message, .. } => self.assert_invalid(module, message),
            WastDirective::AssertMalformedCustom { module, message, .. } => self.assert_custom(module, message, true),
            WastDirective::AssertInvalidCustom { module, message, .. } => self.assert_custom(module, message, false),
            WastDirective::Thread(thread) => self.thread(text, thread),
            WastDirective::Wait { thread, .. } => match self.scope.threads.get(thread.name()) {
                Some(()) => Ok(()),
                None => Err(format!("no thread is called {}", thread.name())),
            },
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
            Definition::Module(module) => {
                self.scope.linker.instantiate(&mut self.store, module).map(Instantiated::Module)
            }
            Definition::Component(component) => {
                self.components.instantiate(&mut self.store, component).map(Instantiated::Component)
            }
        })
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Outcome {
        match self.scope.instance(module)? {
            Instantiated::Module(instance) => {
                self.scope.linker.instance(&mut self.store, name, instance).map(|_| ()).map_err(engine_error)
            }
            Instantiated::Component(instance) => {
                self.components.register(&mut self.store, name, &instance).map_err(engine_error)
            }
        }
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Outcome<Executed> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(wat) => {
                let definition = self.define(&mut QuoteWat::Wat(wat))?;
                Ok(match self.instantiate(&definition)? {
                    Ok(_) => Executed::Values(Vec::new()),
                    Err(error) => Executed::Error(error),
                })
            }
            WastExecute::Get { module, global, .. } => match self.export(module, global)? {
                Extern::Global(found) => Ok(match found.get(&mut self.store) {
                    Ok(value) => Executed::Values(vec![value]),
                    Err(error) => Executed::Error(error),
                }),
                _ => Err(format!("export {global:?} is not a global")),
            },
        }
    }

    fn export(&mut self, module: Option<Id<'_>>, name: &str) -> Outcome<Extern> {
        match self.scope.instance(module)? {
            Instantiated::Module(instance) => {
                instance.get_export(&mut self.store, name).ok_or_else(|| format!("no export is called {name:?}"))
            }
            Instantiated::Component(_) => Err("a component instance has no core exports".into()),
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Outcome<Executed> {
        if let Instantiated::Component(instance) = self.scope.instance(invoke.module)? {
            return Ok(match self.components.call(&mut self.store, &instance, invoke.name, &invoke.args) {
                Ok(values) => Executed::Component(values),
                Err(error) => Executed::Error(error),
            });
        }
        let Extern::Func(func) = self.export(invoke.module, invoke.name)? else {
            return Err(format!("export {:?} is not a function", invoke.name));
        };
        let args = values::core_args(&invoke.args)?;
        Ok(match call(func, &mut self.store, &args) {
            Ok(values) => Executed::Values(values),
            Err(error) => Executed::Error(error),
        })
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
    /// were not there. So only the text parser can refuse one here.
    fn assert_custom(&mut self, mut module: QuoteWat<'_>, message: &str, malformed: bool) -> Outcome {
        let bytes = match module.encode() {
            Ok(bytes) => bytes,
            Err(_) if malformed => return Ok(()),
            Err(error) => return Err(text_error(error)),
        };
        match self.judge(bytes) {
            Ok(_) => Err(format!("the custom section was not refused ({message:?})")),
            Err(error) => Err(format!("the module around the custom section was refused: {error}")),
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

    /// A thread of a script runs to its end where it stands: one possible order of all.
    fn thread(&mut self, text: &str, thread: WastThread<'_>) -> Outcome {
        let mut scope =
            Scope::new(&self.engine, &mut self.store, self.options, self.report.features).map_err(engine_error)?;
        if let Some(shared) = thread.shared_module {
            let instance = self.scope.instance(Some(shared))?;
            scope.name_instance(Some(shared), instance);
        }
        let outer = std::mem::replace(&mut self.scope, scope);
        let mut outcome = Ok(());
        for directive in thread.directives {
            let (line, _) = directive.span().linecol_in(text);
            outcome = outcome.and(self.directive(text, directive).map_err(|why| format!("line {}: {why}", line + 1)));
        }
        self.scope = outer;
        self.scope.threads.insert(thread.name.name().to_owned(), ());
        outcome
    }
}

fn engine_error(error: Error) -> String {
    error.to_string()
}

fn text_error(error: wast::Error) -> String {
    format!("the text parser refused it: {}", error.message())
}

fn call(func: Func, store: &mut Store<()>, args: &[Val]) -> windlass::Result<Vec<Val>> {
    let count = func.ty(&*store)?.results().len();
    let mut results = vec![Val::I32(0); count];
    func.call(store, args, &mut results)?;
    Ok(results)
}
