;; Invalid: Code that pops what is not there.
(component
  (core module $m (func (export "run") drop))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
