// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

int main(int argument_count, char** arguments) { return izhi::apps::run_command_line(argument_count, arguments); }
