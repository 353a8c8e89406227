// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "trace_file.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

/// A text as a JSON string, in quotes and escaped.
std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void write_trace(std::ostream& into, const Profile& profile, std::string_view network) {
    into << "[\n{\"name\": \"process_name\", \"ph\": \"M\", \"pid\": 1, \"tid\": 0, \"args\": {\"name\": "
         << json_string("izhi " + std::string(network)) << "}}";
    for (std::size_t worker = 0; worker < profile.workers.size(); ++worker)
        into << ",\n{\"name\": \"thread_name\", \"ph\": \"M\", \"pid\": 1, \"tid\": " << worker
             << ", \"args\": {\"name\": \"worker " << worker + 1 << "\"}}";
    for (const Profile::Event& event : profile.events)
        into << ",\n{\"name\": \"" << to_string(event.activity)
             << "\", \"ph\": \"X\", \"pid\": 1, \"tid\": " << event.worker << ", \"ts\": " << fixed(event.begin_us, 3)
             << ", \"dur\": " << fixed(event.end_us - event.begin_us, 3) << ", \"args\": {\"step\": " << event.step
             << "}}";
    into << "\n]\n";
}

void write_trace_file(const std::filesystem::path& file, const Profile& profile, std::string_view network) {
    write_file(file, [&](std::ostream& into) { write_trace(into, profile, network); });
}

}  // namespace izhi::apps
