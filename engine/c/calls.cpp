// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "calls.hpp"

#include <atomic>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "izhi/executor.hpp"
#include "izhi/simulation.hpp"
#include "izhi/version.hpp"
#include "objects.hpp"

namespace izhi::c {
namespace {

std::atomic<std::uint64_t> last_handle{0};

struct Texts {
    std::string error, kept;
};
Texts& texts() noexcept {
    static thread_local Texts of_this_thread;
    return of_this_thread;
}

}  // namespace

template <class T>
std::uint64_t Handles<T>::next_handle() noexcept {
    return ++last_handle;
}
template class Handles<Draft>;
template class Handles<BuiltNetwork>;
template class Handles<Running>;
template class Handles<Table>;

void set_error(std::string text) noexcept { texts().error = std::move(text); }

const char* keep(std::string text) {
    texts().kept = std::move(text);
    return texts().kept.c_str();
}

}  // namespace izhi::c

using namespace izhi::c;

const char* izhi_version(void) {
    static const std::string version(izhi::kVersion);
    return version.c_str();
}

uint32_t izhi_abi(void) { return IZHI_ABI; }

const char* izhi_last_error(void) { return texts().error.c_str(); }

const char* izhi_machine(void) {
    const char* json = "{}";
    (void)guarded([&] {
        nlohmann::ordered_json about;
        about["isas"] = nlohmann::ordered_json::array();
        for (const izhi::Isa isa : izhi::available_isas()) about["isas"].push_back(std::string(to_string(isa)));
        about["processors"] = izhi::available_processors();
        json = keep(about.dump());
        return IZHI_OK;
    });
    return json;
}
