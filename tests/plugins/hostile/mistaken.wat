;; Imports a host function by another type than it has.
(import "ferrite_v1" "reply_int" (func $reply_int (param i32) (result i32)))
(memory (export "memory") 1)
(func (export "mistaken_run") (result i32) (call $reply_int (i32.const 0)))
