;; Makes many of one thing at a time, so that the host can see what one takes.
(component
  (import "never" (func $never async))
  (core func $never (canon lower (func $never) async))
  (type $thing (resource (rep i32)))
  (core func $thing.new (canon resource.new $thing))
  (type $bytes (stream u8))
  (core func $stream.new (canon stream.new $bytes))
  (core func $set.new (canon waitable-set.new))
  (core module $M
    (import "" "never" (func $never (result i32)))
    (import "" "thing.new" (func $thing.new (param i32) (result i32)))
    (import "" "stream.new" (func $stream.new (result i64)))
    (import "" "set.new" (func $set.new (result i32)))
    (func (export "handles") (param $n i32)
      (loop $again
        (drop (call $thing.new (i32.const 1)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "streams") (param $n i32)
      (loop $again
        (drop (call $stream.new))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "subtasks") (param $n i32)
      (loop $again
        (drop (call $never))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    ;; Waits for a set that nothing is in.
    (func (export "block") (result i32) (i32.or (i32.shl (call $set.new) (i32.const 4)) (i32.const 2)))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $m (instantiate $M (with "" (instance
    (export "never" (func $never)) (export "thing.new" (func $thing.new))
    (export "stream.new" (func $stream.new)) (export "set.new" (func $set.new))))))
  (func (export "handles") (param "n" u32) (canon lift (core func $m "handles")))
  (func (export "streams") (param "n" u32) (canon lift (core func $m "streams")))
  (func (export "subtasks") (param "n" u32) (canon lift (core func $m "subtasks")))
  (func (export "block") async (canon lift (core func $m "block") async (callback (core func $m "callback")))))
