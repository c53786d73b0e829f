(module
  ;; A target out of bounds and a null source: the specification (4.4.2) asks for null first,
  ;; wasmtime looks at the bounds first. Both trap; the comparison takes the kinds as one.
  (type $numbers (array (mut i32)))
  (func (export "null_source")
    (array.copy $numbers $numbers
      (array.new_default $numbers (i32.const 4)) (i32.const 0)
      (ref.null $numbers) (i32.const 0) (i32.const 8)))
  (func (export "null_target")
    (array.copy $numbers $numbers
      (ref.null $numbers) (i32.const 0)
      (array.new_default $numbers (i32.const 4)) (i32.const 0) (i32.const 8))))
