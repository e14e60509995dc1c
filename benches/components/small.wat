;; A small component, as a host calls it: what its functions get they return.
(component
  (core module $m
    (memory (export "memory") 1)
    ;; Everything that is lowered lies at one place: no allocator is measured.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "pair") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func (export "string") (param "value" string) (result string)
    (canon lift (core func $i "pair") (memory $memory) (realloc $realloc)))
  (func (export "list") (param "value" (list u8)) (result (list u8))
    (canon lift (core func $i "pair") (memory $memory) (realloc $realloc))))
