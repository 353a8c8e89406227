// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include <sys/mman.h>

namespace izhi::detail {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Bytes for vectors (64-byte aligned) or, where there are many, for huge pages: at a million neurons the page table is
/// what random access waits for.
[[nodiscard]] inline void* allocate_aligned(std::size_t bytes) {
    const bool huge = bytes >= kHugePage;
    const std::size_t alignment = huge ? kHugePage : 64;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (!memory) throw std::bad_alloc();
    if (huge) madvise(memory, rounded, MADV_HUGEPAGE);  // a wish: correct without
    return memory;
}

struct FreeDeleter {
    void operator()(void* memory) const noexcept { std::free(memory); }
};

/// A fixed number of plain values, aligned for every ISA and zeroed.
template <class T>
class AlignedArray {
public:
    AlignedArray() = default;
    explicit AlignedArray(std::size_t size) : data_(static_cast<T*>(allocate_aligned(size * sizeof(T)))), size_(size) {
        std::memset(static_cast<void*>(data_.get()), 0, size * sizeof(T));
    }
    [[nodiscard]] T* data() noexcept { return data_.get(); }
    [[nodiscard]] const T* data() const noexcept { return data_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    T& operator[](std::size_t i) noexcept { return data_[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_[i]; }

private:
    std::unique_ptr<T[], FreeDeleter> data_;
    std::size_t size_ = 0;
};

}  // namespace izhi::detail
