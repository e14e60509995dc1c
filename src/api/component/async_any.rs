//! Streams, futures and error contexts of whatever type, as the host has them.

use super::end::on_ends;
use crate::api::store::AsContextMut;
use crate::component::abi::async_any::{ErrorContextAny, FutureAny, StreamAny};
use crate::component::abi::typed::{ComponentType, FutureReader, StreamReader, Ty, Types};
use crate::component::host_end;
use crate::error::{Error, Misuse, Result};
use crate::support::String;

macro_rules! any {
    ($($Any:ident $Reader:ident $try_into_reader:ident $try_into_any:ident;)+) => { $(
        impl $Any {
            /// The end as one whose values are `I`: an error unless they are, or where no component had the end
            /// so far, so that nobody knows.
            pub fn $try_into_reader<I: ComponentType>(self, mut store: impl AsContextMut) -> Result<$Reader<I>> {
                on_ends(&mut store.as_context_mut(), |cx| {
                    let end = host_end::find(cx, self.end)?;
                    let (ty, scope) = (end.ty, end.scope);
                    let unknown = || Error::from(Misuse::ArgumentTypes).with_message(format_args!("no component had it"));
                    let inst = scope.ok_or_else(unknown)?;
                    let image = cx.linked.images.get(cx.live.instance(inst)?.image).ok_or(Misuse::WrongStore)?;
                    I::typecheck(Ty::of(ty), &Types { image, live: cx.live, inst })?;
                    Ok($Reader::of(self.end))
                })
            }

            /// Closes the end, which the component at the other one learns.
            pub fn close(self, mut store: impl AsContextMut) -> Result<()> {
                on_ends(&mut store.as_context_mut(), |cx| host_end::drop(cx, self.end))
            }
        }

        impl<I: ComponentType> $Reader<I> {
            /// The end as one of whatever type, to be given to a component as a [`Val`](super::Val).
            pub fn $try_into_any(self, mut store: impl AsContextMut) -> Result<$Any> {
                on_ends(&mut store.as_context_mut(), |cx| {
                    host_end::find(cx, self.end)?.checks = Some(I::typecheck);
                    Ok($Any { end: self.end })
                })
            }
        }
    )+ };
}
any! {
    StreamAny StreamReader try_into_stream_reader try_into_stream_any;
    FutureAny FutureReader try_into_future_reader try_into_future_any;
}

impl ErrorContextAny {
    /// Its debug message. An engine need not keep that: this one never does.
    pub fn debug_message(&self, mut store: impl AsContextMut) -> Result<String> {
        let live = &mut store.as_context_mut().inner.state.component.state.live;
        Ok(live.held_error_context(*self)?.debug_message.try_clone()?)
    }

    /// Gives it up.
    pub fn close(self, mut store: impl AsContextMut) -> Result<()> {
        store.as_context_mut().inner.state.component.state.live.close_error_context(self)
    }
}
