;; Computes, waits for a tick of the host, computes on. Several calls go on at once: each has 16 bytes of the
;; memory, whose address is in its task's context.
(component
  (import "windlass:board/clock@1.0.0" (instance $clock (export "next-tick" (func async (result u32)))))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core func $next-tick (canon lower (func $clock "next-tick") async (memory (core memory $memory "mem"))))
  (core func $return (canon task.return (result u32)))
  (core func $set.new (canon waitable-set.new))
  (core func $set.drop (canon waitable-set.drop))
  (core func $join (canon waitable.join))
  (core func $subtask.drop (canon subtask.drop))
  (core func $context.get (canon context.get i32 0))
  (core func $context.set (canon context.set i32 0))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "next-tick" (func $next-tick (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "set.new" (func $set.new (result i32)))
    (import "" "set.drop" (func $set.drop (param i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "subtask.drop" (func $subtask.drop (param i32)))
    (import "" "context.get" (func $context.get (result i32)))
    (import "" "context.set" (func $context.set (param i32)))
    (global $next (mut i32) (i32.const 16))

    ;; Of a call: +0 the tick that came, +4 rounds left, +8 its waitable set, +12 what it has computed.
    (func (export "run") (param $rounds i32) (param $seed i32) (result i32) (local $p i32)
      (local.set $p (global.get $next))
      (global.set $next (i32.add (local.get $p) (i32.const 16)))
      (call $context.set (local.get $p))
      (i32.store offset=4 (local.get $p) (local.get $rounds))
      (i32.store offset=8 (local.get $p) (call $set.new))
      (i32.store offset=12 (local.get $p) (local.get $seed))
      (call $go-on (local.get $p)))

    ;; 1: a subtask; 2: it has returned.
    (func (export "callback") (param $event i32) (param $subtask i32) (param $state i32) (result i32)
      (if (i32.or (i32.ne (local.get $event) (i32.const 1)) (i32.ne (local.get $state) (i32.const 2))) (then unreachable))
      (call $subtask.drop (local.get $subtask))
      (call $go-on (call $context.get)))

    ;; Computes and asks for a tick; returns what the call waits for, or 0 at its end.
    (func $go-on (param $p i32) (result i32) (local $subtask i32)
      (loop $again
        (call $compute (local.get $p))
        (i32.store offset=4 (local.get $p) (i32.sub (i32.load offset=4 (local.get $p)) (i32.const 1)))
        (if (i32.eqz (i32.load offset=4 (local.get $p)))
          (then
            (call $return (i32.load offset=12 (local.get $p)))
            (call $set.drop (i32.load offset=8 (local.get $p)))
            (return (i32.const 0))))
        (local.set $subtask (call $next-tick (local.get $p)))
        (br_if $again (i32.eq (i32.and (local.get $subtask) (i32.const 15)) (i32.const 2))))
      (call $join (i32.shr_u (local.get $subtask) (i32.const 4)) (i32.load offset=8 (local.get $p)))
      (i32.or (i32.shl (i32.load offset=8 (local.get $p)) (i32.const 4)) (i32.const 2)))

    ;; A hundred steps of a xorshift generator.
    (func $compute (param $p i32) (local $x i32) (local $left i32)
      (local.set $x (i32.load offset=12 (local.get $p)))
      (local.set $left (i32.const 100))
      (loop $again
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
        (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (i32.store offset=12 (local.get $p) (local.get $x))))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem")) (export "next-tick" (func $next-tick)) (export "return" (func $return))
    (export "set.new" (func $set.new)) (export "set.drop" (func $set.drop)) (export "join" (func $join))
    (export "subtask.drop" (func $subtask.drop))
    (export "context.get" (func $context.get)) (export "context.set" (func $context.set))))))
  (func (export "run") async (param "rounds" u32) (param "seed" u32) (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "callback")))))
