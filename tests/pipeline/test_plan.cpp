#include "pipeline/plan.h"

#include "catch.h"
#include "pipeline/written_recipe.h"
#include "schema/document.h"

using namespace espalier;
using pipeline::all_of;
using pipeline::has_problem;
using pipeline::WrittenRecipe;

namespace {

const char* whole = R"(name: whole
data: {type: small}
student: model.yaml
training: {epochs: 8, batch_size: 10}
compression:
  - {type: distill, teacher: {model: model.yaml, epochs: 2}, epochs: [0, 4]}
  - {type: distill, name: late, teacher: same, epochs: [4, 8]}
  - {type: prune, sparsity: 0.5, epochs: [1, 3]}
  - {type: quantize, epochs: [4, 8]}
)";

std::vector<Problem> problems_of(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  const WrittenRecipe written(yaml);
  std::vector<Problem> problems;
  written.plan(problems, overrides);
  return problems;
}

}  // namespace

TEST_CASE("a plan holds all that the recipe names, before anything is trained") {
  const WrittenRecipe written(whole);
  std::vector<Problem> problems;
  const auto plan = written.plan(problems);
  INFO(all_of(problems));
  REQUIRE(problems.empty());
  CHECK(plan.quantizes);
  CHECK(plan.student.weights.count("stem.weight") == 1);
  REQUIRE(plan.teachers.size() == 1);
  CHECK(plan.teachers[0].training.epochs == 2);
  CHECK_FALSE((plan.teachers[0].network.weights.at("stem.weight") == plan.student.weights.at("stem.weight")));
  REQUIRE(plan.timeline.size() == 4);
  CHECK(plan.timeline[1].name == "late");
  CHECK(plan.timeline[1].teacher == 0);
  CHECK(plan.timeline[2].teacher == -1);
  CHECK(plan.timeline[2].start == 1);
  const auto text = pipeline::describe(plan);
  CHECK(text.find("teacher (2 epochs) -> train (8 epochs)") != std::string::npos);
  CHECK(text.find("prune: epochs 1 to 3") != std::string::npos);
}

TEST_CASE("the resolved recipe plans the same run, from any folder") {
  const WrittenRecipe written(whole);
  std::vector<Problem> problems;
  const auto plan = written.plan(problems);
  const WrittenRecipe again(plan.resolved.yaml());
  const auto same = again.plan(problems);
  INFO(all_of(problems));
  CHECK(problems.empty());
  CHECK(same.resolved.yaml() == plan.resolved.yaml());
  CHECK((same.student.weights == plan.student.weights));
}

TEST_CASE("an override reaches a modifier by its name") {
  const WrittenRecipe written(whole);
  std::vector<Problem> problems;
  const auto plan = written.plan(problems, {"compression.prune.epochs=[2, 4]", "compression.late.weight=0.25"});
  INFO(all_of(problems));
  CHECK(problems.empty());
  CHECK(plan.timeline[2].start == 2);
}

TEST_CASE("several mistakes of a plan are found at once, each at its line") {
  const auto problems = problems_of(R"(name: wrong
data: {type: small}
student: model.yaml
training: {epochs: 8, batch_size: 100, optimizer: {type: adamm}}
compression:
  - {type: distill, teacher: {model: none.yaml, checkpoint: none}, epochs: [0, 4]}
  - {type: distill, epochs: [4, 8]}
  - {type: prune, sparsity: 0.5, layers: [stemm], epochs: [1, 3]}
  - {type: prune, sparsity: 0.5, epochs: [2, 9]}
  - {type: quantise}
  - {type: quantize, epochs: [4, 6]}
baseline: none
budget: {accuracy_drop: 1}
)");
  INFO(all_of(problems));
  CHECK(has_problem(problems, "recipe.yaml:2:", "batch of 100"));
  CHECK(has_problem(problems, "recipe.yaml:4:", "adam"));
  CHECK(has_problem(problems, "recipe.yaml:6:", "exactly one"));
  CHECK(has_problem(problems, "recipe.yaml:7:", "teacher"));
  CHECK(has_problem(problems, "recipe.yaml:8:", "stemm"));
  CHECK(has_problem(problems, "recipe.yaml:9:", "'prune'"));
  CHECK(has_problem(problems, "recipe.yaml:9:", "9"));
  CHECK(has_problem(problems, "recipe.yaml:10:", "quantize"));
  CHECK(has_problem(problems, "recipe.yaml:11:", "end of the training"));
  CHECK(has_problem(problems, "recipe.yaml:13:", "baseline"));
}

TEST_CASE("classes are weighed and balanced only where there are classes, and as many as there are") {
  const auto of = [](const std::string& task, const std::string& training) {
    return problems_of("export: []\ndata: {type: small}\nstudent: model.yaml\ntask: " + task +
                       "\ntraining: {batch_size: 10, " + training + "}\n");
  };
  const auto allowed = of("classification", "class_balance: 0.5, loss: {type: focal, class_weights: balanced}");
  INFO(all_of(allowed));
  CHECK(allowed.empty());
  CHECK(has_problem(of("anomaly_detection", "class_balance: 0.5"),
                    "recipe.yaml:5:", "class_balance is for data of classes"));
  CHECK_FALSE(has_problem(of("object_detection", "class_balance: 0.5"), "recipe.yaml:5:", "class_balance"));
  CHECK(has_problem(of("object_detection", "loss: focal"), "recipe.yaml:5:", "focal is for classification"));
  CHECK(has_problem(of("classification", "loss: {type: cross_entropy, class_weights: [1, 2]}"),
                    "recipe.yaml:5:", "class_weights has 2 numbers for 5 classes"));
}

TEST_CASE("an integer export needs quantization, calibration excludes it in training") {
  const std::string start =
      "name: x\ndata: {type: small}\nstudent: model.yaml\ntraining: {epochs: 2, batch_size: 10}\n";
  CHECK(has_problem(problems_of(start + "export: [tflite]\n"), "recipe.yaml:5:", "quantize"));
  CHECK(problems_of(start + "export: [tflite]\ncalibrate: {calibration_samples: 20}\n").empty());
  CHECK(has_problem(problems_of(start + "compression: [{type: quantize}]\ncalibrate: {}\n"),
                    "recipe.yaml:6:", "already"));
}

TEST_CASE("a recipe that trains nothing needs a student with weights") {
  const std::string start = "name: x\ndata: {type: small}\nstudent: model.yaml\ntraining: none\n";
  CHECK(has_problem(problems_of(start + "calibrate: {}\n"), "recipe.yaml:4:", "the student has no weights"));
}

TEST_CASE("a student of another number of classes or a missing file is refused") {
  WrittenRecipe written("name: x\ndata: {type: small}\nstudent: other.yaml\ntraining: {batch_size: 10}\nexport: []\n");
  std::vector<Problem> problems;
  written.plan(problems);
  CHECK(has_problem(problems, "recipe.yaml:3:", "does not exist"));
  written.write("other.yaml", "layers:\n  - {type: flatten, name: f}\n  - {type: linear, name: head, out: 3}\n");
  problems.clear();
  written.plan(problems);
  INFO(all_of(problems));
  CHECK(has_problem(problems, "recipe.yaml:3:", "5 classes"));
}
