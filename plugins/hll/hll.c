/* HyperLogLog: about how many different items there were, in 4096 bytes, 1.6 % off on average.
 *
 * An item's hash picks one of the registers and a rank, which is how many zero bits the rest of the
 * hash begins with, plus one. A register keeps the highest rank it has met. The estimate is that of
 * O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6,
 * which needs no tables and no case for small numbers.
 */
#include "ferrite.h"

#define TYPE FERRITE_TEXT("HLL")
#define VERSION 1
#define INDEX_BITS 12
#define REGISTERS (1 << INDEX_BITS)
#define RANK_MAX (64 - INDEX_BITS + 1)
#define ESTIMATE_MAX 9e18
#define ALPHA 0.72134752044448170368 /* 1 / (2 ln 2) */

static char key[1024], item[65536];
static unsigned char registers[REGISTERS], others[REGISTERS];

/* Read the registers at a key; how many there are, 0 where there is no key, or an error that has
 * been replied to. */
static int load(int index, unsigned char *into)
{
    int length = ferrite_arg_read(index, key, sizeof(key));
    if (length > (int)sizeof(key)) {
        ferrite_reply_error(FERRITE_TEXT("the key is too long"));
        return FERRITE_ERR_LIMIT;
    }
    length = ferrite_typed_get(key, length, TYPE, 0, into, REGISTERS);
    if (length == FERRITE_ERR_ABSENT)
        return 0;
    if (length < 0) {
        ferrite_fail();
        return length;
    }
    if (length != REGISTERS) {
        ferrite_reply_error(FERRITE_TEXT("the HyperLogLog is damaged"));
        return FERRITE_ERR_ARGUMENT;
    }
    return length;
}

/* Read those at the first key, or begin with zeros; results as above. */
static int load_first(void)
{
    int found = load(0, registers);
    if (found == 0)
        ferrite_clear(registers, REGISTERS);
    return found;
}

/* Store the registers at the first key; 0 or an error. */
static int save(void)
{
    int length = ferrite_arg_read(0, key, sizeof(key));
    return ferrite_typed_set(key, length, TYPE, VERSION, registers, REGISTERS);
}

/* FNV-1a, and then every bit spread over all of them (the finalizer of SplitMix64). */
static unsigned long long hash_item(int length)
{
    unsigned long long hash = 0xcbf29ce484222325ULL;
    int i;
    for (i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)item[i]) * 0x100000001b3ULL;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
    return hash ^ (hash >> 31);
}

/* 1 when a register has changed, else 0. */
static int add(int length)
{
    unsigned long long hash = hash_item(length);
    unsigned char *at = &registers[hash >> (64 - INDEX_BITS)];
    int rank = 1;
    for (hash <<= INDEX_BITS; rank < RANK_MAX && !(hash >> 63); hash <<= 1)
        rank++;
    if (rank <= *at)
        return 0;
    *at = (unsigned char)rank;
    return 1;
}

/* HLL.ADD key [item ...]: 1 when the count may have changed, or the key is new; else 0 */
FERRITE_COMMAND(hll_add)
{
    int count = ferrite_arg_count(), found = load_first(), changed, i;

    if (found < 0)
        return 0;
    changed = found == 0;
    for (i = 1; i < count; i++) {
        int length = ferrite_arg_read(i, item, sizeof(item));
        if (length > (int)sizeof(item))
            return ferrite_reply_error(FERRITE_TEXT("the item is too long"));
        changed |= add(length);
    }
    if (changed && save() < 0)
        return ferrite_fail();
    return ferrite_reply_int(changed);
}

/* Take the registers of a key into `registers`; 0, or an error that has been replied to. */
static int join(int index)
{
    int found = load(index, others), i;
    if (found <= 0)
        return found;
    for (i = 0; i < REGISTERS; i++) {
        int rank = others[i];
        if (rank > registers[i])
            registers[i] = (unsigned char)rank;
    }
    return 0;
}

/* x + x^2 * 1 + x^4 * 2 + x^8 * 4 ...: what the share x of empty registers adds. */
static double sigma(double x)
{
    double weight = 1, sum = x, before;
    do {
        x *= x;
        before = sum;
        sum += x * weight;
        weight += weight;
    } while (sum != before);
    return sum;
}

static long long estimate(void)
{
    int counts[256], i; /* a register that somebody has forged may have any rank */
    double sum = 0, estimated;
    ferrite_clear(counts, sizeof(counts));
    for (i = 0; i < REGISTERS; i++)
        counts[registers[i]]++;
    if (counts[0] == REGISTERS)
        return 0;
    /* Ertl's tau, for registers of the highest rank, is left out: one in 2^52 items has it. */
    for (i = RANK_MAX; i > 0; i--)
        sum = (sum + counts[i]) / 2;
    sum += REGISTERS * sigma((double)counts[0] / REGISTERS);
    estimated = ALPHA * REGISTERS * REGISTERS / sum + 0.5;
    return estimated < ESTIMATE_MAX ? (long long)estimated : (long long)ESTIMATE_MAX;
}

/* HLL.COUNT key [key ...]: of all of them together */
FERRITE_COMMAND(hll_count)
{
    int count = ferrite_arg_count(), i;

    if (load_first() < 0)
        return 0;
    for (i = 1; i < count; i++)
        if (join(i) < 0)
            return 0;
    return ferrite_reply_int(estimate());
}

/* HLL.MERGE destination source [source ...] */
FERRITE_COMMAND(hll_merge)
{
    int count = ferrite_arg_count(), i;

    if (load_first() < 0)
        return 0;
    for (i = 1; i < count; i++)
        if (join(i) < 0)
            return 0;
    if (save() < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}
