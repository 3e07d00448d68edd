#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "cli/torch_commands.h"
#include "pipeline/components.h"
#include "pipeline/plan.h"

namespace espalier::cli {

void add_check(CLI::App& app, Chosen& chosen) {
  auto* sub =
      app.add_subcommand("check", "validate a recipe against its data and exports, print the plan, train nothing");
  const auto config = std::make_shared<std::string>();
  const auto overrides = std::make_shared<std::vector<std::string>>();
  sub->add_option("-c,--config", *config, "the recipe (YAML)")->required();
  sub->add_option("-s,--set", *overrides, "override a key; repeatable");
  const auto resolved = std::make_shared<bool>(false);
  sub->add_flag("--resolved", *resolved, "print the recipe with every default, as the run's recipe.yaml will have it");
  sub->callback([=, &chosen] {
    chosen = [=] {
      const auto registry = pipeline::all_components();
      std::vector<Problem> problems;
      auto recipe = pipeline::read_recipe(*config, *overrides, problems);
      const auto plan = pipeline::make_plan(std::move(recipe), registry, problems);
      refuse(problems);
      std::fputs((*resolved ? plan.resolved.yaml() : pipeline::describe(plan)).c_str(), stdout);
      std::fflush(stdout);
      pipeline::require_fit(plan);
      return 0;
    };
  });
}

}  // namespace espalier::cli
