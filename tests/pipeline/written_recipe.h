// Recipes and models as files in a folder of their own.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/files.h"
#include "pipeline/components.h"
#include "pipeline/plan.h"
#include "pipeline/small_data.h"

namespace espalier::pipeline {

class WrittenRecipe {
 public:
  explicit WrittenRecipe(const std::string& recipe) {
    static int made = 0;
    folder_ = std::filesystem::temp_directory_path() / concat("espalier_recipe_", ::getpid(), "_", ++made);
    write("recipe.yaml", recipe);
    write("model.yaml",
          "name: tiny\nlayers:\n  - {type: conv2d, name: stem, out: 8, kernel: 3}\n  - batch_norm\n  - relu\n"
          "  - {type: global_average_pool, name: pool}\n  - {type: linear, name: head, out: classes}\n");
  }
  ~WrittenRecipe() { std::filesystem::remove_all(folder_); }
  WrittenRecipe(const WrittenRecipe&) = delete;
  WrittenRecipe& operator=(const WrittenRecipe&) = delete;

  void write(const std::string& name, const std::string& text) { write_atomically(folder_ / name, text); }
  std::filesystem::path file(const std::string& name = "recipe.yaml") const { return folder_ / name; }

  /// All components and a data set in memory: `data: {type: small}` gives 1x9x6 and five classes, `flat` the same as
  /// 54 features.
  static schema::Registry registry() {
    struct Options {
      std::int64_t seed = 1;
      bool flat = false;
      static void describe(schema::Describe<Options>& d) {
        d.about("data in memory");
        d.key("seed", &Options::seed, "unused");
        d.key("flat", &Options::flat, "one axis");
      }
    };
    auto registry = all_components();
    registry.add<datasets::Dataset, Options>(
        "dataset", "small",
        [](const Options& options, const schema::Registry&,
           std::vector<Problem>&) -> std::unique_ptr<datasets::Dataset> {
          using Shape = std::vector<std::int64_t>;
          return std::make_unique<SmallData>(options.flat ? Shape{54} : Shape{1, 9, 6});
        });
    return registry;
  }

  Plan plan(std::vector<Problem>& problems, const std::vector<std::string>& overrides = {}) const {
    auto recipe = read_recipe(file(), overrides, problems);
    return make_plan(std::move(recipe), registry(), problems);
  }

 private:
  std::filesystem::path folder_;
};

/// Is there a problem at "<file>:line:" whose text holds `text`?
inline bool has_problem(const std::vector<Problem>& problems, const std::string& place, const std::string& text) {
  for (const auto& problem : problems)
    if (problem.origin.find(place) != std::string::npos && problem.text.find(text) != std::string::npos) return true;
  return false;
}

inline std::string all_of(const std::vector<Problem>& problems) {
  std::string all;
  for (const auto& problem : problems) all += problem.origin + ": " + problem.text + "\n";
  return all;
}

}  // namespace espalier::pipeline
