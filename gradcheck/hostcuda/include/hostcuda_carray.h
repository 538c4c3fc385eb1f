// CuPy's CArray, CIndexer and CUPY_FOR: the same names, memory layout and indexing as cupy/carray.cuh, with checks.
//
// CuPy generates an elementwise kernel around these types; an index that leaves its array is found here, where its axis
// and extent are known. What the reference is used for after that, the runtime sees like any other access.
#pragma once

#define CUPY_FOR(i, n) \
  for (ptrdiff_t i = (ptrdiff_t)blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += (ptrdiff_t)blockDim.x * gridDim.x)

namespace std {                                             // the compiler builds these from {1, 2, 3}
template <class T> class initializer_list {
  const T* first_;
  size_t size_;

 public:
  const T* begin() const { return first_; }
  size_t size() const { return size_; }
};
}  // namespace std

template <typename T, int nd, bool contiguous = false, bool index_32_bits = false>
class CArray {
  T* data_;
  ptrdiff_t size_, shape_[nd], strides_[nd];                // strides in bytes

  template <class I> HOSTCUDA_UNCHECKED T& at(const I* index, void* caller) const {
    ptrdiff_t offset = 0;
    for (int axis = 0; axis < nd; ++axis) {
      if ((ptrdiff_t)index[axis] < 0 || (ptrdiff_t)index[axis] >= shape_[axis])
        hostcuda_index_fault((void*)data_, index[axis], shape_[axis], axis, caller);
      offset += strides_[axis] * (ptrdiff_t)index[axis];
    }
    return *(T*)((char*)data_ + offset);
  }
  HOSTCUDA_UNCHECKED T& flat(ptrdiff_t i, void* caller) const {
    if (i < 0 || i >= size_) hostcuda_index_fault((void*)data_, i, size_, -1, caller);
    if (contiguous) return data_[i];
    ptrdiff_t offset = 0;
    for (int axis = nd - 1; axis > 0; --axis) {
      offset += strides_[axis] * (i % shape_[axis]);
      i /= shape_[axis];
    }
    return *(T*)((char*)data_ + offset + strides_[0] * i);
  }

#define HOSTCUDA_CALLER __builtin_return_address(0)
#define HOSTCUDA_INDEX template <class I> HOSTCUDA_UNCHECKED

 public:
  static const int ndim = nd;
  static const bool c_contiguous = contiguous;
  HOSTCUDA_UNCHECKED ptrdiff_t size() const { return size_; }
  HOSTCUDA_UNCHECKED const ptrdiff_t* shape() const { return shape_; }
  HOSTCUDA_UNCHECKED const ptrdiff_t* strides() const { return strides_; }
  HOSTCUDA_UNCHECKED T& operator[](ptrdiff_t i) { return flat(i, HOSTCUDA_CALLER); }
  HOSTCUDA_UNCHECKED const T& operator[](ptrdiff_t i) const { return flat(i, HOSTCUDA_CALLER); }
  HOSTCUDA_INDEX T& operator[](const I (&k)[nd]) { return at(k, HOSTCUDA_CALLER); }
  HOSTCUDA_INDEX const T& operator[](const I (&k)[nd]) const { return at(k, HOSTCUDA_CALLER); }
  HOSTCUDA_INDEX T& operator[](std::initializer_list<I> k) { return at(k.begin(), HOSTCUDA_CALLER); }
  HOSTCUDA_INDEX const T& operator[](std::initializer_list<I> k) const { return at(k.begin(), HOSTCUDA_CALLER); }
};

template <typename T, bool contiguous, bool index_32_bits>
class CArray<T, 0, contiguous, index_32_bits> {
  T* data_;
  ptrdiff_t size_;

 public:
  static const int ndim = 0;
  HOSTCUDA_UNCHECKED ptrdiff_t size() const { return size_; }
  template <class I> HOSTCUDA_UNCHECKED T& operator[](const I&) { return *data_; }
  template <class I> HOSTCUDA_UNCHECKED const T& operator[](const I&) const { return *data_; }
};

template <int nd, bool index_32_bits = false>
class CIndexer {
  ptrdiff_t size_, shape_[nd], index_[nd];
  typedef ptrdiff_t index_t[nd];

 public:
  static const int ndim = nd;
  HOSTCUDA_UNCHECKED ptrdiff_t size() const { return size_; }
  HOSTCUDA_UNCHECKED const index_t& get() const { return index_; }
  HOSTCUDA_UNCHECKED void set(ptrdiff_t i) {
    for (int axis = nd - 1; axis > 0; --axis) {
      index_[axis] = i % shape_[axis];
      i /= shape_[axis];
    }
    index_[0] = i;
  }
};

template <bool index_32_bits>
class CIndexer<0, index_32_bits> {
  ptrdiff_t size_;

 public:
  static const int ndim = 0;
  HOSTCUDA_UNCHECKED ptrdiff_t size() const { return size_; }
  HOSTCUDA_UNCHECKED const ptrdiff_t* get() const { return nullptr; }
  void set(ptrdiff_t) {}
};
