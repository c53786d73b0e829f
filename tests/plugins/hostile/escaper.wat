;; Opens files by the path it is given, below the one folder that it has; answers the errno.
(import "wasi_snapshot_preview1" "path_open"
  (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "path_symlink"
  (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "environ_sizes_get"
  (func $environ_sizes_get (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
(import "ferrite_v1" "arg_read" (func $arg_read (param i32 i32 i32) (result i32)))
(import "ferrite_v1" "reply_int" (func $reply_int (param i64) (result i32)))
(memory (export "memory") 1)
(func (export "escaper_open") (result i32)
  (call $reply_int (i64.extend_i32_u
    (call $path_open (i32.const 3) (i32.const 1) (i32.const 100)
      (call $arg_read (i32.const 0) (i32.const 100) (i32.const 1000))
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 2000)))))
(func (export "escaper_link") (result i32)
  (call $reply_int (i64.extend_i32_u
    (call $path_symlink (i32.const 100)
      (call $arg_read (i32.const 0) (i32.const 100) (i32.const 1000))
      (i32.const 3) (i32.const 3000) (i32.const 4)))))
(func (export "escaper_environ") (result i32)
  (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
  (call $reply_int (i64.load (i32.const 0))))
(func (export "escaper_exit") (result i32) (call $proc_exit (i32.const 0)) (unreachable))
(data (i32.const 3000) "link")
