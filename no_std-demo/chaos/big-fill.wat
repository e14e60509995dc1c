;; Trap: A fill of four gigabytes.
(component
  (core module $m (memory 0) (func (export "run") (memory.fill (i32.const 0) (i32.const 1) (i32.const -1))))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
