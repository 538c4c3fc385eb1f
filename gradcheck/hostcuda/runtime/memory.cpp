// Which memory a thread may touch, and who touched what when.
//
// Every array of the launch and every __shared__ variable is a Region. A region has a cell for each element (for each 4
// bytes of shared memory) that remembers the last write and two reads, each with its thread and its time, and which
// bytes hold a value. Two accesses to the same bytes by different threads, at least one of them a write, are a race
// unless something orders them: a barrier, a __syncwarp(), or a fence followed by an atomic operation.
#include "runtime.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

namespace {

struct Record {                                             // one access; bytes == 0: there was none
  uint32_t thread, time, pc;
  uint8_t bytes, access;
};

struct Cell {
  Record write, read, other_read;
  uint8_t written;                                          // which bytes hold a value
};

enum Mode : int { INPUT, UPDATED, OUTPUT, SHARED };         // as MODES in machine.py

struct Region {
  uintptr_t base;
  size_t bytes, cells_count;
  unsigned shift;                                           // a cell describes 1 << shift bytes
  Mode mode;
  Cell* cells;
};

constexpr int MOST_REGIONS = 128;
constexpr size_t SLOT = size_t(1) << 34;                    // 16 GiB from array to array: too far for a wrong index
constexpr size_t DYNAMIC_SHARED = 256 * 1024;
constexpr int64_t PATIENCE = 20'000'000;                    // accesses of one thread from one wait to the next

Region regions[MOST_REGIONS];
int regions_count, last_region;
int64_t patience;
uintptr_t arena;
size_t arena_bytes, slots;

Region* find(uintptr_t address) {
  if (address - regions[last_region].base < regions[last_region].bytes) return &regions[last_region];
  for (int k = 0; k < regions_count; ++k)
    if (address - regions[k].base < regions[k].bytes) return &regions[last_region = k];
  return nullptr;
}

// Does everything that the recorded thread had done by then come before what the current thread does now?
bool ordered(const Record& record) {
  if (record.thread == current->number || record.time < grid_barrier) return true;
  uint32_t theirs = record.thread - block->first, ours = current->number - block->first;
  if (theirs >= threads_per_block) {                        // of another block: fenced there, and then an atomic here
    uint32_t fence = fence_time(record.thread);
    return record.time < fence && fence <= block->acquired;
  }
  if (record.time < block->barrier) return true;
  return theirs / WARP == ours / WARP && record.time < current->seen[theirs % WARP];
}

void check_order(const Record& before, const Record& access, const Region& region, size_t at) {
  bool atomic = before.access == ATOMIC && access.access == ATOMIC;
  if (!(before.bytes & access.bytes) || atomic || ordered(before)) return;
  fault.region = &region - regions;
  fault.a = at;
  fault.writes = access.access != READ;
  fault.other_writes = before.access != READ;
  fault.other_thread = before.thread;
  fault.other_pc = before.pc;
  stop(RACE);
}

void touch_cell(Cell& cell, const Record& access, const Region& region, size_t at) {
  if (access.access != WRITE && (cell.written & access.bytes) != access.bytes) {
    fault.region = &region - regions;
    fault.a = at;
    stop(READS_UNWRITTEN);
  }
  check_order(cell.write, access, region, at);
  if (access.access == READ) {
    bool replaces = !cell.read.bytes || ordered(cell.read);
    if (replaces && cell.read.thread == access.thread && cell.read.time == access.time) cell.read.bytes |= access.bytes;
    else if (replaces) cell.read = access;
    else cell.other_read = access;
    return;
  }
  check_order(cell.read, access, region, at);
  check_order(cell.other_read, access, region, at);
  cell.write = access;
  cell.written |= access.bytes;
}

// Not in any region: the thread's own stack and the constants of the kernel's text are fine.
void touch_elsewhere(uintptr_t address) {
  bool dynamic = address - (uintptr_t)hostcuda_dynamic_shared < DYNAMIC_SHARED;
  bool image = address >= (uintptr_t)__ehdr_start && address < (uintptr_t)_end;
  if (in_stack(address) || (image && !dynamic)) return;
  fault.region = nearest_region(address);
  fault.a = fault.region < 0 ? 0 : (int64_t)(address - regions[fault.region].base);
  stop(fault.region < 0 ? WILD : OUT_OF_BOUNDS);
}

}  // namespace

alignas(1024) char hostcuda_dynamic_shared[DYNAMIC_SHARED];
extern "C" { thread_local char hostcuda_static_shared_mark; }

int nearest_region(uintptr_t address) {
  int best = -1;
  size_t smallest = SLOT;
  for (int k = 0; k < regions_count; ++k) {
    uintptr_t first = regions[k].base, end = first + regions[k].bytes;
    size_t distance = address < first ? first - address : address < end ? 0 : address - end + 1;
    if (distance < smallest) smallest = distance, best = k;
  }
  return best;
}

void restore_patience() { patience = PATIENCE; }

void touch(uintptr_t address, unsigned size, Access access, void* return_address) {
  if (!current) return;
  fault.pc = pc_of(return_address);
  fault.writes = access != READ;
  fault.b = size;
  if (--patience < 0) stop(ENDLESS);
  Region* region = find(address);
  if (!region) return touch_elsewhere(address);
  size_t offset = address - region->base;
  if (offset + size > region->bytes || (access != READ && region->mode == INPUT)) {
    fault.region = region - regions;
    fault.a = offset;
    stop(offset + size > region->bytes ? OUT_OF_BOUNDS : WRITES_INPUT);
  }
  unsigned cell_bytes = 1u << region->shift;
  for (size_t at = offset, end = offset + size; at < end;) {
    size_t start = at & ~size_t(cell_bytes - 1), next = start + cell_bytes;
    unsigned first = at - start, last = (next < end ? next : end) - start;
    uint8_t bytes = (uint8_t)((1u << last) - (1u << first));
    Record record = {current->number, now, fault.pc, bytes, (uint8_t)access};
    touch_cell(region->cells[at >> region->shift], record, *region, at);
    at = next;
  }
}

void forget_shared() {
  for (int k = 0; k < regions_count; ++k)
    if (regions[k].mode == SHARED) {
      memset((void*)regions[k].base, 0xff, regions[k].bytes);                       // NaN, or a wild index
      memset(regions[k].cells, 0, regions[k].cells_count * sizeof(Cell));
    }
}

size_t shared_state_bytes() {
  size_t bytes = 0;
  for (int k = 0; k < regions_count; ++k)
    if (regions[k].mode == SHARED) bytes += regions[k].bytes + regions[k].cells_count * sizeof(Cell);
  return bytes;
}

template <class Copy> void each_shared(Copy copy) {
  for (int k = 0; k < regions_count; ++k)
    if (regions[k].mode == SHARED) {
      copy((void*)regions[k].base, regions[k].bytes);
      copy(regions[k].cells, regions[k].cells_count * sizeof(Cell));
    }
}

void save_shared(unsigned char* to) {
  each_shared([&](void* part, size_t n) { memcpy(to, part, n), to += n; });
}

void load_shared(const unsigned char* from) {
  each_shared([&](void* part, size_t n) { memcpy(part, from, n), from += n; });
}

// ---- called from machine.py ---------------------------------------------------------------------------------------

namespace {
int add_region(uintptr_t base, size_t bytes, unsigned shift, Mode mode) {
  if (regions_count == MOST_REGIONS) return -1;
  size_t count = (bytes + (1u << shift) - 1) >> shift;
  Cell* cells = (Cell*)calloc(count ? count : 1, sizeof(Cell));
  if (!cells) return -1;
  if (mode == INPUT || mode == UPDATED)
    for (size_t k = 0; k < count; ++k) cells[k].written = 0xff;
  regions[regions_count] = {base, bytes, count, shift, mode, cells};
  return regions_count++;
}
}  // namespace

PUBLIC int hostcuda_reserve(int arrays) {                   // address space for so many arrays; -1 where there is none
  slots = 0;
  arena_bytes = (arrays + 1) * SLOT;
  void* at = mmap(nullptr, arena_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  arena = at == MAP_FAILED ? 0 : (uintptr_t)at;
  return arena ? 0 : -1;
}

PUBLIC void* hostcuda_array(size_t bytes, size_t misalignment, unsigned entry_bytes, int mode) {
  constexpr size_t page = 65536;
  uintptr_t at = arena + slots++ * SLOT + SLOT / 2;
  size_t length = (bytes + misalignment + page) / page * page;
  if (mprotect((void*)at, length, PROT_READ | PROT_WRITE)) return nullptr;
  if (add_region(at + misalignment, bytes, __builtin_ctz(entry_bytes), (Mode)mode) < 0) return nullptr;
  return (void*)(at + misalignment);
}

PUBLIC void hostcuda_static_shared(int64_t from_mark, size_t bytes) {
  add_region((uintptr_t)&hostcuda_static_shared_mark + from_mark, bytes, 2, SHARED);
}

PUBLIC void hostcuda_dynamic_shared_bytes(size_t bytes) {
  add_region((uintptr_t)hostcuda_dynamic_shared, bytes, 2, SHARED);
}

PUBLIC void hostcuda_written(int region, unsigned char* to) {       // one flag for each byte: was it ever written?
  const Region& r = regions[region];
  for (size_t k = 0; k < r.bytes; ++k) to[k] = r.cells[k >> r.shift].written >> (k & ((1u << r.shift) - 1)) & 1;
}

PUBLIC void hostcuda_release() {
  for (int k = 0; k < regions_count; ++k) free(regions[k].cells);
  regions_count = last_region = 0;
  regions[0] = {};
  if (arena) munmap((void*)arena, arena_bytes);
  arena = 0;
}
