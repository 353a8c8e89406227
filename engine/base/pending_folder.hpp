// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace izhi::detail {

/// A folder that is filled elsewhere until it is complete, so that a failure leaves nothing of it behind: in NAME.PROCESS-COUNT.part
/// beside it, or, if the folder is there and empty, in a folder of this kind within it.
class PendingFolder {
public:
    /// @throws Error if the folder holds anything, or cannot be made
    explicit PendingFolder(std::filesystem::path final_path);
    /// Removes everything if it was not published.
    ~PendingFolder();
    PendingFolder(const PendingFolder&) = delete;
    PendingFolder& operator=(const PendingFolder&) = delete;

    /// Where the files go.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return part_; }

    /// Gives what was written its final place. To be called once all files are closed. @throws RunError
    void publish();

private:
    std::filesystem::path final_, part_;
    bool within_ = false, published_ = false;
};

}  // namespace izhi::detail
