(module
  (type $tree (sub (struct (field $key i32) (field $left (mut (ref null $tree)))
                           (field $right (mut (ref null $tree))))))
  (type $leaf (sub final $tree (struct (field $key i32) (field $left (mut (ref null $tree)))
                                       (field $right (mut (ref null $tree))) (field $tag (mut i8)))))
  (type $bytes (array (mut i8)))
  (type $numbers (array (mut i64)))
  (type $things (array (mut anyref)))
  (data $letters "hello, world")
  (elem $items anyref (ref.i31 (i32.const 5)) (ref.null any) (ref.i31 (i32.const -5)))
  (global $root (mut (ref null $tree)) (ref.null $tree))

  (func $insert (param $t (ref null $tree)) (param $key i32) (result (ref $tree))
    (block $new
      (local.set $t (br_on_null $new (local.get $t)))
      (if (i32.lt_s (local.get $key) (struct.get $tree $key (local.get $t)))
        (then (struct.set $tree $left (local.get $t)
          (call $insert (struct.get $tree $left (local.get $t)) (local.get $key))))
        (else (struct.set $tree $right (local.get $t)
          (call $insert (struct.get $tree $right (local.get $t)) (local.get $key)))))
      (return (ref.as_non_null (local.get $t))))
    (struct.new $leaf (local.get $key) (ref.null $tree) (ref.null $tree) (local.get $key)))

  (func $sum (param $t (ref null $tree)) (result i32)
    (if (ref.is_null (local.get $t)) (then (return (i32.const 0))))
    (i32.add
      (struct.get_s $leaf $tag (ref.cast (ref $leaf) (local.get $t)))
      (i32.add (call $sum (struct.get $tree $left (local.get $t)))
               (call $sum (struct.get $tree $right (local.get $t))))))

  (func (export "trees") (param $n i32) (result i32)
    (loop $next
      (global.set $root (call $insert (global.get $root)
        (i32.rem_s (i32.mul (local.get $n) (i32.const 37)) (i32.const 300))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $sum (global.get $root)))

  (func (export "arrays") (param $n i32) (result i64)
    (local $a (ref $numbers)) (local $b (ref $bytes)) (local $at i32) (local $sum i64)
    (local.set $a (array.new $numbers (i64.const 3) (local.get $n)))
    (local.set $b (array.new_data $bytes $letters (i32.const 2) (i32.const 6)))
    (array.fill $bytes (local.get $b) (i32.const 0) (i32.const 0x1ff) (i32.const 2))
    (array.copy $bytes $bytes (local.get $b) (i32.const 2) (local.get $b) (i32.const 1) (i32.const 3))
    (array.init_data $bytes $letters (local.get $b) (i32.const 5) (i32.const 0) (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (array.len (local.get $a))))
        (array.set $numbers (local.get $a) (local.get $at) (i64.add
          (array.get $numbers (local.get $a) (local.get $at)) (i64.extend_i32_s
            (array.get_s $bytes (local.get $b) (i32.rem_u (local.get $at) (i32.const 6))))))
        (local.set $sum (i64.add (local.get $sum) (array.get $numbers (local.get $a) (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $sum))

  (func (export "casts") (param $which i32) (result i32)
    (local $things (ref $things)) (local $x anyref)
    (local.set $things (array.new_fixed $things 5 (ref.i31 (i32.const 12)) (ref.null none)
      (struct.new_default $leaf) (array.new_default $bytes (i32.const 9))
      (any.convert_extern (extern.convert_any (ref.i31 (i32.const -3))))))
    (array.init_elem $things $items (local.get $things) (i32.const 1) (i32.const 0) (i32.const 1))
    (local.set $x (array.get $things (local.get $things) (local.get $which)))
    (block $number (result (ref i31))
      (block $other (result anyref)
        (br_on_cast $number anyref (ref i31)
          (br_on_cast_fail $other anyref (ref eq) (local.get $x))))
      (if (ref.test (ref $bytes) (local.get $x))
        (then (return (array.len (ref.cast (ref $bytes) (local.get $x))))))
      (drop)
      (return (i32.add (ref.eq (ref.cast eqref (local.get $x)) (ref.null none))
        (ref.test (ref null struct) (local.get $x)))))
    (i31.get_s))

  (func (export "fail") (param $which i32)
    (if (i32.eqz (local.get $which)) (then
      (drop (ref.cast (ref struct) (ref.i31 (i32.const 1))))))
    (if (i32.eq (local.get $which) (i32.const 1)) (then
      (drop (array.new_elem $things $items (i32.const 1) (i32.const 3)))))
    (drop (struct.get $tree $key (ref.null $tree)))))
