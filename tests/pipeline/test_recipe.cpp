#include "pipeline/recipe.h"

#include "base/error.h"
#include "catch.h"
#include "pipeline/written_recipe.h"

using namespace espalier;
using pipeline::all_of;
using pipeline::has_problem;
using pipeline::WrittenRecipe;

TEST_CASE("a recipe is read with its defaults, includes and overrides") {
  WrittenRecipe written("include: under.yaml\nname: upper\ntraining: {epochs: 7}\nset: {training.batch_size: 12}\n");
  written.write("under.yaml",
                "name: under\ndata: {type: small}\nstudent: model.yaml\ntraining: {epochs: 3, warmup: 1.5}\n");
  std::vector<Problem> problems;
  const auto recipe = pipeline::read_recipe(written.file(), {"seed=9", "training.warmup=2"}, problems);
  INFO(all_of(problems));
  CHECK(problems.empty());
  CHECK(recipe.options.name == "upper");
  CHECK(recipe.options.seed == 9);
  CHECK(recipe.training.epochs == 7);
  CHECK(recipe.training.batch_size == 12);
  CHECK(recipe.training.warmup == 2);
  CHECK(recipe.options.exports == std::vector<std::string>{"torchscript", "tflite"});
}

TEST_CASE("several mistakes in a recipe are found at once, each at its place") {
  const WrittenRecipe written(
      "name: ../out\ndata: {type: small}\nstudent: model.yaml\ntraining:\n  epochs: 0\n  batch_sizes: 10\n"
      "  warmup: long\nbudget: {flash: 10 apples}\nexport: [tflight]\ncolour: red\n");
  std::vector<Problem> problems;
  pipeline::read_recipe(written.file(), {"training.epoch=3"}, problems);
  INFO(all_of(problems));
  CHECK(has_problem(problems, "recipe.yaml:1:", "name"));
  CHECK(has_problem(problems, "recipe.yaml:5:", "epochs"));
  CHECK(has_problem(problems, "recipe.yaml:6:", "batch_size"));
  CHECK(has_problem(problems, "recipe.yaml:7:", "warmup"));
  CHECK(has_problem(problems, "recipe.yaml:8:", "flash"));
  CHECK(has_problem(problems, "recipe.yaml:9:", "tflite"));
  CHECK(has_problem(problems, "recipe.yaml:10:", "colour"));
  CHECK(has_problem(problems, "--set training.epoch", "epoch"));
}

TEST_CASE("data and student must be said") {
  const WrittenRecipe written("name: empty\n");
  std::vector<Problem> problems;
  pipeline::read_recipe(written.file(), {}, problems);
  CHECK(has_problem(problems, "recipe.yaml", "data"));
  CHECK(has_problem(problems, "recipe.yaml", "student"));
}

TEST_CASE("a folder without a recipe is no run folder") {
  const WrittenRecipe written("name: here\n");
  try {
    pipeline::read_run(written.file().parent_path() / "nowhere");
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    CHECK(std::string(error.what()).find("nowhere") != std::string::npos);
  }
}
