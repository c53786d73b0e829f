(module
  ;; -1 of 64 bits, not of 32: the compiled tier took the result for an i32 whatever the memory's
  ;; address type was.
  (memory (export "memory0") i64 1 3)
  (func (export "as_float") (result f64)
    (f64.convert_i64_s (memory.grow (i64.const 0x200000000000))))
  (func (export "shifted") (result i64)
    (i64.shr_s (memory.grow (i64.const 0x200000000000)) (i64.const 1))))
