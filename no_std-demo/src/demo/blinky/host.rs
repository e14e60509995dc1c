//! `guests/board.wit` over `embedded-hal`: the same for every board whose pins and delays have its
//! traits.

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use windlass::component::{Linker, Resource, ResourceTable, ResourceTableError, ResourceType};
use windlass::{Error, Result, StoreContextMut};

/// What the host lends to components: here one pin, known by the board's number, and a delay.
pub struct Peripherals<P, D> {
    number: u8,
    /// Where nobody has taken it.
    pin: Option<P>,
    delay: D,
    taken: ResourceTable,
}

impl<P, D> Peripherals<P, D> {
    pub const fn new(number: u8, pin: P, delay: D) -> Self {
        Self { number, pin: Some(pin), delay, taken: ResourceTable::new() }
    }
}

type Context<'a, P, D> = StoreContextMut<'a, Peripherals<P, D>>;

/// Defines the interfaces `gpio` and `delay`.
pub fn define<P, D>(linker: &mut Linker<Peripherals<P, D>>) -> Result<()>
where
    P: OutputPin + Send + 'static,
    D: DelayNs + 'static,
{
    let mut gpio = linker.instance("windlass:board/gpio@1.0.0")?;
    gpio.resource("pin", ResourceType::host::<P>(), |mut store: Context<'_, P, D>, rep| {
        let lent = store.data_mut();
        lent.pin = Some(lent.taken.delete(Resource::new_own(rep)).map_err(unknown)?);
        Ok(())
    })?;
    gpio.func_wrap("[constructor]pin", |mut store: Context<'_, P, D>, (number,): (u8,)| {
        let lent = store.data_mut();
        let pin = if number == lent.number { lent.pin.take() } else { None };
        let pin = pin.ok_or_else(|| Error::host(format_args!("no pin {number}, or it is taken")))?;
        Ok((lent.taken.push(pin).map_err(unknown)?,))
    })?;
    gpio.func_wrap("[method]pin.set-high", |mut store: Context<'_, P, D>, (pin,): (Resource<P>,)| {
        store.data_mut().taken.get_mut(&pin).map_err(unknown)?.set_high().map_err(broken)
    })?;
    gpio.func_wrap("[method]pin.set-low", |mut store: Context<'_, P, D>, (pin,): (Resource<P>,)| {
        store.data_mut().taken.get_mut(&pin).map_err(unknown)?.set_low().map_err(broken)
    })?;
    let mut delay = linker.instance("windlass:board/delay@1.0.0")?;
    delay.func_wrap("delay-ms", |mut store: Context<'_, P, D>, (ms,): (u32,)| {
        store.data_mut().delay.delay_ms(ms);
        Ok(())
    })
}

fn unknown(error: ResourceTableError) -> Error {
    Error::host(format_args!("{error}"))
}

fn broken(error: impl core::fmt::Debug) -> Error {
    Error::host(format_args!("{error:?}"))
}
