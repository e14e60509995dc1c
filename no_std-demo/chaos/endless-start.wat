;; OutOfFuel: A start function without an end.
(component
  (core module $m (func (export "run")) (func $start (loop $again (br $again))) (start $start))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
