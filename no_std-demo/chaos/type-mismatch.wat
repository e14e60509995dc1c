;; Invalid: Code that adds what cannot be added.
(component
  (core module $m (func (export "run") (drop (i32.add (i64.const 1) (i32.const 1)))))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
