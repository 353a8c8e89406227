// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "engine/simulation/simulation_impl.hpp"
#include "izhi/error.hpp"

namespace izhi {

using namespace detail;

Snapshot::Snapshot() : impl_(std::make_unique<Impl>()) {}
Snapshot::~Snapshot() = default;
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;

std::uint64_t Snapshot::step() const noexcept { return impl_->head.info.step; }

std::vector<std::byte> Snapshot::checkpoint(std::string note) const {
    Impl& taken = *impl_;
    if (taken.of == nullptr) throw Error("snapshot", "", "was not taken", "Simulation::snapshot() first");
    // The simulation may be running: only its wiring is read here.
    CheckpointHead head = taken.head;
    head.info.note = std::move(note);
    std::vector<std::byte> memory;
    memory.reserve(taken.brief.size() + taken.of->synapses.plastic_synapses() * 8);  // about the size that it will have
    Archive a(std::move(memory));
    head.transfer(a, taken.of->plan);
    a.append(taken.brief);
    if (!taken.whole) taken.of->synapses.write_learnt(a, head.info.step, taken.learnt);
    return a.seal();
}

void Snapshot::save(const std::filesystem::path& file, std::string note) const {
    write_checkpoint_file(file, checkpoint(std::move(note)));
}

}  // namespace izhi
