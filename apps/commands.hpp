// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoints.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/realtime.hpp"
#include "izhi/simulation.hpp"
#include "izhi/single_neuron.hpp"
#include "sweep_plan.hpp"
#include "weight_setting.hpp"

/// The commands of the program, each in a file of its own. They take options that have been read and checked, write
/// results on stdout, and return the exit code; what goes wrong is thrown.
namespace izhi::apps {

/// Exit codes, fixed: scripts rely on them.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;     ///< while running: a full disk, no gnuplot
inline constexpr int kUserInput = 2;  ///< options, network files, paths
// kInterrupted, 130, is in signals.hpp.

struct RunOptions {
    std::string network;  ///< a built-in name or a file
    double duration_ms = 1000.0;
    std::string duration_text = "1s";   ///< as given, for errors
    std::optional<std::uint64_t> seed;  ///< the network's own unless given
    std::vector<io::Setting> settings;  ///< numbers over those of the network
    int threads = 0;                    ///< 0: the engine's choice
    Isa isa = Isa::automatic;
    Delivery delivery = Delivery::automatic;
    std::optional<Storage> storage;        ///< the network's own unless given
    std::uint64_t memory_limit_bytes = 0;  ///< 0: what the machine has available
    std::optional<std::filesystem::path> out;
    io::Format format = io::Format::sonata;
    std::optional<std::filesystem::path> plot;
    std::optional<std::filesystem::path> weights_out;  ///< a folder: the synapses of plastic projections at the end
    bool profile = false;
    std::optional<std::filesystem::path> trace;
    /// Steps [first, first + steps) are traced; 200 in the middle of the run unless given.
    struct TraceWindow {
        std::uint64_t first = 0, steps = 0;
    };
    std::optional<TraceWindow> trace_window;
    std::string trace_window_text;  ///< as given, for errors
    /// Paced by the clock; as fast as it can unless given.
    struct Realtime {
        RealtimeOptions options;
        std::optional<std::filesystem::path> plot;  ///< of step times and lateness
    };
    std::optional<Realtime> realtime;
    std::optional<std::filesystem::path> replay;  ///< a log of interventions
    bool duration_given = false;                  ///< else a replay lasts as long as what it repeats
    std::optional<CheckpointOptions> checkpoints;
    std::vector<WeightSetting> weights;  ///< set before the first step
    std::optional<Resumption> resumed;   ///< goes on from there: `network` and `seed` are its
    bool json = false;
    bool quiet = false;
};

struct ResumeOptions {
    std::filesystem::path file;  ///< or the folder, of whose checkpoints the newest is taken
    /// What was given here. Settings are from here on: what follows is another run then, and writes what is asked for only;
    /// without, it writes what the run was to write.
    RunOptions given;
    bool format_given = false;
};

struct RealtimeCheckOptions {
    std::string network;
    double speed = 1.0;
    int threads = 0;  ///< 0: what a paced run has use for
    bool json = false;
    bool quiet = false;
};

struct CheckOptions {
    std::string network;  ///< a file or a built-in name
    std::optional<Storage> storage{};
    bool strict = false;  ///< notes are faults
    bool json = false;
};

struct ShowOptions {
    std::string network;                ///< a built-in name or a file
    std::optional<std::uint64_t> seed;  ///< the network's own unless given
    std::optional<Storage> storage;     ///< the network's own unless given
    std::vector<io::Setting> settings;
};

struct BenchOptions {
    std::vector<std::string> networks;  ///< built-in names and files; the usual four if empty
    std::vector<int> threads;           ///< one and all if empty
    std::vector<Isa> isas;              ///< the widest if empty
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;  ///< what takes about a second unless given
    std::string duration_text;          ///< as given, for errors
    std::optional<std::string> json;    ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> compare;
    bool quiet = false;
};

/// izhi bench --scaling
struct ScalingOptions {
    std::vector<std::string>
        networks;              ///< built-in names and files; cortex-10k if empty, or all built-in ones to predict
    std::vector<int> threads;  ///< ascending, 1 first; unless given those up to what this process may have
    Isa isa = Isa::automatic;
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;  ///< what takes about a second unless given
    std::string duration_text;          ///< as given, for errors
    bool predict = false;               ///< for more cores than there are; runs are on one thread only
    std::optional<std::string> json;    ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> plot;
    bool quiet = false;
};

/// izhi bench --growth
struct GrowthOptions {
    Isa isa = Isa::automatic;
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;     ///< of each size; some hundred steps or more unless given
    std::string duration_text;             ///< as given, for errors
    std::uint64_t memory_limit_bytes = 0;  ///< larger sizes are left out; 0: what the machine has available
    std::optional<std::string> json;       ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> plot;
    bool quiet = false;
};

struct SweepOptions {
    std::string network;                ///< a built-in name or a file
    std::vector<SweepAxis> axes;        ///< at least one
    std::uint64_t repeats = 1;          ///< seeds at each point
    std::optional<std::uint64_t> seed;  ///< the first; the network's own unless given
    double duration_ms = 5000.0;
    std::string duration_text = "5s";  ///< as given, for errors
    std::optional<double> from_ms;     ///< measures leave out what comes before; a tenth of the duration unless given
    int threads = 0;                   ///< points at once; 0: as many as there are processors
    Isa isa = Isa::automatic;
    std::uint64_t memory_limit_bytes = 0;  ///< of all points at once; 0: what the machine has available
    std::optional<std::filesystem::path> out;
    std::optional<std::filesystem::path> plot;
    bool json = false;
    bool quiet = false;
};

struct AnalyzeOptions {
    std::vector<std::filesystem::path> files;  ///< of one run, one per thread or rank; at least one
    std::optional<std::string> network;        ///< has the sizes that the files leave open
    std::vector<std::string> populations;      ///< NAME=SIZE or NAME=FIRST-LAST
    io::SpikeFileOptions reading;              ///< of text
    double from_ms = 0.0;
    std::optional<double> until_ms;  ///< the end of the recording unless given
    double dt_ms = 1.0;              ///< the step of whoever simulated it
    std::optional<std::filesystem::path> plot;
    bool json = false;
};

struct NeuronOptions {
    /// How one run is computed; what is not given is the neuron's own.
    struct Scheme {
        std::optional<Numerics> numerics{};
        std::optional<double> dt_ms{};
        std::optional<Precision> precision{};
    };
    std::string name;  ///< a cell type or a pattern; the regular spiking neuron of 2003 if empty
    std::optional<ModelForm> form{};
    std::optional<double> a{}, b{}, c{}, d{}, v0{}, u0{}, capacitance{}, k{}, vr{}, vt{}, vpeak{};
    std::vector<Current> currents{};  ///< summed; the pattern's own, or a direct current, if there is none
    Scheme scheme{};
    std::vector<Scheme> compare{};
    std::optional<double> duration_ms{};
    std::string duration_text{};  ///< as given, for errors
    std::optional<std::filesystem::path> csv{}, plot{};
    bool json = false;
};

struct FiguresOptions {
    std::filesystem::path out = "figures";
    bool json = false;
};

/// A network in real time, for who watches it on a page, for programs in its loop, or for both.
struct ServeOptions {
    struct Page {
        std::string host = "127.0.0.1";
        std::uint16_t port = 8765;         ///< 0: any that is free
        std::optional<std::string> token;  ///< "new": made; unless given: made, on loopback addresses only
    };
    struct Io {
        std::vector<std::string> endpoints;  ///< PORT, ADDRESS:PORT or unix:PATH, as given; at least one
        std::string token;                   ///< of UDP clients; may be empty on loopback addresses
        bool lockstep = false;               ///< each step waits for the clients
        std::optional<double> timeout_ms;    ///< of that; a second unless given
    };
    std::string network;                ///< a built-in name or a file
    double speed = 1.0;                 ///< biological over wall time
    std::optional<double> duration_ms;  ///< of each run; until it is stopped unless given
    std::optional<std::uint64_t> seed;  ///< the network's own unless given
    int threads = 0;                    ///< 0: the engine's choice
    Isa isa = Isa::automatic;
    std::optional<Storage> storage;            ///< the network's own unless given
    std::optional<std::filesystem::path> log;  ///< of interventions, for izhi run --replay
    std::optional<CheckpointOptions> checkpoints;
    std::optional<Page> page;
    std::optional<Io> io;  ///< this or the page
    bool json = false;     ///< without the page
};

[[nodiscard]] int serve_page(const ServeOptions& options);  ///< which has one; for programs too if it says so
[[nodiscard]] int run_network(const RunOptions& options);
[[nodiscard]] int resume_network(const ResumeOptions& options);
[[nodiscard]] int check_realtime(const RealtimeCheckOptions& options);
[[nodiscard]] int check_network_file(const CheckOptions& options);
[[nodiscard]] int show_network(const ShowOptions& options);
[[nodiscard]] int bench_networks(const BenchOptions& options);
/// 1 to `most`; of many, those that show how speed grows.
[[nodiscard]] std::vector<int> threads_up_to(int most);
[[nodiscard]] int bench_scaling(const ScalingOptions& options);
[[nodiscard]] int bench_growth(const GrowthOptions& options);
[[nodiscard]] int sweep_network(const SweepOptions& options);
[[nodiscard]] int analyze_files(const AnalyzeOptions& options);
[[nodiscard]] int run_single_neuron(const NeuronOptions& options);
[[nodiscard]] int draw_figures(const FiguresOptions& options);
[[nodiscard]] int serve_io(const ServeOptions& options);  ///< without a page
[[nodiscard]] int list_networks(bool json);
[[nodiscard]] int show_info(bool json);

}  // namespace izhi::apps
