#include "pipeline/recipe.h"

#include "base/text.h"
#include "schema/document.h"

namespace espalier::pipeline {
namespace {

Recipe parse_recipe(schema::Value value, std::string file, std::vector<Problem>& problems) {
  Recipe recipe;
  recipe.file = std::move(file);
  if (!value.is_map()) {
    problems.push_back(
        {recipe.file, "a recipe must be a map of keys (name, data, student, training, compression, export)"});
    return recipe;
  }
  recipe.options = schema::read_options<RecipeOptions>(value, "the recipe", problems);
  const auto& training = recipe.options.training.value;
  if (training.is_scalar() && training.text() == "none")
    recipe.training.epochs = 0;
  else
    recipe.training = schema::read_options<training::TrainingOptions>(training, "training", problems);
  recipe.budget = schema::read_options<BudgetOptions>(recipe.options.budget.value, "budget", problems);
  recipe.streaming = schema::read_options<StreamingOptions>(recipe.options.streaming.value, "streaming", problems);
  recipe.robustness = schema::read_options<RobustnessOptions>(recipe.options.robustness.value, "robustness", problems);
  const auto& name = recipe.options.name;
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    problems.push_back({value.find("name") ? value.find("name")->origin().text() : recipe.file,
                        "name must be a word that can name a folder"});
  recipe.value = std::move(value);
  return recipe;
}

}  // namespace

Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                   std::vector<Problem>& problems) {
  auto value = schema::load(file);
  for (const auto& override_ : overrides) schema::apply_override(value, override_, problems);
  return parse_recipe(std::move(value), file.string(), problems);
}

Recipe read_run(const std::filesystem::path& run) {
  const auto file = run / "recipe.yaml";
  if (!std::filesystem::exists(file)) mistake(run.string(), "is no run folder (it has no recipe.yaml)");
  std::vector<Problem> problems;
  auto recipe = read_recipe(file, {}, problems);
  refuse(problems);
  return recipe;
}

}  // namespace espalier::pipeline
