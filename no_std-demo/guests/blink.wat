;; Pin 13 on and off again, three times.
(component
  (import "windlass:board/gpio@1.0.0" (instance $gpio
    (export "pin" (type $pin (sub resource)))
    (export "[constructor]pin" (func (param "number" u8) (result (own $pin))))
    (export "[method]pin.set-high" (func (param "self" (borrow $pin))))
    (export "[method]pin.set-low" (func (param "self" (borrow $pin))))))
  (import "windlass:board/delay@1.0.0" (instance $delay (export "delay-ms" (func (param "ms" u32)))))
  (alias export $gpio "pin" (type $pin))
  (core func $open (canon lower (func $gpio "[constructor]pin")))
  (core func $set-high (canon lower (func $gpio "[method]pin.set-high")))
  (core func $set-low (canon lower (func $gpio "[method]pin.set-low")))
  (core func $delay-ms (canon lower (func $delay "delay-ms")))
  (core func $drop (canon resource.drop $pin))
  (core module $M
    (import "" "open" (func $open (param i32) (result i32)))
    (import "" "set-high" (func $set-high (param i32)))
    (import "" "set-low" (func $set-low (param i32)))
    (import "" "delay-ms" (func $delay-ms (param i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (local $pin i32) (local $left i32)
      (local.set $pin (call $open (i32.const 13)))
      (local.set $left (i32.const 3))
      (loop $again
        (call $set-high (local.get $pin))
        (call $delay-ms (i32.const 500))
        (call $set-low (local.get $pin))
        (call $delay-ms (i32.const 500))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (call $drop (local.get $pin))))
  (core instance $m (instantiate $M (with "" (instance
    (export "open" (func $open)) (export "set-high" (func $set-high)) (export "set-low" (func $set-low))
    (export "delay-ms" (func $delay-ms)) (export "drop" (func $drop))))))
  (func (export "run") (canon lift (core func $m "run"))))
