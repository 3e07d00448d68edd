// The subcommands, one file each: arguments in, exit code out; no logic of their own.
#pragma once
#include <functional>

namespace CLI {
class App;
}

namespace espalier::cli {

/// Set by the subcommand that was chosen; called after the arguments are parsed. Returns the exit code.
using Chosen = std::function<int()>;

void add_verify(CLI::App& app, Chosen& chosen);
void add_predict(CLI::App& app, Chosen& chosen);
void add_report(CLI::App& app, Chosen& chosen);
void add_inspect(CLI::App& app, Chosen& chosen);

}  // namespace espalier::cli
