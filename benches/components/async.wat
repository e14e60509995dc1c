;; What concurrency costs: bytes through a stream from component to component, and calls that end
;; at once, made in the asynchronous way and in the synchronous one.
(component
  (component $Producer
    (type $S (stream u8))
    (core module $Memory (memory (export "mem") 1))
    (core instance $memory (instantiate $Memory))
    (core func $new (canon stream.new $S))
    (core func $write (canon stream.write $S (memory (core memory $memory "mem"))))
    (core func $drop (canon stream.drop-writable $S))
    (core func $return (canon task.return (result $S)))
    (core module $M
      (import "" "new" (func $new (result i64)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "return" (func $return (param i32)))
      (func (export "produce") (param $chunks i32) (param $length i32) (local $ends i64) (local $to i32)
        (local.set $ends (call $new))
        (local.set $to (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
        (call $return (i32.wrap_i64 (local.get $ends)))
        (block $end
          (loop $again
            (br_if $end (i32.eqz (local.get $chunks)))
            (local.set $chunks (i32.sub (local.get $chunks) (i32.const 1)))
            (drop (call $write (local.get $to) (i32.const 0) (local.get $length)))
            (br $again)))
        (call $drop (local.get $to))))
    (core instance $m (instantiate $M (with "" (instance
      (export "new" (func $new)) (export "write" (func $write)) (export "drop" (func $drop))
      (export "return" (func $return))))))
    (func (export "produce") async (param "chunks" u32) (param "length" u32) (result $S)
      (canon lift (core func $m "produce") async)))
  (instance $producer (instantiate $Producer))

  (component $Adder
    (core func $return (canon task.return (result u32)))
    (core module $M
      (import "" "return" (func $return (param i32)))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "add-async") (param i32 i32) (result i32)
        (call $return (i32.add (local.get 0) (local.get 1))) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $m (instantiate $M (with "" (instance (export "return" (func $return))))))
    (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add")))
    (func (export "add-async") async (param "a" u32) (param "b" u32) (result u32)
      (canon lift (core func $m "add-async") async (callback (core func $m "callback")))))
  (instance $adder (instantiate $Adder))

  (type $S (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core func $produce (canon lower (func $producer "produce")))
  (core func $read (canon stream.read $S (memory (core memory $memory "mem"))))
  (core func $drop (canon stream.drop-readable $S))
  (core func $add (canon lower (func $adder "add")))
  (core func $add-async (canon lower (func $adder "add-async") async (memory (core memory $memory "mem"))))
  (core func $return (canon task.return (result u32)))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "produce" (func $produce (param i32 i32) (result i32)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (import "" "add-async" (func $add-async (param i32 i32 i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    ;; How many bytes came.
    (func (export "stream") (param $chunks i32) (param $length i32) (local $from i32) (local $r i32) (local $sum i32)
      (local.set $from (call $produce (local.get $chunks) (local.get $length)))
      (block $end
        (loop $again
          (local.set $r (call $read (local.get $from) (i32.const 0) (local.get $length)))
          (local.set $sum (i32.add (local.get $sum) (i32.shr_u (local.get $r) (i32.const 4))))
          (br_if $again (i32.eqz (i32.and (local.get $r) (i32.const 15))))))
      (call $drop (local.get $from))
      (call $return (local.get $sum)))
    (func (export "calls") (param $n i32) (result i32) (local $sum i32)
      (loop $again
        (local.set $sum (call $add (local.get $sum) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $again (local.get $n)))
      (local.get $sum))
    (func (export "calls-async") (param $n i32) (result i32) (local $sum i32)
      (loop $again
        (if (i32.ne (call $add-async (local.get $sum) (i32.const 1) (i32.const 0)) (i32.const 2)) (then unreachable))
        (local.set $sum (i32.load (i32.const 0)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $again (local.get $n)))
      (local.get $sum)))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem")) (export "produce" (func $produce)) (export "read" (func $read))
    (export "drop" (func $drop)) (export "add" (func $add)) (export "add-async" (func $add-async))
    (export "return" (func $return))))))
  (func (export "stream") async (param "chunks" u32) (param "length" u32) (result u32)
    (canon lift (core func $m "stream") async))
  (func (export "calls") (param "n" u32) (result u32) (canon lift (core func $m "calls")))
  (func (export "calls-async") (param "n" u32) (result u32) (canon lift (core func $m "calls-async"))))
