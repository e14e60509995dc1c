//! The calls that are measured, in the words that both engines' interfaces share.

/// The functions `func`, `composed` and `host` of an engine, where its `Store`, `Instance`, `TypedFunc` and traits are in scope,
/// and an `instantiate` that makes a component from its bytes.
macro_rules! calls {
    () => {
        fn func<P, R>(store: &mut Store<()>, instance: &Instance, name: &str) -> TypedFunc<P, R>
        where
            P: ComponentNamedList + Lower,
            R: ComponentNamedList + Lift,
        {
            instance.get_typed_func(store, name).expect("a function of that type")
        }

        fn composed(bytes: &[u8], name: &str) -> Work {
            let (_, mut store, instance) = instantiate(bytes);
            let run = func::<(u32,), (u32,)>(&mut store, &instance, name);
            Box::new(move |times| u64::from(run.call(&mut store, (times,)).expect("no trap").0))
        }

        fn host(bytes: &[u8], call: HostCall) -> Work {
            let (_, mut store, instance) = instantiate(bytes);
            match call {
                HostCall::Add => {
                    let add = func::<(u32, u32), (u32,)>(&mut store, &instance, "add");
                    Box::new(move |times| {
                        (0..times).map(|time| u64::from(add.call(&mut store, (time, 1)).expect("no trap").0)).sum()
                    })
                }
                HostCall::String => {
                    let echo = func::<(&str,), (String,)>(&mut store, &instance, "string");
                    Box::new(move |times| {
                        (0..times)
                            .map(|_| echo.call(&mut store, ("sixteen letters!",)).expect("no trap").0.len() as u64)
                            .sum()
                    })
                }
                HostCall::List => {
                    static LIST: [u8; 4096] = [7; 4096];
                    let echo = func::<(&[u8],), (Vec<u8>,)>(&mut store, &instance, "list");
                    Box::new(move |times| {
                        (0..times).map(|_| echo.call(&mut store, (&LIST,)).expect("no trap").0.len() as u64).sum()
                    })
                }
            }
        }
    };
}

pub(crate) use calls;
