// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "ranks.hpp"

#include <csignal>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "izhi/error.hpp"
#include "izhi/executor.hpp"

namespace izhi::apps {
namespace {

using Json = nlohmann::ordered_json;

std::shared_ptr<Exchange>& connection() {
    static std::shared_ptr<Exchange> exchange;
    return exchange;
}

/// What rank 0 asks for; the same text on all ranks.
std::string message_of_first(std::string text) {
    Exchange& exchange = *connection();
    std::uint64_t size = text.size();
    exchange.broadcast(std::as_writable_bytes(std::span(&size, 1)));
    text.resize(size);
    exchange.broadcast(std::as_writable_bytes(std::span(text)));
    return text;
}

Json json_of(const io::NetworkFileOptions& file) {
    Json settings = Json::array();
    for (const io::Setting& setting : file.settings) settings.push_back({setting.key, setting.value});
    return {{"seed", file.seed ? Json(*file.seed) : Json(nullptr)},
            {"storage", file.storage ? Json(std::string(to_string(*file.storage))) : Json(nullptr)},
            {"settings", settings}};
}

io::NetworkFileOptions file_options_from(const Json& json) {
    io::NetworkFileOptions file;
    if (!json["seed"].is_null()) file.seed = json["seed"].get<std::uint64_t>();
    if (!json["storage"].is_null())
        file.storage = json["storage"] == to_string(Storage::procedural) ? Storage::procedural : Storage::stored;
    for (const Json& setting : json["settings"])
        file.settings.push_back({setting[0].get<std::string>(), setting[1].get<double>()});
    return file;
}

void follow_network(const Json& work) {
    Exchange& exchange = *connection();
    SimulationOptions options{.threads = work["threads"].get<int>(),
                              .isa = static_cast<Isa>(work["isa"].get<int>()),
                              .delivery = static_cast<Delivery>(work["delivery"].get<int>()),
                              .delivery_window = work["window"].get<std::uint32_t>(),
                              .exchange = connection(),
                              .memory_limit_bytes = work["memory"].get<std::uint64_t>(),
                              .snapshots = work["snapshots"].get<bool>(),
                              .profile = work["profile"].get<bool>()};
    std::optional<Network> network;
    std::string fault;
    try {
        network = io::parse_network(work["text"].get<std::string>(), work["origin"].get<std::string>(),
                                    file_options_from(work["file"]));
    } catch (const std::exception& error) { fault = error.what(); }
    if (!network) return refuse_simulation(exchange, fault);
    try {
        Simulation simulation(std::move(*network), options);
        simulation.follow();
    } catch (const Error&) {  // rank 0 has it, too, and reports it
    }
}

}  // namespace

void use_ranks(std::shared_ptr<Exchange> exchange) { connection() = std::move(exchange); }
const std::shared_ptr<Exchange>& program_ranks() noexcept { return connection(); }
int rank_count() noexcept { return connection() ? connection()->ranks() : 1; }
int own_processors() noexcept { return connection() ? connection()->processors() : available_processors(); }

void ask_ranks(const Json& work) { (void)message_of_first(work.dump(-1, ' ', false, Json::error_handler_t::replace)); }

void end_ranks() {
    if (connection()) ask_ranks({{"work", "end"}});
}

void share_network(const NetworkSource& source, const io::NetworkFileOptions& file, SimulationOptions& options) {
    options.exchange = connection();
    if (!options.exchange) return;
    ask_ranks({{"work", "network"},
               {"text", source.text},
               {"origin", source.origin},
               {"file", json_of(file)},
               {"threads", options.threads},
               {"isa", static_cast<int>(options.isa)},
               {"delivery", static_cast<int>(options.delivery)},
               {"window", options.delivery_window},
               {"memory", options.memory_limit_bytes},
               {"snapshots", options.snapshots},
               {"profile", options.profile}});
}

int follow_rank_0() {
    // Rank 0 decides what a signal does, and saves what is to be saved, before the others may go.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGPIPE}) std::signal(signal, SIG_IGN);
    try {
        for (;;) {
            const Json work = Json::parse(message_of_first({}));
            const std::string what = work["work"].get<std::string>();
            if (what == "end") return 0;
            what == "sweep" ? follow_sweep(work) : follow_network(work);
        }
    } catch (const std::exception& error) { connection()->abort(error.what()); }
    return 1;
}

}  // namespace izhi::apps
