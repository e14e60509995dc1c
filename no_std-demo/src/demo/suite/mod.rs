//! The official suite of the Component Model, converted when the firmware is built: every directive that fits the
//! board's memory has the verdict that the suite wants.

mod reader;
mod tags;

use crate::board::{measured, println};
use crate::heap;
use reader::Reader;
use windlass::component::{Component, Instance, Linker, Val};
use windlass::support::{Box, Vec};
use windlass::syntax::Features;
use windlass::{Config, Engine, Error, ErrorKind, Limits, Module, Result, Store, Trap};

static SUITE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/suite.bin"));

/// What came of directives.
#[derive(Clone, Copy, Default)]
struct Counts {
    passed: u32,
    failed: u32,
    /// Not begun, because there was no memory for one before in the same file, or that one itself.
    unfit: u32,
}

/// Runs every file; whether no directive failed that the memory suffices for.
pub fn run() -> bool {
    measured(SUITE.len() as u64, format_args!("bytes of the guest"));
    let mut reader = Reader { rest: SUITE };
    let (mut all, mut files, mut whole, mut text_only) = (Counts::default(), 0, 0, 0);
    while !reader.rest.is_empty() {
        match run_file(&mut reader, &mut text_only) {
            Ok(counts) => {
                files += 1;
                whole += u32::from(counts.unfit == 0);
                all.passed += counts.passed;
                all.failed += counts.failed;
                all.unfit += counts.unfit;
            }
            Err(error) => {
                println!("error: {error}");
                return false;
            }
        }
        if heap::used() != 0 {
            println!("{} bytes of heap left behind", heap::used());
            return false;
        }
    }
    println!("{files} files, {whole} of them whole; {text_only} directives about text are not here");
    println!("{} directives passed", all.passed);
    measured(all.failed.into(), format_args!("directives that failed"));
    measured(all.unfit.into(), format_args!("directives that do not fit"));
    all.failed == 0 && all.passed > 0
}

fn run_file(reader: &mut Reader, text_only: &mut u64) -> Result<Counts> {
    let name = reader.text()?;
    let features = reader.take(8)?.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    *text_only += reader.number()?;
    let mut config = Config::new();
    // Depth costs stack, which a board has not much of.
    let mut limits = Limits::HOST;
    limits.nesting_depth = Limits::BOARD.nesting_depth;
    config.wasm_features(Features::all(), false).limits(limits);
    config.wasm_features(Features::from_bits_retain(features), true);
    let mut file = File { engine: Engine::new(&config), components: Vec::new(), current: None };
    let (mut counts, mut fits) = (Counts::default(), true);
    loop {
        let tag = reader.byte()?;
        if tag == tags::END {
            break;
        }
        let command = Command::read(tag, reader)?;
        if !fits {
            counts.unfit += 1;
            continue;
        }
        match file.run(command) {
            Ok(Verdict::Passed) => counts.passed += 1,
            Ok(Verdict::Unfit) => {
                counts.unfit += 1;
                fits = false;
            }
            Ok(Verdict::Failed(error)) => {
                counts.failed += 1;
                match error {
                    Some(error) => println!("{name}, directive {}: {error}", counts.passed + counts.failed),
                    None => println!("{name}, directive {}: another outcome", counts.passed + counts.failed),
                }
            }
            Err(error) => return Err(error),
        }
    }
    println!("{name}: {} passed, {} failed, {} do not fit", counts.passed, counts.failed, counts.unfit);
    Ok(counts)
}

/// A directive.
enum Command {
    Judge(&'static [u8]),
    Define(&'static [u8]),
    Instance { definition: u64, last: bool },
    Component(&'static [u8]),
    Run(&'static [u8], Expect),
    Invoke(&'static str, Vec<Val>, Expect),
    Malformed(&'static [u8]),
    Invalid(&'static [u8]),
}

/// What is to come of it.
enum Expect {
    Success,
    Return(Vec<Val>),
    Trap { names: Vec<&'static str>, index: Option<u64> },
}

impl Command {
    fn read(tag: u8, reader: &mut Reader) -> Result<Self> {
        Ok(match tag {
            tags::JUDGE => Command::Judge(reader.bytes()?),
            tags::DEFINE => Command::Define(reader.bytes()?),
            tags::INSTANCE | tags::LAST_INSTANCE => {
                Command::Instance { definition: reader.number()?, last: tag == tags::LAST_INSTANCE }
            }
            tags::COMPONENT => Command::Component(reader.bytes()?),
            tags::RUN => Command::Run(reader.bytes()?, Expect::read(reader)?),
            tags::INVOKE => Command::Invoke(reader.text()?, reader.all(Reader::value)?, Expect::read(reader)?),
            tags::MALFORMED => Command::Malformed(reader.bytes()?),
            tags::INVALID => Command::Invalid(reader.bytes()?),
            _ => return Err(Error::host(format_args!("an unknown command"))),
        })
    }
}

impl Expect {
    fn read(reader: &mut Reader) -> Result<Self> {
        Ok(match reader.byte()? {
            tags::SUCCESS => Expect::Success,
            tags::RETURN => Expect::Return(reader.all(Reader::value)?),
            tags::TRAP => Expect::Trap { names: reader.all(Reader::text)?, index: reader.number()?.checked_sub(1) },
            _ => return Err(Error::host(format_args!("an unknown expectation"))),
        })
    }

    fn check(&self, outcome: Result<Vec<Val>>) -> Verdict {
        match (self, outcome) {
            (_, Err(error)) if is_unfit(&error) => Verdict::Unfit,
            (Expect::Success, Ok(_)) => Verdict::Passed,
            (Expect::Return(expected), Ok(found)) if all_same(&found, expected) => Verdict::Passed,
            (Expect::Trap { names, index }, Err(error)) => match error.kind() {
                ErrorKind::Trap(trap) if names.contains(&trap.name()) && same_index(*index, trap) => Verdict::Passed,
                _ => Verdict::Failed(Some(error)),
            },
            (_, outcome) => Verdict::Failed(outcome.err()),
        }
    }
}

/// Whether the index that the suite names is the one that the trap carries, if it carries one.
fn same_index(expected: Option<u64>, trap: Trap) -> bool {
    let found = match trap {
        Trap::UninitializedElement { index } => Some(index),
        Trap::UnknownHandle { index } | Trap::HandleType { index } => Some(u64::from(index)),
        _ => None,
    };
    expected.is_none() || found.is_none() || expected == found
}

enum Verdict {
    Passed,
    Failed(Option<Error>),
    Unfit,
}

/// What a file's directives work on. Nothing is registered in this suite and only the last instance is called, so each
/// has a store of its own, and the one before is gone.
struct File {
    engine: Engine,
    components: Vec<Option<Component>>,
    current: Option<(Store<()>, Instance)>,
}

impl File {
    fn run(&mut self, command: Command) -> Result<Verdict> {
        Ok(match command {
            Command::Judge(bytes) => {
                self.components.push(None)?;
                verdict(Component::from_static(&self.engine, bytes).map(drop))
            }
            Command::Define(bytes) => {
                let component = Component::from_static(&self.engine, bytes);
                let (component, judged) = match component {
                    Ok(component) => (Some(component), Ok(())),
                    Err(error) => (None, Err(error)),
                };
                self.components.push(component)?;
                verdict(judged)
            }
            Command::Instance { definition, last } => {
                let place = usize::try_from(definition).ok().and_then(|at| self.components.get_mut(at));
                let component = place.and_then(|place| if last { place.take() } else { place.clone() });
                let component = component.ok_or_else(|| Error::host(format_args!("no such component")))?;
                verdict(self.instantiate(&component))
            }
            Command::Component(bytes) => {
                let component = Component::from_static(&self.engine, bytes);
                verdict(component.and_then(|component| self.instantiate(&component)))
            }
            Command::Run(bytes, expect) => {
                let component = Component::from_static(&self.engine, bytes);
                expect.check(component.and_then(|component| self.instantiate(&component)).map(|()| Vec::new()))
            }
            Command::Invoke(name, args, expect) => expect.check(self.invoke(name, &args)),
            Command::Malformed(bytes) => {
                self.refused(bytes, |kind| matches!(kind, ErrorKind::Malformed(_) | ErrorKind::Disabled(_)))
            }
            Command::Invalid(bytes) => {
                self.refused(bytes, |kind| matches!(kind, ErrorKind::Invalid(_) | ErrorKind::Disabled(_)))
            }
        })
    }

    fn instantiate(&mut self, component: &Component) -> Result<()> {
        self.current = None;
        let mut store = Store::new(&self.engine, ());
        let instance = Linker::new(&self.engine).instantiate(&mut store, component)?;
        self.current = Some((store, instance));
        Ok(())
    }

    fn invoke(&mut self, name: &str, args: &[Val]) -> Result<Vec<Val>> {
        let missing = || Error::host(format_args!("nothing to call"));
        let (store, instance) = self.current.as_mut().ok_or_else(missing)?;
        let func = instance.get_func(&mut *store, name).ok_or_else(missing)?;
        let mut results = Vec::new();
        if func.ty(&*store)?.result().is_some() {
            results.push(Val::Bool(false))?;
        }
        func.call(store, args, &mut results)?;
        Ok(results)
    }

    fn refused(&self, bytes: &'static [u8], rightly: impl Fn(ErrorKind) -> bool) -> Verdict {
        // The layer is the second half of the version (`Binary.md`, Component Definitions).
        let judged = match bytes.get(4..8) {
            Some([0x0D, 0, 1, 0]) => Component::from_static(&self.engine, bytes).map(drop),
            _ => Module::from_static(&self.engine, bytes).map(drop),
        };
        match judged {
            Ok(()) => Verdict::Failed(None),
            Err(error) if rightly(error.kind()) => Verdict::Passed,
            Err(error) if is_unfit(&error) => Verdict::Unfit,
            Err(error) => Verdict::Failed(Some(error)),
        }
    }
}

fn verdict(outcome: Result<()>) -> Verdict {
    Expect::Success.check(outcome.map(|()| Vec::new()))
}

/// Whether it is the board's memory that does not suffice.
fn is_unfit(error: &Error) -> bool {
    error.kind() == ErrorKind::OutOfMemory
}

fn all_same(a: &[Val], b: &[Val]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

/// Whether values are the same. Every NaN is a NaN: the Canonical ABI makes them all one.
fn same(a: &Val, b: &Val) -> bool {
    let maybe = |a: &Option<Box<Val>>, b: &Option<Box<Val>>| match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    };
    match (a, b) {
        (Val::Float32(a), Val::Float32(b)) if a.is_nan() && b.is_nan() => true,
        (Val::Float64(a), Val::Float64(b)) if a.is_nan() && b.is_nan() => true,
        (Val::List(a), Val::List(b)) | (Val::Tuple(a), Val::Tuple(b)) => all_same(a, b),
        (Val::Record(a), Val::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
        }
        (Val::Variant(a, x), Val::Variant(b, y)) => a == b && maybe(x, y),
        (Val::Option(a), Val::Option(b)) => maybe(a, b),
        (Val::Result(Ok(a)), Val::Result(Ok(b))) | (Val::Result(Err(a)), Val::Result(Err(b))) => maybe(a, b),
        (a, b) => a == b,
    }
}
