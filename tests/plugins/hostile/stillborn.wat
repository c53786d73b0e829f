;; Traps before it is there.
(memory (export "memory") 1)
(func $start (unreachable))
(start $start)
(func (export "stillborn_run") (result i32) (i32.const 0))
