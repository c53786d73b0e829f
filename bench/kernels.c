/* Kernels of the engine benchmark: each exported function takes a size and answers a checksum. */

typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned char u8;

#define EXPORT(name) __attribute__((export_name(#name))) u32 name

static u8 bytes[65536];
static u32 words[16384];

static u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

EXPORT(fib)(u32 n) { return fibonacci(n); }

EXPORT(sieve)(u32 n) {
  u32 count = 0;
  for (u32 i = 0; i < n; i++) bytes[i] = 1;
  for (u32 i = 2; i < n; i++) {
    if (!bytes[i]) continue;
    count++;
    for (u32 j = i + i; j < n; j += i) bytes[j] = 0;
  }
  return count;
}

EXPORT(hash)(u32 n) {
  u64 state = 0xcbf29ce484222325ull;
  for (u32 i = 0; i < n; i++) {
    state ^= i;
    state *= 0x100000001b3ull;
    state ^= state >> 29;
    state = (state << 23) | (state >> 41);
  }
  return (u32)(state ^ state >> 32);
}

EXPORT(xorshift)(u32 n) {
  u32 x = 2463534242u;
  for (u32 i = 0; i < n; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
  }
  return x;
}

EXPORT(mandelbrot)(u32 n) {
  u32 inside = 0;
  for (u32 row = 0; row < n; row++)
    for (u32 column = 0; column < n; column++) {
      double cr = 3.0 * column / n - 2.0, ci = 2.0 * row / n - 1.0, zr = 0, zi = 0;
      u32 step = 0;
      while (step < 50 && zr * zr + zi * zi < 4.0) {
        double next = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci;
        zr = next;
        step++;
      }
      inside += step == 50;
    }
  return inside;
}

static struct { double x, y, z, vx, vy, vz, mass; } bodies[5];

EXPORT(nbody)(u32 n) {
  for (int i = 0; i < 5; i++) {
    bodies[i].x = i * 1.5; bodies[i].y = i * i * 0.3; bodies[i].z = 1.0 - i;
    bodies[i].vx = 0.01 * i; bodies[i].vy = 0.02; bodies[i].vz = -0.01 * i;
    bodies[i].mass = 1.0 / (i + 1);
  }
  for (u32 step = 0; step < n; step++) {
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        double dx = bodies[i].x - bodies[j].x, dy = bodies[i].y - bodies[j].y,
               dz = bodies[i].z - bodies[j].z;
        double square = dx * dx + dy * dy + dz * dz + 0.01;
        double pull = 0.001 / (square * __builtin_sqrt(square));
        bodies[i].vx -= dx * bodies[j].mass * pull;
        bodies[i].vy -= dy * bodies[j].mass * pull;
        bodies[i].vz -= dz * bodies[j].mass * pull;
        bodies[j].vx += dx * bodies[i].mass * pull;
        bodies[j].vy += dy * bodies[i].mass * pull;
        bodies[j].vz += dz * bodies[i].mass * pull;
      }
    for (int i = 0; i < 5; i++) {
      bodies[i].x += 0.001 * bodies[i].vx;
      bodies[i].y += 0.001 * bodies[i].vy;
      bodies[i].z += 0.001 * bodies[i].vz;
    }
  }
  return (u32)(bodies[0].x * 1e6);
}

static float samples[1024];

EXPORT(filter)(u32 n) {
  float low = 0, sum = 0;
  for (u32 i = 0; i < 1024; i++) samples[i] = (float)(i * 37 % 101) * 0.02f;
  for (u32 i = 0; i < n; i++) {
    low += 0.125f * (samples[i & 1023] - low);
    sum = sum * 0.999f + low * low;
  }
  return (u32)(sum * 1000.0f);
}

EXPORT(scan)(u32 n) {
  static const char text[] = "{\"key\": [12, 345, -6.5e3], \"name\": \"a \\\"b\\\" c\", \"t\": true}\n";
  u32 depth = 0, strings = 0, numbers = 0, total = 0;
  for (u32 i = 0; i < n; i++) bytes[i] = text[i % (sizeof text - 1)];
  for (u32 i = 0; i < n;) {
    u8 c = bytes[i];
    if (c == '"') {
      strings++;
      for (i++; i < n && bytes[i] != '"'; i++)
        if (bytes[i] == '\\') i++;
      i++;
    } else if (c == '{' || c == '[') {
      depth++; i++;
    } else if (c == '}' || c == ']') {
      depth--; i++;
    } else if ((c >= '0' && c <= '9') || c == '-') {
      u32 value = 0;
      for (; i < n && bytes[i] >= '0' - 3 && bytes[i] <= '9'; i++) value = value * 10 + bytes[i] - '0';
      numbers++; total += value;
      if (i < n && bytes[i] == 'e') i++;
    } else i++;
  }
  return total + strings * 7 + numbers * 13 + depth;
}

typedef u32 (*operation)(u32, u32);
static u32 plus(u32 a, u32 b) { return a + b; }
static u32 minus(u32 a, u32 b) { return a - b; }
static u32 times(u32 a, u32 b) { return a * b; }
static u32 mix(u32 a, u32 b) { return (a ^ b) + 1; }
static operation volatile operations[4] = {plus, minus, times, mix};

EXPORT(indirect)(u32 n) {
  u32 value = 1;
  for (u32 i = 0; i < n; i++) value = operations[i & 3](value, i);
  return value;
}

EXPORT(bulk)(u32 n) {
  for (u32 i = 0; i < n; i++) {
    __builtin_memcpy(bytes + 8192, bytes + (i & 1023), 4096);
    __builtin_memset(bytes + 1024, i, 1024);
  }
  return bytes[8200] + n;
}

EXPORT(sort)(u32 n) {
  u32 x = 12345;
  for (u32 i = 0; i < n; i++) words[i] = x = x * 1103515245u + 12345u;
  for (u32 gap = n / 2; gap > 0; gap /= 2)
    for (u32 i = gap; i < n; i++) {
      u32 value = words[i], j = i;
      for (; j >= gap && words[j - gap] > value; j -= gap) words[j] = words[j - gap];
      words[j] = value;
    }
  return words[0] ^ words[n / 2];
}

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, LOAD, STORE, LESS, JUMP, BRANCH, HALT };

EXPORT(machine)(u32 n) {
  static const u8 program[] = {PUSH, 0, STORE, 0, PUSH, 0, STORE, 1,
                               LOAD, 1, LOAD, 2, LESS, BRANCH, 31,
                               LOAD, 0, LOAD, 1, DUP, MUL, ADD, STORE, 0,
                               LOAD, 1, PUSH, 1, ADD, JUMP, 36,
                               LOAD, 0, HALT, 0, 0, STORE, 1, JUMP, 8};
  u32 stack[16], slots[4] = {0, 0, n, 0};
  u32 pc = 0, top = 0;
  for (;;) {
    switch (program[pc++]) {
      case PUSH: stack[top++] = program[pc++]; break;
      case ADD: top--; stack[top - 1] += stack[top]; break;
      case SUB: top--; stack[top - 1] -= stack[top]; break;
      case MUL: top--; stack[top - 1] *= stack[top]; break;
      case DUP: stack[top] = stack[top - 1]; top++; break;
      case SWAP: { u32 t = stack[top - 1]; stack[top - 1] = stack[top - 2]; stack[top - 2] = t; break; }
      case LOAD: stack[top++] = slots[program[pc++]]; break;
      case STORE: slots[program[pc++]] = stack[--top]; break;
      case LESS: top--; stack[top - 1] = stack[top - 1] < stack[top]; break;
      case JUMP: pc = program[pc]; break;
      case BRANCH: if (!stack[--top]) pc = program[pc]; else pc++; break;
      case HALT: return stack[0];
    }
  }
}
