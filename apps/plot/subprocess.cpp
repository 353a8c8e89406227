// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "subprocess.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace izhi::apps {
namespace {

constexpr std::size_t kMostOutput = 65536;

struct Actions {
    posix_spawn_file_actions_t value{};
    Actions() { posix_spawn_file_actions_init(&value); }
    ~Actions() { posix_spawn_file_actions_destroy(&value); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
};

std::string read_all(int file) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(file, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        // Reading continues beyond the limit; otherwise the program would block on a full pipe.
        if (text.size() < kMostOutput) text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

std::optional<Finished> run_program(const std::vector<std::string>& command, const std::filesystem::path& folder) {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);

    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::nullopt;
    pid_t child = 0;
    int fault = 0;
    {
        Actions actions;
        posix_spawn_file_actions_addchdir_np(&actions.value, folder.c_str());
        posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions.value, pipe[1], STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions.value, pipe[1], STDERR_FILENO);
        fault = posix_spawnp(&child, arguments[0], &actions.value, nullptr, arguments.data(), environ);
    }
    ::close(pipe[1]);
    if (fault != 0) {
        ::close(pipe[0]);
        return std::nullopt;
    }
    Finished finished;
    finished.output = read_all(pipe[0]);
    ::close(pipe[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return finished;
}

}  // namespace izhi::apps
