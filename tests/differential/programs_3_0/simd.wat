(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\01\82\03\84\05\86\07\88\09\8a\0b\8c\0d\8e\0f\90The quick brown fox")
  (global $sum (export "sum") (mut i64) (i64.const 0))

  ;; Sums of products of two rows, lane by lane, with a tail done by single lanes.
  (func $dot (export "dot") (param $count i32) (result i32)
    (local $at i32) (local $sums v128) (local $rest i32)
    (block $done
      (loop $next
        (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $count)))
        (local.set $sums (i32x4.add (local.get $sums)
          (i32x4.dot_i16x8_s (v128.load (local.get $at)) (v128.load offset=4 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (if (i32.lt_u (local.get $at) (local.get $count))
      (then (local.set $rest (i32.load8_s (local.get $at)))))
    (i32.add
      (i32.add
        (i32.add (i32x4.extract_lane 0 (local.get $sums)) (i32x4.extract_lane 1 (local.get $sums)))
        (i32.add (i32x4.extract_lane 2 (local.get $sums)) (i32x4.extract_lane 3 (local.get $sums))))
      (local.get $rest)))

  (func (export "shapes") (param $x f64) (result i64)
    (local $v v128)
    (local.set $v (f64x2.splat (local.get $x)))
    (local.set $v (f64x2.add (local.get $v) (f64x2.promote_low_f32x4 (f32x4.splat (f32.const 0.5)))))
    (local.set $v (v128.bitselect (local.get $v) (i8x16.swizzle (local.get $v)
      (v128.const i8x16 7 6 5 4 3 2 1 0 15 14 13 12 11 10 9 8)) (i64x2.shl (local.get $v) (i32.const 3))))
    (global.set $sum (i64.add (global.get $sum) (i64x2.extract_lane 1 (local.get $v))))
    (i64.xor (i64x2.extract_lane 0 (local.get $v))
      (i64.extend_i32_u (i8x16.bitmask (i8x16.lt_s (local.get $v) (i8x16.splat (i32.const 9)))))))

  (func (export "lanes") (param $address i32) (result i32)
    (local $v v128)
    (local.set $v (v128.load8x8_s (local.get $address)))
    (local.set $v (v128.load16_lane 5 (local.get $address) (local.get $v)))
    (v128.store32_lane offset=64 2 (local.get $address) (local.get $v))
    (v128.store offset=80 (local.get $address) (v128.load32_zero (local.get $address)))
    (local.set $v (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31
      (local.get $v) (v128.load64_splat (local.get $address))))
    (i32.add (i16x8.extract_lane_s 3 (local.get $v)) (v128.any_true (local.get $v))))

  (func (export "relaxed") (param $x f32) (result i32)
    (local $v v128)
    (local.set $v (f32x4.relaxed_madd (f32x4.splat (local.get $x))
      (v128.const f32x4 1 -2 nan 1e30) (v128.const f32x4 0.5 inf 1 -1e38)))
    (local.set $v (f32x4.relaxed_max (local.get $v) (f32x4.splat (f32.const 0))))
    (i32x4.extract_lane 1 (i32x4.relaxed_trunc_f32x4_u (i32x4.relaxed_laneselect
      (local.get $v) (f32x4.relaxed_min (local.get $v) (f32x4.splat (f32.const 7)))
      (v128.const i32x4 -1 0 0xf0f0f0f0 1))))))
