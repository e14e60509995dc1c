;; Limit: Four gigabytes of memory to begin with.
(component
  (core module $m (memory 65535) (func (export "run")))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
