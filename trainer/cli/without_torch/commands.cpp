// Every command that needs LibTorch, refused in one line.
#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/text.h"
#include "cli/torch_commands.h"
#include "deployment/verification.h"
#include "importing/network.h"
#include "importing/network_file.h"
#include "reporting/summary.h"

namespace espalier::cli {
namespace {

constexpr const char* absent = "needs LibTorch, which this program was built without (ESPALIER_TORCH=OFF)";

/// Takes whatever follows, so that the answer is the reason and not an argument.
void add_absent(CLI::App& app, Chosen& chosen, const std::string& name) {
  auto* sub = app.add_subcommand(name, concat("(", absent, ")"));
  sub->prefix_command();
  sub->callback([name, &chosen] {
    chosen = [name]() -> int { mistake(name, concat(absent, "; run it where models are trained")); };
  });
}

}  // namespace

void add_train(CLI::App& app, Chosen& chosen) {
  const auto config = std::make_shared<std::string>();
  app.add_option("-c,--config", *config, concat("(training ", absent, ")"));
  app.callback([config, &chosen] {
    if (!config->empty()) chosen = []() -> int { mistake("--config", concat("training ", absent)); };
  });
  add_absent(app, chosen, "train");
}

void add_check(CLI::App& app, Chosen& chosen) { add_absent(app, chosen, "check"); }
void add_evaluate(CLI::App& app, Chosen& chosen) { add_absent(app, chosen, "evaluate"); }
void add_diagnose(CLI::App& app, Chosen& chosen) { add_absent(app, chosen, "diagnose"); }
void add_export(CLI::App& app, Chosen& chosen) { add_absent(app, chosen, "export"); }
void add_profile(CLI::App& app, Chosen& chosen) { add_absent(app, chosen, "profile"); }
void add_list(CLI::App& app, Chosen& chosen) { add_absent(app, chosen, "list"); }

std::vector<reporting::Verification> verify_run(const std::string& run) { return deployment::verify_exports(run); }

importing::ImportedNetwork import_network(const std::string& path, const graph::Shape& input) {
  return importing::import_network(path, input, graph::standard_operators());
}

}  // namespace espalier::cli
