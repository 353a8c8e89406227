// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "izhi.h"
#include "izhi/error.hpp"

/// What every function of izhi.h does: handles become objects, exceptions become a status and a text.
namespace izhi::c {

/// The handles of one type. Numbers come from one counter for all types, so a handle of another type is never found.
template <class T>
class Handles {
public:
    std::uint64_t add(std::shared_ptr<T> object) {
        const std::lock_guard lock(mutex_);
        const std::uint64_t handle = next_handle();
        objects_.emplace(handle, std::move(object));
        return handle;
    }
    /// Null if there is no such handle.
    [[nodiscard]] std::shared_ptr<T> find(std::uint64_t handle) const {
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(handle);
        return found == objects_.end() ? nullptr : found->second;
    }
    bool remove(std::uint64_t handle) {
        std::shared_ptr<T> object;  // is destroyed without the lock
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(handle);
        if (found == objects_.end()) return false;
        object = std::move(found->second);
        objects_.erase(found);
        return true;
    }

private:
    static std::uint64_t next_handle() noexcept;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::shared_ptr<T>> objects_;
};

/// The text of izhi_last_error().
void set_error(std::string text) noexcept;
/// Keeps a text until the next call of this thread that keeps one.
const char* keep(std::string text);

/// A handle that is wrong or was freed.
struct NoSuchHandle {
    const char* what;
    std::uint64_t handle;
};
/// Another call uses a simulation.
struct Busy {};

/// What is behind a handle. @throws NoSuchHandle
template <class T>
std::shared_ptr<T> found(const Handles<T>& handles, const char* what, std::uint64_t handle) {
    std::shared_ptr<T> object = handles.find(handle);
    if (!object) throw NoSuchHandle{what, handle};
    return object;
}

/// Calls `act`, which returns a status.
template <class Act>
izhi_status guarded(const Act& act) noexcept {
    try {
        set_error({});
        return act();
    } catch (const NoSuchHandle& wrong) {
        set_error(std::string("there is no ") + wrong.what + " " + std::to_string(wrong.handle) + ", or it was freed");
        return IZHI_INVALID_HANDLE;
    } catch (const Busy&) {
        set_error("another call uses the simulation");
        return IZHI_BUSY;
    } catch (const std::bad_alloc&) {
        set_error("there is not enough memory");
        return IZHI_NO_MEMORY;
    } catch (const std::length_error&) {
        set_error("there is not enough memory");
        return IZHI_NO_MEMORY;
    } catch (const Error& error) {
        set_error(error.what());
        return IZHI_INVALID;
    } catch (const std::exception& error) {
        set_error(error.what());
        return IZHI_FAILED;
    } catch (...) {
        set_error("an unknown failure");
        return IZHI_FAILED;
    }
}

/// @throws Error unless the pointer of an argument is given
template <class T>
T* required(T* pointer, const char* argument) {
    if (pointer == nullptr) throw Error(std::string(argument) + " is null");
    return pointer;
}
/// The same for arrays, which may be null if they have no values.
template <class T>
T* required(T* pointer, std::size_t count, const char* argument) {
    return count == 0 ? pointer : required(pointer, argument);
}
/// A copy of an array of the caller.
template <class T>
std::vector<T> copied(const T* values, std::size_t count, const char* argument) {
    (void)required(values, count, argument);
    return {values, values + count};
}

}  // namespace izhi::c
