// What the parts of the runtime share. The runtime is compiled without instrumentation and linked to every kernel.
//
//   memory.cpp   which memory a thread may touch, and who touched what when: bounds, races, values never written
//   hooks.cpp    what the compiler calls at every memory access and every wrong index of the kernel
//   blocks.cpp   threads as fibers, the order they run in, barriers
//   warps.cpp    shuffles, votes, __syncwarp
//   launch.cpp   all blocks of a launch, up to the first fault
#pragma once
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

struct dim3 { unsigned x, y, z; };

#define PUBLIC extern "C" __attribute__((visibility("default")))            // what machine.py calls; the rest is hidden

extern "C" char __ehdr_start[] __attribute__((visibility("hidden")));       // the linker's names: the image's start
extern "C" char _end[] __attribute__((visibility("hidden")));               // and its end

// ---- faults: the first one ends the launch ------------------------------------------------------------------------

enum FaultKind : int32_t {                                  // the same order as KINDS in faults.py
  NONE, OUT_OF_BOUNDS, WILD, WRITES_INPUT, RACE, READS_UNWRITTEN, BARRIER_AFTER_EXIT, BARRIER_DIVERGED, DEADLOCK,
  WARP_MASK, WARP_SOURCE, WARP_WIDTH, ARRAY_INDEX, FLAT_INDEX, AXIS_INDEX, OVERFLOW, DIVISION, SHIFT,
  MISALIGNED, ENDLESS, ASSERTION
};

constexpr uint32_t NOBODY = 0xffffffff;

struct Fault {                                              // the same layout as Fault in faults.py
  FaultKind kind;
  int32_t region;                                           // which array, -1 for none
  int32_t line, other_line;                                 // where the runtime knows it; else 0: look up the address
  uint32_t thread, other_thread;                            // numbers within the grid
  uint32_t pc, other_pc;                                    // return addresses, from the start of the image
  int32_t writes, other_writes;                             // what the two accesses of a race do
  int64_t a, b, c;                                          // what faults.py says of each kind
};

struct Thread;
extern Fault fault;                                         // fill it, then call stop()
[[noreturn]] void stop(FaultKind kind);                     // leaves for the end of the launch, from any stack
[[noreturn]] void stop_between(FaultKind kind, const Thread& one, const Thread& other);     // two that wait
uint32_t pc_of(void* return_address);

// ---- threads ------------------------------------------------------------------------------------------------------

constexpr unsigned WARP = 32;
constexpr size_t STACK = 128 * 1024 + 1088;                 // bytes of a thread; pages not touched cost nothing. Not a
                                                            // power of two, or all would share a few cache lines

enum State : uint8_t { READY, AT_BARRIER, AT_WARP, AT_GRID, DONE };         // the same order as STATES in faults.py
enum WarpOperation : int { SYNCWARP, SHUFFLE, VOTE };

struct Thread {
  ucontext_t start;
  jmp_buf at;                                               // where it goes on
  bool begun;
  State state;
  dim3 index;
  uint32_t number;                                          // within the grid
  int line;                                                 // of the barrier or warp function it waits at
  int predicate, votes;                                     // what it brings to a barrier, how many brought true
  WarpOperation operation;
  unsigned mask, result;
  int source;                                               // the lane whose value it wants
  unsigned char value[16], received[16];
  uint32_t seen[WARP];                                      // a time for each lane: what it did before that is ordered
};

struct Block {
  dim3 index;
  uint32_t first;                                           // number of its first thread
  Thread* threads;
  uint32_t barrier;                                         // time of its last barrier: what came before is ordered
  uint32_t acquired;                                        // time of its last atomic operation
  unsigned char* shared;                                    // its shared memory while another block runs
};

extern Thread* current;                                     // the running thread, null outside the kernel
extern Block* block;                                        // its block
extern unsigned threads_per_block;
extern dim3 grid_size, block_size;
extern uint32_t now;                                        // counts synchronisations: the time of every access
extern uint32_t grid_barrier;                               // time of the last grid-wide barrier
extern void (*kernel_body)(void**);
extern void** kernel_arguments;

void fiber();                                               // what a thread's stack starts with
void wait(State state, int line);                           // give way until the scheduler makes the thread READY
bool in_stack(uintptr_t address);                           // of the running thread
uint32_t& fence_time(uint32_t thread);                      // time of a thread's last __threadfence()

void start(Block& b, unsigned number);                      // take the place of this block of the grid
bool run(Block& b, int order);                              // to the end (true), or until all wait for the grid (false)
bool release(Block& b, State barrier);                      // open a barrier when every thread stands at the same one
unsigned nth(unsigned k, unsigned count, int order, unsigned turn);         // who runs k-th: 0 up, 1 down, 2... rotated
void release_warp(Thread* lanes, unsigned count);           // answer the warp functions that all their lanes reached

// ---- memory -------------------------------------------------------------------------------------------------------

enum Access { READ = 0, WRITE = 1, ATOMIC = 2 };

extern char hostcuda_dynamic_shared[];                      // where every extern __shared__ array starts
void restore_patience();                                    // a thread goes on: it may access memory for a while
void touch(uintptr_t address, unsigned size, Access access, void* return_address);
int nearest_region(uintptr_t address);                      // -1 where none is near
void forget_shared();                                       // a block starts: its shared memory holds nothing
size_t shared_state_bytes();
void save_shared(unsigned char* to);
void load_shared(const unsigned char* from);
