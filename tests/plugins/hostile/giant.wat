;; Has an address space of 64 bits.
(memory (export "memory") i64 1)
(func (export "giant_run") (result i32) (i32.const 0))
