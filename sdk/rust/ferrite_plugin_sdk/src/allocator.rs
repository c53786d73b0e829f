//! Memory for small things.
//!
//! The standard library's allocator takes some 280 instructions to give a block and take it back,
//! and a call is made of many small ones. Here a block of up to 512 bytes comes from a list of
//! blocks of its size, which takes a fifth of that; larger ones are left to the standard library.
//!
//! Rule: a block stays in its list for ever, so memory is what the fullest call took. A guest has
//! one thread; on the machine itself, where tests have several, nothing of this is in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::{self, NonNull};

/// Blocks have a size that is a multiple of this one, and are aligned to it.
const UNIT: usize = 16;
/// A list for each size.
const LISTS: usize = 32;
#[cfg(test)]
const LARGEST: usize = UNIT * LISTS;
/// What is taken from the standard library at a time.
const CHUNK: Layout = Layout::new::<[u128; 256]>();

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
#[global_allocator]
static ALLOCATOR: Lists = Lists::new();

// SAFETY: there is one thread.
#[cfg(target_arch = "wasm32")]
unsafe impl Sync for Lists {}

/// Lists of free blocks, and the rest of the last chunk.
pub struct Lists(UnsafeCell<State>);

struct State {
    free: [Option<NonNull<Block>>; LISTS],
    rest: *mut u8,
    rest_bytes: usize,
}

/// A free block: the next one of its list.
struct Block(Option<NonNull<Block>>);

impl Lists {
    pub const fn new() -> Lists {
        let state = State { free: [None; LISTS], rest: ptr::null_mut(), rest_bytes: 0 };
        Lists(UnsafeCell::new(state))
    }
}

/// The list of a layout; None for one of the standard library's.
fn list(layout: Layout) -> Option<usize> {
    // No size is 0.
    Some((layout.size() - 1) / UNIT).filter(|list| *list < LISTS && layout.align() <= UNIT)
}

// SAFETY: a block is in its list or in use; it is as large as its list says, and a chunk and all
// its parts are aligned to 16 bytes.
unsafe impl GlobalAlloc for Lists {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let list = match list(layout) {
            Some(list) => list,
            None => return System.alloc(layout),
        };
        let state = &mut *self.0.get();
        match state.free[list] {
            Some(block) => {
                state.free[list] = block.as_ref().0;
                block.as_ptr().cast()
            }
            None => state.cut(UNIT * (list + 1)),
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match list(layout) {
            Some(list) => {
                let state = &mut *self.0.get();
                let block: *mut Block = block.cast();
                block.write(Block(state.free[list]));
                state.free[list] = NonNull::new(block);
            }
            None => System.dealloc(block, layout),
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let wanted = Layout::from_size_align_unchecked(size, layout.align());
        match (list(layout), list(wanted)) {
            (None, None) => System.realloc(block, layout, size),
            (before, after) if before == after => block,
            _ => {
                let larger = self.alloc(wanted);
                if !larger.is_null() {
                    ptr::copy_nonoverlapping(block, larger, size.min(layout.size()));
                    self.dealloc(block, layout);
                }
                larger
            }
        }
    }
}

impl State {
    /// A new block; null where there is no memory. What is left of a chunk that is too short for
    /// it is lost.
    #[cold]
    unsafe fn cut(&mut self, size: usize) -> *mut u8 {
        if self.rest_bytes < size {
            self.rest = System.alloc(CHUNK);
            self.rest_bytes = if self.rest.is_null() { 0 } else { CHUNK.size() };
            if self.rest.is_null() {
                return self.rest;
            }
        }
        let block = self.rest;
        self.rest = block.add(size);
        self.rest_bytes -= size;
        block
    }
}

#[cfg(test)]
mod tests {
    use super::{list, Lists, CHUNK, LARGEST};
    use std::alloc::{GlobalAlloc, Layout};

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    #[test]
    fn lists_by_size() {
        for (size, wanted) in
            [(1, 0), (16, 0), (17, 1), (32, 1), (33, 2), (64, 3), (65, 4), (497, 31), (512, 31)]
        {
            assert_eq!(list(layout(size)), Some(wanted), "{}", size);
        }
        assert_eq!(list(layout(LARGEST + 1)), None);
        assert_eq!(list(Layout::from_size_align(8, 32).unwrap()), None);
    }

    #[test]
    fn blocks_do_not_overlap_and_are_used_again() {
        let lists = Lists::new();
        let sizes = [1, 16, 24, 100, 512, 513, 5000];
        let mut blocks = Vec::new();
        for round in 0..200 {
            for size in sizes {
                // SAFETY: the sizes are not 0, and each block is written within its bounds.
                let block = unsafe { lists.alloc(layout(size)) };
                assert!(!block.is_null() && block as usize % 8 == 0);
                unsafe { block.write_bytes(round as u8, size) };
                blocks.push((block, size, round as u8));
            }
        }
        for (block, size, mark) in &blocks {
            let bytes = unsafe { std::slice::from_raw_parts(*block, *size) };
            assert!(bytes.iter().all(|byte| byte == mark));
        }
        for (block, size, _) in blocks {
            unsafe { lists.dealloc(block, layout(size)) };
        }
        let freed = unsafe { lists.alloc(layout(24)) };
        unsafe { lists.dealloc(freed, layout(24)) };
        assert_eq!(unsafe { lists.alloc(layout(30)) }, freed, "the list's last one");
    }

    #[test]
    fn growing_keeps_what_is_there() {
        let lists = Lists::new();
        let sizes = [10, 16, 17, 200, 512, 513, CHUNK.size() * 2, 600, 100, 3];
        // SAFETY: the block always has the layout of the size before.
        let mut block = unsafe { lists.alloc(layout(sizes[0])) };
        unsafe { block.write_bytes(7, 3) };
        for two in sizes.windows(2) {
            block = unsafe { lists.realloc(block, layout(two[0]), two[1]) };
            assert_eq!(unsafe { std::slice::from_raw_parts(block, 3) }, [7, 7, 7], "{}", two[1]);
        }
    }
}
