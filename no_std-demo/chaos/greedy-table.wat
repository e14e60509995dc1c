;; Limit: A million table elements to begin with.
(component
  (core module $m (table 1000000 funcref) (func (export "run")))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
