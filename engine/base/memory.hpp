// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include <sys/mman.h>

namespace izhi::detail {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Allocates bytes for vectors (64-byte aligned) or, if there are many, in huge pages: at a million neurons, random
/// access would wait for the page table.
[[nodiscard]] inline void* allocate_aligned(std::size_t bytes) {
    const bool huge = bytes >= kHugePage;
    const std::size_t alignment = huge ? kHugePage : 64;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (!memory) throw std::bad_alloc();
    if (huge) madvise(memory, rounded, MADV_HUGEPAGE);  // only a request: correct without it
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
    /// An array of which only the values [begin, end) are used. The others have no value, and large arrays take no
    /// memory for them.
    AlignedArray(std::size_t size, std::size_t begin, std::size_t end)
        : data_(static_cast<T*>(allocate_aligned(size * sizeof(T)))), size_(size) {
        std::memset(static_cast<void*>(data_.get() + begin), 0, (end - begin) * sizeof(T));
    }
    /// Copies the values of another. The memory is kept if the sizes are equal.
    void assign(const AlignedArray& other) {
        if (size_ != other.size_) *this = AlignedArray(other.size_);
        if (size_ > 0) std::memcpy(static_cast<void*>(data_.get()), other.data_.get(), size_ * sizeof(T));
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

/// A fixed number of plain values that are zero. They take memory, page by page, when they are first written: for
/// bounds that are rarely reached. If memory is locked, all of it is allocated from the start.
template <class T>
class LazyArray {
public:
    LazyArray() = default;
    explicit LazyArray(std::size_t size) : size_(size) {
        if (size == 0) return;
        void* const memory =
            mmap(nullptr, size * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        data_ = static_cast<T*>(memory);
    }
    LazyArray(LazyArray&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    LazyArray& operator=(LazyArray&&) = delete;
    ~LazyArray() {
        if (data_) munmap(data_, size_ * sizeof(T));
    }
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return data_[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_[i]; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace izhi::detail
