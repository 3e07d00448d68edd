#include "cli/with_torch/opened_run.h"

#include "base/text.h"

namespace espalier::cli {

OpenedRun open_run(const std::string& run, const schema::Registry& registry, const std::string& data_root) {
  const pipeline::RunFolder folder{run};
  if (!std::filesystem::exists(folder.recipe())) mistake(run, "is no run folder (it has no recipe.yaml)");
  std::vector<Problem> problems;
  std::vector<std::string> overrides;
  if (!data_root.empty()) overrides.push_back(concat("data.root=", data_root));
  auto recipe = pipeline::read_recipe(folder.recipe(), overrides, problems);
  OpenedRun opened{folder, pipeline::make_plan(std::move(recipe), registry, problems)};
  refuse(problems);
  return opened;
}

}  // namespace espalier::cli
