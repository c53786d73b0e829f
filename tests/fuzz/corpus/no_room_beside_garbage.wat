(module
  ;; How many bytes of garbage Python has not freed yet is its own affair: the trap's text told it, and
  ;; the two tiers, which drop their references at other moments, told different numbers.
  (type $pair (struct (field i32 i32)))
  (type $numbers (array (mut i64)))
  (func $garbage (result (ref $pair))
    (struct.new $pair (i32.const 1) (i32.const 2)))
  (func (export "too_long") (result i32)
    (drop (call $garbage))
    (drop (struct.get $pair 0 (call $garbage)))
    (array.len (array.new_default $numbers (i32.const -1)))))
