// The launch of a kernel: makes the fibers, runs the blocks one after another or together, and ends at the first fault.
#include "runtime.h"
#include <stdlib.h>
#include <sys/mman.h>

Fault fault;

namespace {

jmp_buf end_of_launch;
Thread* threads;
Block* blocks;
char* stacks;
uint32_t* fences;
size_t stacks_bytes;

bool make_threads(unsigned count) {
  stacks_bytes = count * STACK;
  int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  stacks = (char*)mmap(nullptr, stacks_bytes, PROT_READ | PROT_WRITE, kind, -1, 0);
  threads = (Thread*)calloc(count, sizeof(Thread));
  if (stacks == MAP_FAILED || !threads) return false;
  for (unsigned k = 0; k < count; ++k) {
    Thread& t = threads[k];
    getcontext(&t.start);
    t.start.uc_stack.ss_sp = stacks + k * STACK;
    t.start.uc_stack.ss_size = STACK;
    t.start.uc_link = nullptr;
    makecontext(&t.start, fiber, 0);
  }
  return true;
}

void run_one_by_one(unsigned count, int order) {            // every block uses the same threads
  blocks[0].threads = threads;
  for (unsigned k = 0; k < count; ++k) {
    start(blocks[0], nth(k, count, order, 0));
    forget_shared();
    if (!run(blocks[0], order)) stop_between(DEADLOCK, threads[0], threads[0]);     // it waits for the other blocks
  }
}

void open_grid_barrier(unsigned count) {
  Block *waiting = nullptr, *returned = nullptr;
  for (unsigned k = 0; k < count; ++k) (release(blocks[k], AT_GRID) ? waiting : returned) = &blocks[k];
  if (waiting && returned) stop_between(BARRIER_AFTER_EXIT, waiting->threads[0], returned->threads[0]);
  grid_barrier = ++now;
}

void run_together(unsigned count, int order) {              // each block up to the grid barrier, in turn
  size_t bytes = shared_state_bytes();
  forget_shared();
  for (unsigned k = 0; k < count; ++k) {
    blocks[k].threads = threads + k * threads_per_block;
    blocks[k].shared = (unsigned char*)malloc(bytes ? bytes : 1);
    start(blocks[k], k);
    save_shared(blocks[k].shared);
  }
  for (bool alive = true; alive; open_grid_barrier(count)) {
    alive = false;
    for (unsigned k = 0; k < count; ++k) {
      Block& b = blocks[nth(k, count, order, 0)];
      load_shared(b.shared);
      alive |= !run(b, order);
      save_shared(b.shared);
    }
  }
}

}  // namespace

void stop(FaultKind kind) {
  fault.kind = kind;
  if (current) fault.thread = current->number;
  _longjmp(end_of_launch, 1);
}

void stop_between(FaultKind kind, const Thread& one, const Thread& other) {
  fault.thread = one.number;
  fault.line = one.line;
  fault.a = one.state;
  fault.other_thread = other.number;
  fault.other_line = other.line;
  fault.b = other.state;
  fault.c = (int64_t)one.mask << 32 | other.mask;
  current = nullptr;
  stop(kind);
}

uint32_t& fence_time(uint32_t thread) { return fences[thread]; }

uint32_t pc_of(void* return_address) { return (uint32_t)((uintptr_t)return_address - (uintptr_t)__ehdr_start); }

// ---- called from machine.py ---------------------------------------------------------------------------------------

extern "C" void hostcuda_body(void** arguments);            // generated: calls the kernel with what they point to

// Returns 0, or -1 where there is no memory for the threads. The fault is of kind NONE where there was none.
PUBLIC int hostcuda_launch(void** arguments, const unsigned* sizes, int together, int order, Fault* found) {
  grid_size = {sizes[0], sizes[1], sizes[2]};
  block_size = {sizes[3], sizes[4], sizes[5]};
  threads_per_block = block_size.x * block_size.y * block_size.z;
  unsigned count = grid_size.x * grid_size.y * grid_size.z;
  kernel_body = hostcuda_body;
  kernel_arguments = arguments;
  now = grid_barrier = 0;
  fault = {};
  fault.region = -1;
  fault.thread = fault.other_thread = NOBODY;
  fences = (uint32_t*)calloc(count * threads_per_block, sizeof(uint32_t));
  blocks = (Block*)calloc(together ? count : 1, sizeof(Block));
  bool made = make_threads(together ? count * threads_per_block : threads_per_block) && fences && blocks;
  if (made && _setjmp(end_of_launch) == 0) {
    if (together) run_together(count, order);
    else run_one_by_one(count, order);
  }
  current = nullptr;
  for (unsigned k = 0; together && blocks && k < count; ++k) free(blocks[k].shared);
  free(blocks);
  free(threads);
  free(fences);
  if (stacks != MAP_FAILED) munmap(stacks, stacks_bytes);
  *found = fault;
  return made ? 0 : -1;
}
