// The part of CUDA C++ that a kernel's text needs to compile with a C++ compiler. It comes before the text.
//
// Qualifiers become nothing, or what they mean on one processor: __shared__ is thread_local, which the whole block
// shares, as its threads are fibers of one system thread. Functions that wait know their line, for the report.
#pragma once

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;

#define __host__
#define __device__
#define __global__ __attribute__((noinline))
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __constant__ static
#define __shared__ static thread_local
#define __align__(bytes) __attribute__((aligned(bytes)))

#define HOSTCUDA_UNCHECKED __attribute__((noinline, no_sanitize("thread", "undefined")))
#define HOSTCUDA_LINE int line = __builtin_LINE()

struct dim3 { unsigned x, y, z; };
static const int warpSize = 32;

extern "C" {
dim3 hostcuda_thread_index() __attribute__((const));        // constant: while one thread runs a kernel once
dim3 hostcuda_block_index() __attribute__((const));
dim3 hostcuda_block_size() __attribute__((const));
dim3 hostcuda_grid_size() __attribute__((const));
int hostcuda_lane() __attribute__((const));
int hostcuda_barrier(int predicate, int line);
void hostcuda_grid_barrier(int line);
void hostcuda_fence();
void hostcuda_syncwarp(unsigned mask, int line);
unsigned hostcuda_ballot(unsigned mask, int predicate, int line);
void hostcuda_shuffle(unsigned mask, void* value, unsigned bytes, int source, int line);
void hostcuda_width_fault(int width, int line);
void hostcuda_atomic(void* at, unsigned bytes, void* return_address);
void hostcuda_index_fault(void* array, long long index, long long extent, int axis, void* return_address);
void hostcuda_assertion(int line);
int printf(const char*, ...);
}
extern char hostcuda_dynamic_shared[];

#define threadIdx hostcuda_thread_index()
#define blockIdx hostcuda_block_index()
#define blockDim hostcuda_block_size()
#define gridDim hostcuda_grid_size()
#define assert(condition) ((condition) ? (void)0 : hostcuda_assertion(__LINE__))

// ---- waiting for each other ---------------------------------------------------------------------------------------

inline void __syncthreads(HOSTCUDA_LINE) { hostcuda_barrier(0, line); }
inline int __syncthreads_count(int predicate, HOSTCUDA_LINE) { return hostcuda_barrier(predicate, line); }
inline int __syncthreads_or(int predicate, HOSTCUDA_LINE) { return hostcuda_barrier(predicate, line) != 0; }
inline int __syncthreads_and(int predicate, HOSTCUDA_LINE) { return hostcuda_barrier(!predicate, line) == 0; }
inline void __syncwarp(unsigned mask = 0xffffffffu, HOSTCUDA_LINE) { hostcuda_syncwarp(mask, line); }
inline void __threadfence() { hostcuda_fence(); }
inline void __threadfence_block() { hostcuda_fence(); }

inline unsigned __ballot_sync(unsigned mask, int is, HOSTCUDA_LINE) { return hostcuda_ballot(mask, is, line); }
inline int __any_sync(unsigned mask, int is, HOSTCUDA_LINE) { return hostcuda_ballot(mask, is, line) != 0; }
inline int __all_sync(unsigned mask, int is, HOSTCUDA_LINE) { return hostcuda_ballot(mask, !is, line) == 0; }

template <class T> HOSTCUDA_UNCHECKED T hostcuda_take(unsigned mask, T value, int source, int line) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "CUDA shuffles values of 4 or 8 bytes");
  hostcuda_shuffle(mask, &value, sizeof value, source, line);
  return value;
}
inline int hostcuda_segment(int width, int line) {          // the first lane of this lane's segment
  if (width < 1 || width > 32 || width & (width - 1)) hostcuda_width_fault(width, line);
  return hostcuda_lane() & ~(width - 1);
}
template <class T> T __shfl_sync(unsigned mask, T value, int source, int width = 32, HOSTCUDA_LINE) {
  return hostcuda_take(mask, value, hostcuda_segment(width, line) + (source & (width - 1)), line);
}
template <class T> T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, HOSTCUDA_LINE) {
  int lane = hostcuda_lane(), source = lane - (int)delta;
  return hostcuda_take(mask, value, source < hostcuda_segment(width, line) ? lane : source, line);
}
template <class T> T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, HOSTCUDA_LINE) {
  int lane = hostcuda_lane(), source = lane + (int)delta;
  return hostcuda_take(mask, value, source >= hostcuda_segment(width, line) + width ? lane : source, line);
}
template <class T> T __shfl_xor_sync(unsigned mask, T value, int flipped, int width = 32, HOSTCUDA_LINE) {
  int lane = hostcuda_lane(), source = lane ^ flipped;
  return hostcuda_take(mask, value, source >= hostcuda_segment(width, line) + width ? lane : source, line);
}

// ---- atomic operations: plain ones, as one thread runs at a time; the runtime is told -----------------------------

#define HOSTCUDA_ATOMIC(name, result) \
  template <class T, class U> HOSTCUDA_UNCHECKED T name(T* at, U operand) { \
    hostcuda_atomic(at, sizeof(T), __builtin_return_address(0)); \
    T old = *at, value = operand; \
    *at = result; \
    return old; \
  }
HOSTCUDA_ATOMIC(atomicAdd, old + value)
HOSTCUDA_ATOMIC(atomicSub, old - value)
HOSTCUDA_ATOMIC(atomicMax, old < value ? value : old)
HOSTCUDA_ATOMIC(atomicMin, value < old ? value : old)
HOSTCUDA_ATOMIC(atomicOr, old | value)
HOSTCUDA_ATOMIC(atomicAnd, old & value)
HOSTCUDA_ATOMIC(atomicExch, value)
HOSTCUDA_ATOMIC(atomicInc, old >= value ? 0 : old + 1)

template <class T, class U, class V> HOSTCUDA_UNCHECKED T atomicCAS(T* at, U expected, V value) {
  hostcuda_atomic(at, sizeof(T), __builtin_return_address(0));
  T old = *at;
  if (old == (T)expected) *at = value;
  return old;
}

template <class T> inline T __ldg(const T* at) { return *at; }

// ---- how the runtime calls the kernel: each parameter takes what its pointer points to ----------------------------

struct HostcudaArgument {
  void* at;
  template <class T> HOSTCUDA_UNCHECKED operator T() const { return *(T*)at; }
};
