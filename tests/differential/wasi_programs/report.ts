// Reads numbers from a JSON file, sorts them, writes a report, lists the folder, looks at the clock.
// AssemblyScript has no files of its own: the calls of WASI are declared here.

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_open")
declare function path_open(fd: u32, lookup: u32, path: usize, size: usize, oflags: u32, rights: u64, inheriting: u64, flags: u32, out: usize): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(fd: u32, vectors: usize, count: usize, out: usize): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: u32, vectors: usize, count: usize, out: usize): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_close")
declare function fd_close(fd: u32): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_readdir")
declare function fd_readdir(fd: u32, buffer: usize, size: usize, cookie: u64, out: usize): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_create_directory")
declare function path_create_directory(fd: u32, path: usize, size: usize): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_unlink_file")
declare function path_unlink_file(fd: u32, path: usize, size: usize): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(clock: u32, precision: u64, out: usize): u32
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: u32): void

const FOLDER: u32 = 3
const FD_READ: u64 = 1 << 1
const FD_WRITE: u64 = 1 << 6
const FD_READDIR: u64 = 1 << 14
const scratch = heap.alloc(64)

function open(path: string, oflags: u32, rights: u64): i32 {
  const name = String.UTF8.encode(path)
  const errno = path_open(FOLDER, 1, changetype<usize>(name), name.byteLength, oflags, rights, 0, 0, scratch)
  return errno ? -(errno as i32) : load<i32>(scratch)
}

function write(fd: u32, text: string): u32 {
  const data = String.UTF8.encode(text)
  store<usize>(scratch, changetype<usize>(data))
  store<usize>(scratch, data.byteLength, 4)
  return fd_write(fd, scratch, 1, scratch + 8)
}

function say(text: string): void {
  write(1, text + "\n")
}

function read(fd: u32): string {
  const buffer = new ArrayBuffer(4096)
  store<usize>(scratch, changetype<usize>(buffer))
  store<usize>(scratch, buffer.byteLength, 4)
  fd_read(fd, scratch, 1, scratch + 8)
  return String.UTF8.decode(buffer.slice(0, load<i32>(scratch, 8)))
}

function names(path: string): string[] {
  const fd = open(path, 2, FD_READDIR)
  const size: usize = 2048
  const buffer = heap.alloc(size)
  fd_readdir(fd, buffer, size, 0, scratch)
  const found: string[] = []
  let at: usize = 0
  while (at + 24 <= load<usize>(scratch)) {
    const length = load<u32>(buffer + at, 16)
    const name = String.UTF8.decodeUnsafe(buffer + at + 24, length)
    if (name != "." && name != "..") found.push(name + ":" + load<u8>(buffer + at, 20).toString())
    at += 24 + length
  }
  fd_close(fd)
  return found.sort()
}

export function _start(): void {
  const input = open("input.json", 0, FD_READ)
  const text = read(input)
  fd_close(input)
  const first = text.indexOf("[", text.indexOf('"numbers"')) + 1
  const numbers = text.substring(first, text.indexOf("]", first)).split(",").map<f64>((word) => parseFloat(word.trim()))
  numbers.sort((a, b) => (a > b ? 1 : a < b ? -1 : 0))
  const sum = numbers.reduce((total, number) => total + Math.sqrt(Math.abs(number)), 0.0)
  say(numbers.join(" ") + " " + sum.toString() + " " + Math.sin(sum).toString())

  const folder = String.UTF8.encode("out")
  say("create " + path_create_directory(FOLDER, changetype<usize>(folder), folder.byteLength).toString())
  const output = open("out/report.txt", 1 | 8, FD_WRITE)
  write(output, numbers.length.toString() + " numbers\n")
  fd_close(output)
  say(read(open("out/report.txt", 0, FD_READ)))
  say("escape " + (open("../secret", 0, FD_READ) < 0 ? "refused" : "open"))
  const gone = String.UTF8.encode("remove.me")
  say("unlink " + path_unlink_file(FOLDER, changetype<usize>(gone), gone.byteLength).toString())
  say(names(".").join(" "))
  say(names("out").join(" "))
  clock_time_get(0, 1, scratch)
  say(load<u64>(scratch) > 1_600_000_000_000_000_000 ? "after 2020" : "before")
  say("read " + read(0))
  proc_exit(numbers.length)
}
