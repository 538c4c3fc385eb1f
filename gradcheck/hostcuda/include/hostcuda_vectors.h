// CUDA's short vectors, aligned as on a GPU. Their copies are written out, so that both compilers check the alignment
// of a pointer that was cast to a vector.
#pragma once

#define HOSTCUDA_VECTOR2(name, T, bytes) \
  struct alignas(bytes) name { \
    T x, y; \
    name() = default; \
    name(T x, T y) : x(x), y(y) {} \
    name(const name& v) : x(v.x), y(v.y) {} \
    name& operator=(const name& v) { x = v.x, y = v.y; return *this; } \
  }; \
  inline name make_##name(T x, T y) { return {x, y}; }
#define HOSTCUDA_VECTOR3(name, T, bytes) \
  struct alignas(bytes) name { \
    T x, y, z; \
    name() = default; \
    name(T x, T y, T z) : x(x), y(y), z(z) {} \
    name(const name& v) : x(v.x), y(v.y), z(v.z) {} \
    name& operator=(const name& v) { x = v.x, y = v.y, z = v.z; return *this; } \
  }; \
  inline name make_##name(T x, T y, T z) { return {x, y, z}; }
#define HOSTCUDA_VECTOR4(name, T, bytes) \
  struct alignas(bytes) name { \
    T x, y, z, w; \
    name() = default; \
    name(T x, T y, T z, T w) : x(x), y(y), z(z), w(w) {} \
    name(const name& v) : x(v.x), y(v.y), z(v.z), w(v.w) {} \
    name& operator=(const name& v) { x = v.x, y = v.y, z = v.z, w = v.w; return *this; } \
  }; \
  inline name make_##name(T x, T y, T z, T w) { return {x, y, z, w}; }
#define HOSTCUDA_VECTORS(name, T, bytes) \
  HOSTCUDA_VECTOR2(name##2, T, 2 * bytes) HOSTCUDA_VECTOR3(name##3, T, bytes) \
  HOSTCUDA_VECTOR4(name##4, T, (4 * bytes < 16 ? 4 * bytes : 16))

HOSTCUDA_VECTORS(float, float, 4)
HOSTCUDA_VECTORS(double, double, 8)
HOSTCUDA_VECTORS(int, int, 4)
HOSTCUDA_VECTORS(uint, unsigned, 4)
