/* Strings at keys "secret:*" are stored encrypted: ChaCha20-Poly1305 of RFC 8439.
 *
 * What is stored is a version byte, a random nonce, the encrypted value and a tag of 16 bytes. The
 * tag covers the key's name too, so that one value cannot be put in the place of another. The key
 * of the cipher is the setting `key`, 64 hexadecimal digits; there is none by default, and without
 * one nothing is stored.
 */
#include "ferrite.h"

#define VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define HEAD_SIZE (1 + NONCE_SIZE)
#define VALUE_SIZE_MAX 65536
#define NAME_SIZE_MAX 1024
#define BLOCK_SIZE 64

typedef unsigned int u32;
typedef unsigned long long u64;

static unsigned char name[NAME_SIZE_MAX], data[HEAD_SIZE + VALUE_SIZE_MAX + TAG_SIZE];
static u32 cipher_key[8];

/* ---- ChaCha20 (RFC 8439, 2.3 and 2.4) -------------------------------------------------------- */

static u32 load32(const unsigned char *at)
{
    return at[0] | (u32)at[1] << 8 | (u32)at[2] << 16 | (u32)at[3] << 24;
}

static void store32(unsigned char *at, u32 number)
{
    at[0] = (unsigned char)number;
    at[1] = (unsigned char)(number >> 8);
    at[2] = (unsigned char)(number >> 16);
    at[3] = (unsigned char)(number >> 24);
}

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))

static void quarter_round(u32 *state, int a, int b, int c, int d)
{
    u32 va = state[a], vb = state[b], vc = state[c], vd = state[d];
    va += vb, vd ^= va, vd = ROTATE(vd, 16);
    vc += vd, vb ^= vc, vb = ROTATE(vb, 12);
    va += vb, vd ^= va, vd = ROTATE(vd, 8);
    vc += vd, vb ^= vc, vb = ROTATE(vb, 7);
    state[a] = va, state[b] = vb, state[c] = vc, state[d] = vd;
}

static void chacha20_block(u32 counter, const unsigned char *nonce, unsigned char *block)
{
    u32 start[16], state[16];
    int i;
    start[0] = 0x61707865;
    start[1] = 0x3320646e;
    start[2] = 0x79622d32;
    start[3] = 0x6b206574;
    for (i = 0; i < 8; i++)
        start[4 + i] = cipher_key[i];
    start[12] = counter;
    for (i = 0; i < 3; i++)
        start[13 + i] = load32(nonce + 4 * i);
    for (i = 0; i < 16; i++)
        state[i] = start[i];
    for (i = 0; i < 10; i++) {
        quarter_round(state, 0, 4, 8, 12);
        quarter_round(state, 1, 5, 9, 13);
        quarter_round(state, 2, 6, 10, 14);
        quarter_round(state, 3, 7, 11, 15);
        quarter_round(state, 0, 5, 10, 15);
        quarter_round(state, 1, 6, 11, 12);
        quarter_round(state, 2, 7, 8, 13);
        quarter_round(state, 3, 4, 9, 14);
    }
    for (i = 0; i < 16; i++)
        store32(block + 4 * i, state[i] + start[i]);
}

/* Encrypt or decrypt, which is the same. */
static void chacha20(const unsigned char *nonce, unsigned char *bytes, int length)
{
    unsigned char block[BLOCK_SIZE];
    int at, i;
    for (at = 0; at < length; at += BLOCK_SIZE) {
        chacha20_block(1 + (u32)(at / BLOCK_SIZE), nonce, block);
        for (i = 0; i < BLOCK_SIZE && at + i < length; i++)
            bytes[at + i] ^= block[i];
    }
}

/* ---- Poly1305 (RFC 8439, 2.5): numbers modulo 2^130 - 5 in five limbs of 26 bits --------------- */

#define LIMB 0x3ffffff

static u32 sum[5], factor[5];

/* Take in one block of 16 bytes: sum = (sum + block + 2^128) * factor. */
static void poly1305_block(const unsigned char *block)
{
    u64 product[5], carry = 0;
    int i, j;
    sum[0] += load32(block) & LIMB;
    sum[1] += load32(block + 3) >> 2 & LIMB;
    sum[2] += load32(block + 6) >> 4 & LIMB;
    sum[3] += load32(block + 9) >> 6 & LIMB;
    sum[4] += load32(block + 12) >> 8 | 1 << 24;
    for (i = 0; i < 5; i++) {
        product[i] = 0;
        for (j = 0; j < 5; j++) /* 2^130 is 5 */
            product[i] += (u64)sum[j] * (j <= i ? factor[i - j] : 5 * factor[i + 5 - j]);
    }
    for (i = 0; i < 5; i++) {
        product[i] += carry;
        sum[i] = (u32)product[i] & LIMB;
        carry = product[i] >> 26;
    }
    carry = sum[0] + carry * 5;
    sum[0] = (u32)carry & LIMB;
    sum[1] += (u32)(carry >> 26);
}

/* Take in bytes, with zeros up to a whole block. */
static void poly1305_add(const unsigned char *bytes, int length)
{
    unsigned char last[16];
    int at, i;
    for (at = 0; at + 16 <= length; at += 16)
        poly1305_block(bytes + at);
    if (at == length)
        return;
    for (i = 0; i < 16; i++)
        last[i] = at + i < length ? bytes[at + i] : 0;
    poly1305_block(last);
}

/* Reduce the sum fully, add the second half of the one-time key, and give the tag. */
static void poly1305_end(const unsigned char *addend, unsigned char *tag)
{
    u32 reduced[5], carry = 0, use, words[4];
    u64 total = 0;
    int i, round;
    for (round = 0; round < 2; round++) {
        for (i = 0; i < 5; i++) {
            sum[i] += carry;
            carry = sum[i] >> 26;
            sum[i] &= LIMB;
        }
        carry *= 5;
    }
    sum[0] += carry;
    carry = 5; /* sum - (2^130 - 5) is sum + 5 - 2^130 */
    for (i = 0; i < 5; i++) {
        reduced[i] = sum[i] + carry;
        carry = reduced[i] >> 26;
        reduced[i] &= LIMB;
    }
    use = 0 - carry; /* all bits when the sum was not below the modulus */
    for (i = 0; i < 5; i++)
        sum[i] = (sum[i] & ~use) | (reduced[i] & use);
    words[0] = sum[0] | sum[1] << 26;
    words[1] = sum[1] >> 6 | sum[2] << 20;
    words[2] = sum[2] >> 12 | sum[3] << 14;
    words[3] = sum[3] >> 18 | sum[4] << 8;
    for (i = 0; i < 4; i++) {
        total += (u64)words[i] + load32(addend + 4 * i);
        store32(tag + 4 * i, (u32)total);
        total >>= 32;
    }
}

/* The tag of a name and of encrypted bytes (RFC 8439, 2.8). */
static void make_tag(const unsigned char *nonce, int name_length, const unsigned char *bytes,
                     int length, unsigned char *tag)
{
    unsigned char one_time[BLOCK_SIZE], lengths[16];
    int i;
    chacha20_block(0, nonce, one_time);
    factor[0] = load32(one_time) & 0x3ffffff;
    factor[1] = load32(one_time + 3) >> 2 & 0x3ffff03;
    factor[2] = load32(one_time + 6) >> 4 & 0x3ffc0ff;
    factor[3] = load32(one_time + 9) >> 6 & 0x3f03fff;
    factor[4] = load32(one_time + 12) >> 8 & 0x00fffff;
    for (i = 0; i < 5; i++)
        sum[i] = 0;
    poly1305_add(name, name_length);
    poly1305_add(bytes, length);
    for (i = 0; i < 16; i++)
        lengths[i] = 0;
    store32(lengths, (u32)name_length);
    store32(lengths + 8, (u32)length);
    poly1305_add(lengths, 16);
    poly1305_end(one_time + 16, tag);
}

/* ---- The transformer ------------------------------------------------------------------------- */

static int digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

/* Read the setting into `cipher_key`; 0 when there is none that will do. */
static int read_cipher_key(void)
{
    char text[64];
    unsigned char bytes[32];
    int i;
    if (ferrite_config(FERRITE_TEXT("key"), text, sizeof(text)) != (int)sizeof(text))
        return 0;
    for (i = 0; i < 32; i++) {
        if (digit(text[2 * i]) < 0 || digit(text[2 * i + 1]) < 0)
            return 0;
        bytes[i] = (unsigned char)(digit(text[2 * i]) * 16 + digit(text[2 * i + 1]));
    }
    for (i = 0; i < 8; i++)
        cipher_key[i] = load32(bytes + 4 * i);
    return 1;
}

static int no_cipher_key(void)
{
    return ferrite_reply_error(
        FERRITE_TEXT("the setting key of plugin encrypt must be 64 hexadecimal digits"));
}

static int name_too_long(void) { return ferrite_reply_error(FERRITE_TEXT("the key is too long")); }

/* Arguments of both: the key, and the value. */
FERRITE_EXPORT(encrypt_in)
int encrypt_in(void)
{
    int name_length = ferrite_arg_read(0, name, sizeof(name));
    int length = ferrite_arg_read(1, data + HEAD_SIZE, VALUE_SIZE_MAX);

    if (name_length > (int)sizeof(name))
        return name_too_long();
    if (length > VALUE_SIZE_MAX)
        return ferrite_reply_error(FERRITE_TEXT("an encrypted value may have 65536 bytes"));
    if (!read_cipher_key())
        return no_cipher_key();
    data[0] = VERSION;
    if (ferrite_random(data + 1, NONCE_SIZE) < 0)
        return ferrite_fail();
    chacha20(data + 1, data + HEAD_SIZE, length);
    make_tag(data + 1, name_length, data + HEAD_SIZE, length, data + HEAD_SIZE + length);
    return ferrite_reply_bulk(data, HEAD_SIZE + length + TAG_SIZE);
}

FERRITE_EXPORT(encrypt_out)
int encrypt_out(void)
{
    unsigned char tag[TAG_SIZE];
    int name_length = ferrite_arg_read(0, name, sizeof(name));
    int length = ferrite_arg_read(1, data, sizeof(data)) - HEAD_SIZE - TAG_SIZE, i, differs = 0;

    if (name_length > (int)sizeof(name))
        return name_too_long();
    if (length < 0 || length > VALUE_SIZE_MAX || data[0] != VERSION)
        return ferrite_reply_error(FERRITE_TEXT("the value is not encrypted"));
    if (!read_cipher_key())
        return no_cipher_key();
    make_tag(data + 1, name_length, data + HEAD_SIZE, length, tag);
    for (i = 0; i < TAG_SIZE; i++) /* all of them, whatever the first ones say */
        differs |= tag[i] ^ data[HEAD_SIZE + length + i];
    if (differs)
        return ferrite_reply_error(
            FERRITE_TEXT("the value was encrypted with another key, or for another name"));
    chacha20(data + 1, data + HEAD_SIZE, length);
    return ferrite_reply_bulk(data + HEAD_SIZE, length);
}
