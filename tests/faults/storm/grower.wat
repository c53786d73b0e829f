;; Writes the key it is given, takes all the memory there is, and gives up.
(import "ferrite_v1" "arg_read" (func $arg_read (param i32 i32 i32) (result i32)))
(import "ferrite_v1" "set" (func $set (param i32 i32 i32 i32) (result i32)))
(memory (export "memory") 1)
(func (export "grow") (result i32)
  (drop (call $set (i32.const 0) (call $arg_read (i32.const 0) (i32.const 0) (i32.const 100))
    (i32.const 0) (i32.const 1)))
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
  (unreachable))
