//! Traps of handles, and of leaving where that is forbidden.

use super::instance;
use windlass::Trap;

/// A component with two resource types and a core function `f` that misuses their handles.
fn misuse(body: &str) -> String {
    format!(
        r#"(component
          (component $C
            (type $R' (resource (rep i32)))
            (export $R "r" (type $R'))
            (core func $new (canon resource.new $R'))
            (core module $M
              (import "" "new" (func $new (param i32) (result i32)))
              (func (export "make") (result i32) (call $new (i32.const 7)))
              (func (export "take") (param i32))
              (func (export "lend") (param i32))
              (func (export "both") (param i32 i32)))
            (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
            (func (export "make") (result (own $R)) (canon lift (core func $m "make")))
            (func (export "take") (param "r" (own $R)) (canon lift (core func $m "take")))
            (func (export "lend") (param "r" (borrow $R)) (canon lift (core func $m "lend")))
            (func (export "both") (param "a" (borrow $R)) (param "b" (own $R)) (canon lift (core func $m "both"))))
          (component $D
            (import "c" (instance $c
              (export "r" (type $R (sub resource)))
              (export "make" (func (result (own $R))))
              (export "take" (func (param "r" (own $R))))
              (export "lend" (func (param "r" (borrow $R))))
              (export "both" (func (param "a" (borrow $R)) (param "b" (own $R))))))
            (alias export $c "r" (type $R))
            (type $Own (resource (rep i32)))
            (core func $new (canon resource.new $Own))
            (core func $drop (canon resource.drop $R))
            (core func $make (canon lower (func $c "make")))
            (core func $take (canon lower (func $c "take")))
            (core func $both (canon lower (func $c "both")))
            (core module $M
              (import "" "new" (func $new (param i32) (result i32)))
              (import "" "drop" (func $drop (param i32)))
              (import "" "make" (func $make (result i32)))
              (import "" "take" (func $take (param i32)))
              (import "" "both" (func $both (param i32 i32)))
              (func (export "borrowed") (param $borrow i32) (call $take (local.get $borrow)))
              (func (export "nothing"))
              (func (export "f") {body}))
            (core instance $m (instantiate $M (with "" (instance
              (export "new" (func $new))
              (export "drop" (func $drop))
              (export "make" (func $make))
              (export "take" (func $take))
              (export "both" (func $both))))))
            (func (export "borrowed") (param "r" (borrow $R)) (canon lift (core func $m "borrowed")))
            (func (export "leave") (canon lift (core func $m "nothing") (post-return (core func $m "f"))))
            (func (export "f") (canon lift (core func $m "f"))))
          (instance $c (instantiate $C))
          (instance $d (instantiate $D (with "c" (instance $c))))
          ;; Hands a borrow to `borrowed`, which takes it for an owned handle.
          (component $E
            (import "c" (instance $c (export "r" (type $R (sub resource))) (export "make" (func (result (own $R))))))
            (alias export $c "r" (type $R))
            (import "borrowed" (func $borrowed (param "r" (borrow $R))))
            (core func $make (canon lower (func $c "make")))
            (core func $borrowed' (canon lower (func $borrowed)))
            (core module $M
              (import "" "make" (func $make (result i32)))
              (import "" "borrowed" (func $borrowed (param i32)))
              (func (export "f") (call $borrowed (call $make))))
            (core instance $m (instantiate $M (with "" (instance
              (export "make" (func $make)) (export "borrowed" (func $borrowed'))))))
            (func (export "f") (canon lift (core func $m "f"))))
          (instance $e (instantiate $E (with "c" (instance $c)) (with "borrowed" (func $d "borrowed"))))
          (func (export "f") (alias export $d "f"))
          (func (export "leave") (alias export $d "leave"))
          (func (export "not-owned") (alias export $e "f")))"#
    )
}

fn check(func: &str, body: &str, expected: Trap) {
    let (mut store, instance) = instance(&misuse(body));
    let func = instance.get_func(&mut store, func).unwrap();
    let found = func.call(&mut store, &[], &mut []);
    assert_eq!(found.err().and_then(|error| error.trap()), Some(expected), "{body}");
}

#[test]
fn handles_are_checked_wherever_they_are_used() {
    check("f", "(call $drop (i32.const 9))", Trap::UnknownHandle { index: 9 });
    check("f", "(call $take (call $new (i32.const 1)))", Trap::HandleType { index: 1 });
    check("f", "(call $drop (call $new (i32.const 1)))", Trap::HandleType { index: 1 });
    check("f", "(local i32) (call $both (local.tee 0 (call $make)) (local.get 0))", Trap::HandleLent { index: 1 });
    check("not-owned", "", Trap::NotOwned { index: 1 });
}

#[test]
fn post_return_may_not_leave() {
    check("leave", "(drop (call $make))", Trap::CannotLeaveInstance);
    check("leave", "(drop (call $new (i32.const 1)))", Trap::CannotLeaveInstance);
}
