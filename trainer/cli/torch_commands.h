// What of the program needs LibTorch. It comes from with_torch/ or, in a build without LibTorch, from without_torch/,
// whose commands say that they are not there.
#pragma once
#include <string>
#include <vector>

#include "cli/commands.h"
#include "graph/tensor.h"

namespace espalier::importing {
struct ImportedNetwork;
}
namespace espalier::reporting {
struct Verification;
}

namespace espalier::cli {

void add_train(CLI::App& app, Chosen& chosen);
void add_check(CLI::App& app, Chosen& chosen);
void add_evaluate(CLI::App& app, Chosen& chosen);
void add_export(CLI::App& app, Chosen& chosen);
void add_profile(CLI::App& app, Chosen& chosen);
void add_diagnose(CLI::App& app, Chosen& chosen);
void add_list(CLI::App& app, Chosen& chosen);

/// Of a whole run: with LibTorch its artifacts are also held to its student, and its summary and report are renewed.
std::vector<reporting::Verification> verify_run(const std::string& run);

/// A network file made elsewhere; without LibTorch TorchScript is refused.
importing::ImportedNetwork import_network(const std::string& path, const graph::Shape& input);

}  // namespace espalier::cli
