;; Trap: A start function that traps.
(component
  (core module $m (func (export "run")) (func $start unreachable) (start $start))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
