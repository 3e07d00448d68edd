#include "pipeline/teacher_planner.h"

#include "catch.h"
#include "pipeline/written_recipe.h"

using namespace espalier;
using namespace espalier::pipeline;

namespace {

struct Planned {
  std::vector<Problem> problems;
  Plan plan;

  explicit Planned(const std::string& compression)
      : plan(WrittenRecipe("name: x\ndata: {type: small}\nstudent: model.yaml\n"
                           "training: {epochs: 4, batch_size: 10, optimizer: {type: sgd, lr: 0.5}}\ncompression:\n" +
                           compression + "export: []\n")
                 .plan(problems)) {}
};

const std::string first = "  - {type: distill, teacher: {model: model.yaml, epochs: 2, seed: 7}, epochs: [0, 2]}\n";

}  // namespace

TEST_CASE("a teacher trains as the student does but for what it says; `same` is the one before") {
  const Planned two(first + "  - {type: distill, name: late, teacher: same, epochs: [2, 4]}\n");
  INFO(all_of(two.problems));
  REQUIRE(two.problems.empty());
  REQUIRE(two.plan.teachers.size() == 1);
  const auto& teacher = two.plan.teachers.front();
  CHECK(teacher.is_trained_here());
  CHECK(teacher.training.epochs == 2);
  CHECK(teacher.training.batch_size == 10);
  CHECK(teacher.seed == 7);
  CHECK((two.plan.timeline[0].teacher == 0 && two.plan.timeline[1].teacher == 0));

  const Planned other(first + "  - {type: distill, name: late, teacher: {model: model.yaml}, epochs: [2, 4]}\n");
  REQUIRE(other.plan.teachers.size() == 2);
  CHECK(other.plan.timeline[1].teacher == 1);
  CHECK_FALSE((other.plan.teachers[0].network.weights == other.plan.teachers[1].network.weights));
}

TEST_CASE("a teacher too many, too few or said in two ways is refused at its line") {
  const auto refused = [](const std::string& item, const std::string& text) {
    return has_problem(Planned("  - " + item + "\n").problems, "recipe.yaml:6:", text);
  };
  CHECK(refused("{type: prune, sparsity: 0.5, teacher: {model: model.yaml}, epochs: [1, 3]}", "unknown key 'teacher'"));
  CHECK(refused("{type: distill}", "needs 'teacher'"));
  CHECK(refused("{type: distill, teacher: same}", "no modifier before this one has a teacher"));
  CHECK(refused("{type: distill, teacher: {epochs: 3}}", "exactly one of model"));
  CHECK(refused("{type: distill, teacher: {import: none.pt}}", "none.pt' does not exist"));
  CHECK(refused("{type: distill, teacher: given}", "teacher must be a map"));
}

TEST_CASE("layers of a hint are looked for in student and teacher") {
  const auto problems = [](const std::string& layers) {
    return Planned("  - {type: hint, teacher: {model: model.yaml}, " + layers + "}\n").problems;
  };
  CHECK(problems("student_layer: pool, teacher_layer: pool").empty());
  CHECK(has_problem(problems("student_layer: pol, teacher_layer: pool"),
                    "recipe.yaml:6:", "the student has no layer 'pol'; did you mean 'pool'?"));
  CHECK(has_problem(problems("student_layer: pool, teacher_layer: stam"),
                    "recipe.yaml:6:", "the teacher has no layer 'stam'"));
}
