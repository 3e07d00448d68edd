#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/text.h"
#include "cli/torch_commands.h"
#include "graph/operator.h"
#include "pipeline/components.h"
#include "pipeline/recipe.h"
#include "targets/device.h"

namespace espalier::cli {
namespace {

void print(const std::string& kind, const std::string& key, const schema::Fields& fields) {
  std::printf("%s %s: %s%s\n%s\n", kind.c_str(), key.c_str(), fields.summary.c_str(),
              fields.paper.empty() ? "" : concat(" (", fields.paper, ")").c_str(), fields.help().c_str());
}

int list(const std::string& kind) {
  const auto registry = pipeline::all_components();
  const auto operators = graph::standard_operators();
  auto kinds = registry.kinds();
  kinds.insert(kinds.begin(), {"recipe", "layer", "target"});
  if (kind.empty()) {
    for (const auto& name : kinds) {
      const auto keys = name == "recipe"   ? std::vector<std::string>{"recipe", "training", "teacher", "budget"}
                        : name == "layer"  ? operators.keys()
                        : name == "target" ? targets::shipped_names()
                                           : registry.keys(name);
      std::printf("%-18s %s\n", name.c_str(), join(keys, ", ").c_str());
    }
    std::printf("\ntrainer list KIND shows the options, defaults and ranges of each.\n");
    return 0;
  }
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    mistake("list", concat("there is no kind '", kind, "'; there are ", join(kinds, ", "), did_you_mean(kind, kinds)));
  if (kind == "recipe") {
    print("recipe", "(top level)", schema::fields_of<pipeline::RecipeOptions>());
    print("recipe", "training", schema::fields_of<training::TrainingOptions>());
    print("recipe", "early_stop", schema::fields_of<training::EarlyStop>());
    print("recipe", "teacher", schema::fields_of<pipeline::TeacherOptions>());
    print("recipe", "budget", schema::fields_of<pipeline::BudgetOptions>());
  }
  if (kind == "target") print("target", join(targets::shipped_names(), ", "), targets::device_fields());
  if (kind == "layer")
    for (const auto& key : operators.keys())
      if (key != "input") print("layer", key, operators.find(key)->fields);
  for (const auto& entry : registry.entries())
    if (entry.kind == kind) print(entry.kind, entry.key, entry.fields);
  return 0;
}

}  // namespace

void add_list(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("list", "every component: recipe key, options, defaults, ranges, paper");
  const auto kind = std::make_shared<std::string>();
  sub->add_option("kind", *kind, "modifier, criterion, dataset, optimizer, layer, recipe, …");
  sub->callback([kind, &chosen] { chosen = [kind] { return list(*kind); }; });
}

}  // namespace espalier::cli
