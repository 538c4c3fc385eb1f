// What the compiler calls in an instrumented kernel.
//
// -fsanitize=thread puts a call before every load and store that other threads could see, -fsanitize=undefined one
// where an index, a shift, a division, an integer or an alignment turns out wrong. The names are the compilers' own.
// The libraries that usually define them (libtsan, libubsan) are not linked; these functions take their place.
#include "runtime.h"

#define HOOK extern "C"

// ---- memory accesses ----------------------------------------------------------------------------------------------

#define ACCESS_HOOKS(bytes) \
  HOOK void __tsan_read##bytes(void* p) { touch((uintptr_t)p, bytes, READ, __builtin_return_address(0)); } \
  HOOK void __tsan_write##bytes(void* p) { touch((uintptr_t)p, bytes, WRITE, __builtin_return_address(0)); } \
  HOOK void __tsan_unaligned_read##bytes(void* p) { touch((uintptr_t)p, bytes, READ, __builtin_return_address(0)); } \
  HOOK void __tsan_unaligned_write##bytes(void* p) { touch((uintptr_t)p, bytes, WRITE, __builtin_return_address(0)); }

ACCESS_HOOKS(1)
ACCESS_HOOKS(2)
ACCESS_HOOKS(4)
ACCESS_HOOKS(8)
ACCESS_HOOKS(16)

HOOK void __tsan_read_range(void* p, size_t n) { if (n) touch((uintptr_t)p, n, READ, __builtin_return_address(0)); }
HOOK void __tsan_write_range(void* p, size_t n) { if (n) touch((uintptr_t)p, n, WRITE, __builtin_return_address(0)); }
HOOK void __tsan_init() {}
HOOK void __tsan_func_entry(void*) {}
HOOK void __tsan_func_exit() {}

#define COPY_HOOK(name) /* clang's names for the copy of a struct, or of a loop that it recognised */ \
  HOOK void* __tsan_##name(void* to, const void* from, size_t n) { \
    if (n) touch((uintptr_t)from, n, READ, __builtin_return_address(0)); \
    if (n) touch((uintptr_t)to, n, WRITE, __builtin_return_address(0)); \
    return __builtin_##name(to, from, n); \
  }
COPY_HOOK(memcpy)
COPY_HOOK(memmove)

HOOK void* __tsan_memset(void* to, int value, size_t n) {
  if (n) touch((uintptr_t)to, n, WRITE, __builtin_return_address(0));
  return __builtin_memset(to, value, n);
}

HOOK void hostcuda_atomic(void* p, unsigned bytes, void* return_address) {
  touch((uintptr_t)p, bytes, ATOMIC, return_address);
  block->acquired = now;
}

// ---- undefined behaviour ------------------------------------------------------------------------------------------

namespace {

struct Place { const char* file; uint32_t line, column; };
struct Type { uint16_t kind, information; char name[1]; };
struct TypedPlace { Place at; Type* type; };                // of an overflow or a shift: the left operand's type
struct Indexed { Place at; Type *array, *index; };
struct Misaligned { Place at; Type* type; unsigned char log_alignment, kind; };

[[noreturn]] void stop_at(FaultKind kind, const Place& place, int64_t a = 0, int64_t b = 0) {
  const char* p = place.file;
  while (*p && *p != '/') ++p;
  fault.line = *p ? 0 : place.line;                         // a path: one of our headers, not the kernel's text
  fault.pc = 0;
  fault.a = a;
  fault.b = b;
  stop(kind);
}

int64_t value_of(const Type* type, uintptr_t value) {       // an integer of up to 64 bits travels as a pointer
  unsigned bits = 1u << (type->information >> 1);
  if (bits > 64) return 0;
  return type->information & 1 ? (int64_t)(value << (64 - bits)) >> (64 - bits) : (int64_t)value;
}

int64_t extent_of(const Type* array) {                      // the name is 'float [18]' or 'float[18]'
  const char* p = array->name;
  int64_t extent = 0;
  while (*p && *p++ != '[') {}
  for (; *p >= '0' && *p <= '9'; ++p) extent = 10 * extent + (*p - '0');
  return extent;
}

}  // namespace

HOOK void __ubsan_handle_out_of_bounds_abort(Indexed* d, uintptr_t index) {
  stop_at(ARRAY_INDEX, d->at, value_of(d->index, index), extent_of(d->array));
}
HOOK void __ubsan_handle_type_mismatch_v1_abort(Misaligned* d, uintptr_t p) {
  stop_at(MISALIGNED, d->at, p & ((1u << d->log_alignment) - 1), 1 << d->log_alignment);
}
HOOK void __ubsan_handle_shift_out_of_bounds_abort(TypedPlace* d, uintptr_t, uintptr_t) { stop_at(SHIFT, d->at); }
HOOK void __ubsan_handle_divrem_overflow_abort(TypedPlace* d, uintptr_t, uintptr_t) { stop_at(DIVISION, d->at); }

#define OVERFLOW_HOOK(name, sign) \
  HOOK void __ubsan_handle_##name##_overflow_abort(TypedPlace* d, uintptr_t a, uintptr_t b) { \
    fault.c = value_of(d->type, b); \
    stop_at(OVERFLOW, d->at, value_of(d->type, a), sign); \
  }
OVERFLOW_HOOK(add, '+')
OVERFLOW_HOOK(sub, '-')
OVERFLOW_HOOK(mul, '*')
HOOK void __ubsan_handle_negate_overflow_abort(TypedPlace* d, uintptr_t a) {
  fault.c = value_of(d->type, a);
  stop_at(OVERFLOW, d->at, 0, '-');
}

// ---- called from the headers --------------------------------------------------------------------------------------

HOOK void hostcuda_index_fault(void* array, int64_t index, int64_t extent, int axis, void* return_address) {
  fault.region = nearest_region((uintptr_t)array);
  fault.a = index;
  fault.b = extent;
  fault.c = axis;
  fault.pc = pc_of(return_address);
  stop(axis < 0 ? FLAT_INDEX : AXIS_INDEX);
}

HOOK void hostcuda_assertion(int line) {
  fault.line = line;
  stop(ASSERTION);
}
