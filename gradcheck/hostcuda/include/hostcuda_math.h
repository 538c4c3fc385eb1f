// CUDA's mathematical functions: the C library's, with the overloads for float that CUDA has.
#pragma once

#define HOSTCUDA_UNARY(name) \
  extern "C" double name(double); \
  extern "C" float name##f(float); \
  inline float name(float x) { return name##f(x); } \
  template <class I, class = decltype(I() << 1)> inline double name(I x) { return name((double)x); }     // an integer
#define HOSTCUDA_BINARY(name) \
  extern "C" double name(double, double); \
  extern "C" float name##f(float, float); \
  inline float name(float x, float y) { return name##f(x, y); } \
  inline double name(float x, double y) { return name((double)x, y); } \
  inline double name(double x, float y) { return name(x, (double)y); } \
  template <class I, class = decltype(I() << 1)> inline auto name(I x, float y) { return name((float)x, y); } \
  template <class I, class = decltype(I() << 1)> inline auto name(float x, I y) { return name(x, (float)y); } \
  template <class I, class = decltype(I() << 1)> inline auto name(I x, double y) { return name((double)x, y); } \
  template <class I, class = decltype(I() << 1)> inline auto name(double x, I y) { return name(x, (double)y); }

HOSTCUDA_UNARY(exp) HOSTCUDA_UNARY(exp2) HOSTCUDA_UNARY(expm1) HOSTCUDA_UNARY(log) HOSTCUDA_UNARY(log2)
HOSTCUDA_UNARY(log10) HOSTCUDA_UNARY(log1p) HOSTCUDA_UNARY(sqrt) HOSTCUDA_UNARY(cbrt) HOSTCUDA_UNARY(sin)
HOSTCUDA_UNARY(cos) HOSTCUDA_UNARY(tan) HOSTCUDA_UNARY(asin) HOSTCUDA_UNARY(acos) HOSTCUDA_UNARY(atan)
HOSTCUDA_UNARY(sinh) HOSTCUDA_UNARY(cosh) HOSTCUDA_UNARY(tanh) HOSTCUDA_UNARY(erf) HOSTCUDA_UNARY(erfc)
HOSTCUDA_UNARY(fabs) HOSTCUDA_UNARY(floor) HOSTCUDA_UNARY(ceil) HOSTCUDA_UNARY(round) HOSTCUDA_UNARY(rint)
HOSTCUDA_UNARY(trunc)
HOSTCUDA_BINARY(pow) HOSTCUDA_BINARY(atan2) HOSTCUDA_BINARY(fmod) HOSTCUDA_BINARY(fmax) HOSTCUDA_BINARY(fmin)
HOSTCUDA_BINARY(copysign) HOSTCUDA_BINARY(hypot)

extern "C" double fma(double, double, double);
extern "C" float fmaf(float, float, float);
inline float fma(float a, float b, float c) { return fmaf(a, b, c); }

extern "C" int abs(int);
inline long long abs(long long x) { return x < 0 ? -x : x; }
inline float abs(float x) { return fabsf(x); }
inline double abs(double x) { return fabs(x); }

template <class T, class U> inline auto max(T a, U b) -> decltype(true ? a : b) { return a < b ? b : a; }
template <class T, class U> inline auto min(T a, U b) -> decltype(true ? a : b) { return b < a ? b : a; }
inline float max(float a, float b) { return fmaxf(a, b); }  // CUDA's rule: a NaN loses against a number
inline float min(float a, float b) { return fminf(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
inline double min(double a, double b) { return fmin(a, b); }

template <class T> inline bool isnan(T x) { return __builtin_isnan(x); }
template <class T> inline bool isinf(T x) { return __builtin_isinf(x); }
template <class T> inline bool isfinite(T x) { return __builtin_isfinite(x); }

// ---- intrinsics; the fast ones are exact here, and up to a few units in the last place off on a GPU ---------------

inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline float rsqrt(float x) { return 1.0f / sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __sinf(float x) { return sinf(x); }
inline float __cosf(float x) { return cosf(x); }
inline float __powf(float x, float y) { return powf(x, y); }
inline float __fdividef(float x, float y) { return x / y; }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __dadd_rn(double x, double y) { return x + y; }
inline double __dmul_rn(double x, double y) { return x * y; }
inline float __saturatef(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline float __int_as_float(int x) { float y; __builtin_memcpy(&y, &x, 4); return y; }
inline int __float_as_int(float x) { int y; __builtin_memcpy(&y, &x, 4); return y; }
inline float __uint_as_float(unsigned x) { return __int_as_float((int)x); }
inline unsigned __float_as_uint(float x) { return (unsigned)__float_as_int(x); }
