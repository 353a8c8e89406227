// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace izhi::detail {

/// A file that has the name NAME.PROCESS-COUNT.part until it is complete, so that NAME is never an incomplete file, and
/// two runs into the same folder never write into the same file. A symbolic link stays: the file that it leads to is
/// replaced.
class PendingFile {
public:
    /// Makes the file, empty, with a new name. @throws Error if it cannot be made, or if NAME is a folder, a device, a
    /// FIFO or a socket
    explicit PendingFile(std::filesystem::path final_path);
    /// Removes the file if it was not published.
    ~PendingFile();
    PendingFile(const PendingFile&) = delete;
    PendingFile& operator=(const PendingFile&) = delete;

    [[nodiscard]] const std::filesystem::path& final_path() const noexcept { return final_; }
    [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return part_; }

    /// Gives the file its final name. To be called once it is written and closed. @throws RunError
    void publish();

private:
    std::filesystem::path final_, place_, part_;  ///< place_: final_ behind all links
    bool published_ = false;
};

}  // namespace izhi::detail
