;; Trap: A load past the end of memory.
(component
  (core module $m (memory 0) (func (export "run") (drop (i32.load (i32.const -4)))))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
