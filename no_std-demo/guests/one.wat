;; The smallest component that does something: what an instance takes at least.
(component
  (core module $M (func (export "one") (result i32) (i32.const 1)))
  (core instance $m (instantiate $M))
  (func (export "one") (result u32) (canon lift (core func $m "one"))))
