// Blocks and threads: one fiber for each thread of a block, barriers by switching fibers.
//
// Between two barriers each thread runs alone until it waits or returns, so a kernel's threads meet in an order that
// the launch chooses: upwards, downwards, or rotated.
#include "runtime.h"
#include <string.h>

Thread* current;
Block* block;
unsigned threads_per_block;
dim3 grid_size, block_size;
uint32_t now, grid_barrier;
void (*kernel_body)(void**);
void** kernel_arguments;

namespace {

jmp_buf scheduler;

void resume(Thread& thread) {
  current = &thread;
  restore_patience();
  if (_setjmp(scheduler) == 0) {
    if (thread.begun) _longjmp(thread.at, 1);
    thread.begun = true;
    setcontext(&thread.start);
  }
  current = nullptr;
}

dim3 place(unsigned k, dim3 size) { return {k % size.x, k / size.x % size.y, k / (size.x * size.y)}; }

void deadlock(Block& b) {
  Thread* one = nullptr;
  for (unsigned k = 0; k < threads_per_block; ++k) {
    Thread& t = b.threads[k];
    if (t.state == DONE) continue;
    if (!one) one = &t;
    else if (t.state != one->state || t.line != one->line || t.mask != one->mask) stop_between(DEADLOCK, *one, t);
  }
  stop_between(DEADLOCK, *one, *one);
}

}  // namespace

void fiber() {
  for (;;) {                                                // the fiber serves the same place in the next block
    kernel_body(kernel_arguments);
    wait(DONE, 0);
  }
}

void wait(State state, int line) {
  current->state = state;
  current->line = line;
  if (_setjmp(current->at) == 0) _longjmp(scheduler, 1);
}

bool in_stack(uintptr_t address) { return address - (uintptr_t)current->start.uc_stack.ss_sp < STACK; }

unsigned nth(unsigned k, unsigned count, int order, unsigned turn) {        // the k-th to run
  return order == 0 ? k : order == 1 ? count - 1 - k : (k + turn * 7 + order) % count;
}

void start(Block& b, unsigned number) {
  b.index = place(number, grid_size);
  b.first = number * threads_per_block;
  b.barrier = ++now;
  b.acquired = 0;
  for (unsigned k = 0; k < threads_per_block; ++k) {
    Thread& t = b.threads[k];
    t.state = READY;
    t.index = place(k, block_size);
    t.number = b.first + k;
    memset(t.seen, 0, sizeof t.seen);
  }
}

bool release(Block& b, State barrier) {
  Thread *waiting = nullptr, *returned = nullptr, *elsewhere = nullptr;
  int votes = 0;
  for (unsigned k = 0; k < threads_per_block; ++k) {
    Thread& t = b.threads[k];
    if (t.state == DONE) returned = &t;
    else if (t.state != barrier) return false;
    else if (!waiting) waiting = &t;
    else if (t.line != waiting->line) elsewhere = &t;
    votes += t.state == barrier && t.predicate;
  }
  if (!waiting) return false;
  if (returned) stop_between(BARRIER_AFTER_EXIT, *waiting, *returned);
  if (elsewhere) stop_between(BARRIER_DIVERGED, *waiting, *elsewhere);
  for (unsigned k = 0; k < threads_per_block; ++k) {
    b.threads[k].state = READY;
    b.threads[k].votes = votes;
  }
  b.barrier = ++now;
  return true;
}

bool run(Block& b, int order) {
  unsigned warps = (threads_per_block + WARP - 1) / WARP, turn = 0;
  block = &b;
  for (;; ++turn) {
    bool moved = false;
    for (unsigned v = 0; v < warps; ++v) {
      unsigned first = nth(v, warps, order, turn) * WARP, rest = threads_per_block - first;
      unsigned count = rest < WARP ? rest : WARP;
      for (bool ran = true; ran; moved |= ran, ++turn) {
        ran = false;
        for (unsigned k = 0; k < count; ++k) {
          Thread& t = b.threads[first + nth(k, count, order, turn)];
          if (t.state == READY) resume(t), ran = true;
        }
        release_warp(b.threads + first, count);
      }
    }
    if (release(b, AT_BARRIER)) continue;
    bool done = true, at_grid = true;
    for (unsigned k = 0; k < threads_per_block; ++k) {
      done &= b.threads[k].state == DONE;
      at_grid &= b.threads[k].state == AT_GRID || b.threads[k].state == DONE;
    }
    if (done || at_grid) return done;
    if (!moved) deadlock(b);
  }
}

// ---- called from hostcuda.h ---------------------------------------------------------------------------------------

extern "C" dim3 hostcuda_thread_index() { return current->index; }
extern "C" dim3 hostcuda_block_index() { return block->index; }
extern "C" dim3 hostcuda_block_size() { return block_size; }
extern "C" dim3 hostcuda_grid_size() { return grid_size; }

extern "C" int hostcuda_barrier(int predicate, int line) {  // returns in how many threads the predicate is true
  current->predicate = predicate != 0;
  wait(AT_BARRIER, line);
  return current->votes;
}

extern "C" void hostcuda_grid_barrier(int line) { wait(AT_GRID, line); }
extern "C" void hostcuda_fence() { fence_time(current->number) = ++now; }
