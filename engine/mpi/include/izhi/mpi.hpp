// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "izhi/exchange.hpp"
#include "izhi/export.hpp"

/// Ranks over MPI: processes on one machine or on many. The target is izhi::mpi, which is built with -DIZHI_MPI=ON.
///
///     std::shared_ptr<izhi::Exchange> exchange = izhi::mpi_exchange();
///     izhi::Simulation simulation{network, {.exchange = exchange}};
///     if (exchange && exchange->rank() > 0) simulation.follow();
///     else simulation.run_ms(1000.0);
namespace izhi {

/// Connects the processes that an MPI launcher started (mpirun, srun): initialises MPI unless the program has done so, and
/// finalises it at the end of the program. MPI must grant MPI_THREAD_SERIALIZED.
/// @return null if no launcher started this process, or only this one: then there is one rank
/// @throws Error if MPI cannot be used
[[nodiscard]] IZHI_API std::shared_ptr<Exchange> mpi_exchange();

}  // namespace izhi
